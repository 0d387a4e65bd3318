"""The scores of every cell in bins, counted for the largest views and summed for the smaller ones."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from fairaudit.engines import sql

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from numpy.typing import NDArray

    from fairaudit.cube import Key
    from fairaudit.engines.table import Session
    from fairaudit.spec import Spec

_MOST_KEYS = 1 << 16
"""With more packed keys than this their groups are not looked up but computed."""


def histograms(
    session: Session, spec: Spec, attributes: Mapping[str, sql.Coded], *, weighted: bool = False
) -> dict[Key, NDArray[Any]]:
    """Return the scores of every cell of the views that ask for them.

    Parameters
    ----------
    session : Session
        Holds the table ``joined``: packed key k, bin b.
    spec : Spec
        ``curves`` are the views, ``bins`` the bins.
    attributes : mapping of str to Coded
        The attributes of the views, by name.
    weighted : bool
        Sum the rows' weights instead of counting them.

    Returns
    -------
    dict of Key to array of shape (3, bins)
        Per cell, the rows that are positive, negative and unlabelled.
    """
    views = {view: [attributes[name] for name in view] for view in sql.largest(spec.curves)}
    joined = f"{session.prefix}joined"
    plain = spec.count is None and not weighted
    batches = session.batches(f"SELECT k, b FROM {joined} WHERE k IS NOT NULL AND b IS NOT NULL") if plain else None
    if batches is not None and views:
        counted = _counted(batches, list(views.values()), sql.cells(list(attributes.values())), spec.bins)
    else:
        counted = [_queried(session, spec, view, weighted=weighted) for view in views.values()]
    grids = {
        name: grid.reshape(*(a.size for a in reversed(view)), 3, spec.bins)
        for (name, view), grid in zip(views.items(), counted, strict=True)
    }
    result: dict[Key, NDArray[Any]] = {}
    for view in spec.curves:
        larger = next(other for other in grids if set(view) <= set(other))
        # axes run from the last attribute to the first
        others = tuple(len(larger) - 1 - i for i, name in enumerate(larger) if name not in view)
        grid = grids[larger].sum(axis=others)
        coded = [attributes[name] for name in view]
        for place in np.ndindex(*(a.size for a in reversed(coded))):
            key = tuple((a.name, a.group(code)) for a, code in zip(coded, reversed(place), strict=True))
            result[key] = grid[place]
    return result


def _place(key: NDArray[Any], view: Sequence[sql.Coded]) -> NDArray[np.int64]:
    """Return the place of packed keys among all groups of a view, the last attribute's code first."""
    place, step = np.zeros(len(key), np.int64), 1
    for attribute in view:
        place += step * (key // attribute.step % attribute.size)
        step *= attribute.size
    return place


def _size(view: Sequence[sql.Coded]) -> int:
    return math.prod(attribute.size for attribute in view)


def _counted(
    batches: Iterable[Sequence[NDArray[Any]]], views: Sequence[Sequence[sql.Coded]], keys: int, bins: int
) -> list[NDArray[np.int64]]:
    """Count the rows of batches (k, b) for every view: a tenth of the time of the same as queries."""
    grids = [np.zeros(_size(view) * 3 * bins, np.int64) for view in views]
    looked_up = [_place(np.arange(keys), view) * (3 * bins) for view in views] if keys <= _MOST_KEYS else []
    for key, place in batches:
        row = key.astype(np.int64)
        starts = [places[row] for places in looked_up] or [_place(row, view) * (3 * bins) for view in views]
        for grid, start in zip(grids, starts, strict=True):
            np.add.at(grid, start + place, 1)
    return grids


def _queried(session: Session, spec: Spec, view: Sequence[sql.Coded], *, weighted: bool) -> NDArray[Any]:
    found = session.all(sql.histogram(spec, view, f"{session.prefix}joined", session.dialect, weighted=weighted))
    grid = np.zeros((_size(view), 3 * spec.bins), dtype=np.float64 if weighted else np.int64)
    if found:
        keys, bins, n = zip(*found, strict=True)
        grid[_place(np.asarray(keys, np.int64), view), np.asarray(bins, np.int64)] = n
    return grid
