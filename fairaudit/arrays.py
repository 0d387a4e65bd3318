"""Arrays as scikit-learn has them, one value per row in the same order, as a table with roles."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypedDict

import numpy as np

from fairaudit.errors import DataError, UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    import pyarrow as pa

ROLES = {"y_true": "label", "y_pred": "prediction", "y_score": "score", "sample_weight": "weight"}
"""Argument -> what its values are to an audit."""


class Arrays(TypedDict, total=False):
    """Arrays of one length, n: NumPy's, lists, or series of pandas and Polars."""

    y_true: Any
    """What really happened, shape (n,)."""
    y_pred: Any
    """The decisions, shape (n,)."""
    y_score: Any
    """The model's scores, shape (n,)."""
    sample_weight: Any
    """How much each row weighs, shape (n,)."""
    sensitive_features: Any
    """The groups: shape (n,), or (n, k), or a frame or dictionary of k columns."""


def table(arrays: Arrays) -> tuple[pa.Table, dict[str, Any]]:
    """Return the arrays as a table, and the roles of its columns as values under ``[data]``.

    Raises
    ------
    UsageError
        There are no decisions or no groups.
    DataError
        Lengths differ, pandas indices differ (rows are never matched by their position in silence), or names clash.
    """
    import pyarrow as pa

    given = {name: value for name, value in arrays.items() if value is not None}
    if "sensitive_features" not in given or not {"y_pred", "y_score"} & set(given):
        raise UsageError("Arrays need y_pred (or y_score and a threshold) and sensitive_features.")
    groups = dict(_groups(given.pop("sensitive_features")))
    if clash := set(groups) & set(ROLES):
        raise DataError("A sensitive feature has the name of another argument.", column=min(clash))
    columns = {**given, **groups}
    _check_indices(columns)
    values = {name: np.asarray(column) for name, column in columns.items()}
    for name, column in values.items():
        if column.ndim != 1:
            raise DataError(f"{name} has {column.ndim} dimensions, and one is needed.", column=name)
    lengths = {name: len(column) for name, column in values.items()}
    if len(set(lengths.values())) > 1:
        listed = ", ".join(f"{name} {n:,}" for name, n in lengths.items())
        raise DataError(f"The arrays have different lengths: {listed}.")
    made = pa.table({name: _array(name, column) for name, column in values.items()})
    return made, {**{ROLES[name]: name for name in given}, "protected": tuple(groups)}


def _groups(features: Any) -> Iterator[tuple[str, Any]]:  # noqa: ANN401  whatever scikit-learn takes
    """Yield the sensitive features with their names; without one, as fairlearn names them."""
    if hasattr(features, "columns") or isinstance(features, dict):
        names = list(features) if isinstance(features, dict) else list(features.columns)
        yield from ((str(name), features[name]) for name in names)
        return
    shape = np.shape(features)
    if len(shape) == 2:
        yield from ((f"sensitive_feature_{i}", np.asarray(features)[:, i]) for i in range(shape[1]))
    else:
        yield str(getattr(features, "name", None) or "sensitive_feature"), features


def _check_indices(columns: Mapping[str, Any]) -> None:
    """Refuse series of pandas whose indices differ: their order may not be the same."""
    indexed = {name: column.index for name, column in columns.items() if hasattr(column, "iloc")}
    first = next(iter(indexed), None)
    for name, index in indexed.items():
        if not index.equals(indexed[str(first)]):
            raise DataError(
                f"{first} and {name} have different indices, so it is not sure that their rows belong together; align "
                "them, or give their values alone.",
                column=name,
            )


def _array(name: str, values: np.ndarray[Any, Any]) -> pa.Array:
    import pyarrow as pa

    try:
        return pa.array(values, from_pandas=True)
    except (pa.ArrowInvalid, pa.ArrowTypeError, pa.ArrowNotImplementedError):
        pass  # the library's own message quotes a value and goes no further
    raise DataError("The array mixes kinds of values, numbers and texts say; make it one of them.", column=name)
