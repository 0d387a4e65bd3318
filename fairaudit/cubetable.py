"""The cells of a cube as rows of an Arrow table, and back, with every number exact."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import numpy as np

from fairaudit.cube import OUTCOMES, Cell, Clusters, Moments, Spread, Weights

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import pyarrow as pa
    from numpy.typing import NDArray

    from fairaudit.cube import Key
    from fairaudit.spec import Spec

SPARSE = ("bins", "scores", "weighted_scores")
"""The columns of histograms, which `cell` takes as arrays."""
_SUMS = ("total", "squares", "weight")
_SPREAD = ("xx", "xm", "mm")


def schema() -> pa.Schema:
    """Return the columns; sums, which may be beyond 64 bits, are whole numbers as text."""
    import pyarrow as pa

    text, number, place = pa.string(), pa.int64(), pa.int16()
    many = pa.list_(text)

    def listed(**columns: pa.DataType) -> pa.DataType:
        return pa.list_(pa.struct(list(columns.items())))

    return pa.schema(
        [
            ("attributes", many),
            ("values", many),
            ("counts", pa.list_(number)),
            ("moments", listed(measure=text, n=pa.list_(number), **dict.fromkeys(_SUMS, many))),
            ("weights", listed(sum=text, squares=text)),
            ("customers", listed(outcomes=place, n=number)),
            ("products", listed(a=place, b=place, sum=text)),
            ("spreads", listed(measure=text, customers=number, **dict.fromkeys(_SPREAD, text))),
            ("bins", pa.list_(pa.int32())),
            ("scores", pa.list_(number)),
            ("weighted_scores", pa.list_(pa.float64())),
        ]
    )


def row(key: Key, cell: Cell) -> dict[str, Any]:
    """Return a cell as a row; a part that it does not have is left out."""
    weights, clusters = cell.weights, cell.clusters
    found: dict[str, Any] = {
        "attributes": [name for name, _ in key],
        "values": [value for _, value in key],
        "counts": cell.counts,
        "moments": [
            {
                "measure": name,
                "n": [one.n for one in moments],
                **{part: [str(getattr(one, part)) for one in moments] for part in _SUMS},
            }
            for name, moments in sorted(cell.moments.items())
        ],
    }
    if weights is not None:
        pairs = zip(weights.sums, weights.squares, strict=True)
        found["weights"] = [{"sum": str(one), "squares": str(square)} for one, square in pairs]
    if clusters is not None:
        found["customers"] = [{"outcomes": having, "n": n} for having, n in sorted(clusters.customers.items())]
        found["products"] = [{"a": a, "b": b, "sum": str(n)} for (a, b), n in sorted(clusters.products.items())]
        found["spreads"] = [
            {"measure": name, "customers": spread.customers, **{part: str(getattr(spread, part)) for part in _SPREAD}}
            for name, spread in sorted(clusters.spreads.items())
        ]
    return found | _histograms(cell.histogram, cell.weighted_histogram)


def _histograms(scores: NDArray[Any] | None, weighted: NDArray[Any] | None) -> dict[str, Any]:
    """Return the bins that are not empty in one of them."""
    given = {"scores": scores, "weighted_scores": weighted}
    flat = {name: grid.ravel() for name, grid in given.items() if grid is not None}
    if not flat:
        return {}
    places = np.flatnonzero(np.any([grid != 0 for grid in flat.values()], axis=0))
    # adding 0 takes the sign off a zero, so that equal cubes give equal files
    return {"bins": places, **{name: grid[places] + 0 for name, grid in flat.items()}}


def cell(found: Mapping[str, Any], spec: Spec, histograms: Sequence[NDArray[Any] | None]) -> tuple[Key, Cell]:
    """Return a row as a cell with its key.

    Parameters
    ----------
    found : mapping
        The row without the columns of histograms.
    spec : Spec
        What was counted.
    histograms : sequence of array or None
        Those columns, in the order of `SPARSE`.

    Raises
    ------
    ValueError
        The row does not make a cell.
    """
    places, scores, weighted = histograms
    key = tuple(zip(found["attributes"], found["values"], strict=True))
    if len(found["counts"]) != len(OUTCOMES):
        raise ValueError("a count for each outcome is needed")
    return key, Cell(
        tuple(found["counts"]),
        MappingProxyType({one["measure"]: tuple(map(_moments, *_columns(one))) for one in found["moments"]}),
        _grid(places, scores, spec),
        _weights(found["weights"]),
        _clusters(found),
        _grid(places, weighted, spec),
    )


def _columns(found: Mapping[str, Any]) -> list[list[Any]]:
    columns = [found[part] for part in ("n", *_SUMS)]
    if any(len(column) != len(OUTCOMES) for column in columns):
        raise ValueError("sums for each outcome are needed")
    return columns


def _moments(n: int, *sums: str) -> Moments:
    return Moments(n, *map(int, sums))


def _weights(found: Sequence[Mapping[str, str]] | None) -> Weights | None:
    if found is None:
        return None
    return Weights(tuple(int(one["sum"]) for one in found), tuple(int(one["squares"]) for one in found))


def _clusters(found: Mapping[str, Any]) -> Clusters | None:
    if found["customers"] is None:
        return None
    spreads = {one["measure"]: (one["customers"], *(int(one[part]) for part in _SPREAD)) for one in found["spreads"]}
    return Clusters(
        MappingProxyType({one["outcomes"]: one["n"] for one in found["customers"]}),
        MappingProxyType({(one["a"], one["b"]): int(one["sum"]) for one in found["products"]}),
        MappingProxyType({name: Spread(*sums) for name, sums in spreads.items()}),
    )


def _grid(places: NDArray[Any] | None, values: NDArray[Any] | None, spec: Spec) -> NDArray[Any] | None:
    if values is None:
        return None
    made = np.zeros(3 * spec.bins, dtype=values.dtype)
    made[places] = values
    return made.reshape(3, spec.bins)
