"""Small shops as CSV files, and what a folder holds."""

from __future__ import annotations

import csv
import random
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path

RATES = {"fair": (0.5, 0.5), "unfair": (0.5, 0.2)}


def write_csv(path: Path, header: Sequence[str], rows: Iterable[Sequence[object]], delimiter: str = ",") -> Path:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, delimiter=delimiter, lineterminator="\n")
        writer.writerow(header)
        writer.writerows(rows)
    return path


def customers(kind: str, each: int = 1500, seed: int = 7, genders: Sequence[str] = ("female", "male")) -> list[tuple]:
    """Return (id, prediction, bought, gender, region) of a shop; in the unfair one the first gender is passed over."""
    chance = random.Random(seed)  # noqa: S311  test data
    rows = []
    for gender, rate in zip(genders, reversed(RATES[kind]), strict=True):
        for i in range(each):
            # rates are exact and alike in both genders and regions, so that the verdict does not hang on the seed
            offered = int(i % 100 < 100 * rate)
            rows.append((offered, int(i % 3 == 0), gender, ("North", "South")[i // 100 % 2]))
    chance.shuffle(rows)
    return [(f"c{number:06d}", *row) for number, row in enumerate(rows)]


def shop(folder: Path, kind: str, **settings: int) -> tuple[Path, Path]:
    """Write the two files of a shop."""
    rows = customers(kind, **settings)
    return (
        write_csv(folder / "predictions.csv", ("customer_id", "prediction", "bought"), (row[:3] for row in rows)),
        write_csv(folder / "customers.csv", ("customer_id", "gender", "region"), ((row[0], *row[3:]) for row in rows)),
    )


def snapshot(folder: Path) -> Mapping[str, bytes]:
    """Return every file below a folder with its content."""
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}
