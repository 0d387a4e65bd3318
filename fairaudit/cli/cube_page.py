"""What a saved cube is, as a page, as a record, and in a sentence on what it may tell of single persons."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from fairaudit import cubefile
from fairaudit.cli.dry_run import ledger_rows
from fairaudit.cli.terminal import name, paragraph, table

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from fairaudit.cube import Cube

FEW = 5
"""A cell of fewer rows may tell of single persons."""
_ROLES = ("id", "label", "prediction", "score", "threshold", "positive", "outcome", "count", "weight", "labels")


def small(cube: Cube) -> int:
    """Return how many cells stand for so few rows that they may tell of single persons."""
    return sum(0 < cell.n < FEW for cell in cube.cells.values())


def privacy(cube: Cube) -> str:
    """Return what a cube gives away, and what to do about it."""
    few = small(cube)
    return (
        f"it holds counts and no customer's row; {few:,} of its {len(cube.cells):,} cells stand for fewer than {FEW} "
        "rows, and such cells and the bins of scores may describe single persons: guard it as you guard the data"
    )


def record(cube: Cube, path: Path) -> dict[str, Any]:
    """Return a cube as `inspect --format json` shows it."""
    return {
        "file": str(path),
        "format": cubefile.FORMAT,
        "rows": cube.cell().n,
        "cells": len(cube.cells),
        "small_cells": small(cube),
        "merged": max(1, len(cube.parts)),
        "spec": cubefile.spec_record(cube.spec),
        "ledger": cubefile.ledger_record(cube.ledger),
    }


def page(cube: Cube, path: Path) -> str:
    """Return a cube as `inspect` shows it."""
    scored = set(cube.spec.curves) == set(cube.spec.views)
    merged = f", merged from {len(cube.parts):,}" if len(cube.parts) > 1 else ""
    size = f"{cube.cell().n:,} rows in {len(cube.cells):,} cells{merged}"
    blocks = [
        f"{name(str(path), 76)}\n  saved cube ({cubefile.FORMAT}); {size}",
        f"Counted as\n{table(_roles(cube), indent='  ')}",
        f"Groups{', each with its scores' if scored else ''}\n"
        f"{paragraph('; '.join(_views(cube, mark=not scored)), '  ', '  ')}",
        f"Rows\n{ledger_rows(cube.ledger)}",
        paragraph(privacy(cube).capitalize() + "."),
    ]
    return "\n\n".join(blocks)


def _roles(cube: Cube) -> Iterator[tuple[str, str]]:
    spec = cube.spec
    values = {key: getattr(spec, key) for key in _ROLES}
    values |= {"protected": ", ".join(spec.protected), "segments": ", ".join(spec.segments)}
    values |= {f"bands of {column}": ", ".join(f"{cut:g}" for cut in cuts) for column, cuts in spec.bands.items()}
    may = {None: "not said, so with an id it is not merged", True: "in no other data", False: "may be in other data"}
    values["customers"] = may[spec.disjoint]
    yield from ((name(key), name(str(value), 56)) for key, value in values.items() if value not in (None, ""))


def _views(cube: Cube, *, mark: bool) -> Iterator[str]:
    for view in cube.spec.views:
        scores = " (with scores)" if mark and view in cube.spec.curves else ""
        yield f"{name(' by '.join(view) or 'everybody', 60)}{scores}"
