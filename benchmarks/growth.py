"""How the time of `fairaudit check` grows: with rows, with attributes, with intersections.

Run as ``python benchmarks/growth.py [PART ...] [--sizes N ...] [--rows N] [--write]``. Every line is two whole
processes: `check` of two Parquet files, text and JSON its only outputs, and the bare join and GROUP BY of the same
columns. `rows` runs at each of the sizes, `attributes` and `intersections` at --rows.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

import contestants
import page
from generator import PROTECTED, SEGMENTS, files, names
from stopwatch import machine, medians, memory, parser, publish, seconds, times, workplace

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterator, Sequence
    from pathlib import Path

PARTS = ("rows", "attributes", "intersections")
SIZES = (1_000_000, 2_000_000, 5_000_000, 10_000_000)
COUNTS = (2, 4, 6, 8, 10)
"""Attributes in all: half of them protected, half segments."""
TWO = ("gender*age_band", "gender*ethnicity", "age_band*ethnicity")
INTERSECTIONS = {
    "none": (),
    TWO[0]: TWO[:1],
    "each two protected attributes": TWO,
}
STEADY = 1.25
"""Growth is linear while a further million rows costs at most this many times what it did at first."""


@dataclass(frozen=True, slots=True)
class Line:
    """What one line of a table runs on."""

    name: str
    rows: int
    protected: Sequence[str]
    segments: Sequence[str]

    def attributes(self) -> list[str]:
        """Return the columns beside the id; an intersection is none."""
        return [name for name in (*self.protected, *self.segments) if "*" not in name]


def lines(part: str, options: argparse.Namespace) -> Iterator[Line]:
    """Yield the lines of a table."""
    if part == "rows":
        for size in options.sizes:
            yield Line(f"{size:,}", size, PROTECTED, SEGMENTS)
    elif part == "attributes":
        for count in COUNTS:
            chosen, half = names(count), count // 2
            yield Line(f"{count}", options.rows, chosen[:half], chosen[half:])
    else:
        for name, further in INTERSECTIONS.items():
            yield Line(name, options.rows, (*PROTECTED, *further), SEGMENTS)


def measured(part: str, folder: Path, options: argparse.Namespace) -> str:
    """Run all lines of a part, interleaved, and return its table."""
    todo, runs = list(lines(part, options)), {}
    for line in todo:
        data = files(folder, line.rows, attributes=len(line.attributes()))
        policy = contestants.roles(line.protected, line.segments)
        runs["bare", line.name] = contestants.bare(data, line.attributes())
        runs["check", line.name] = contestants.check(data, folder, policy, everything=False)
    found = medians(runs, options.rounds)
    rows = []
    for line in todo:
        bare, check = found["bare", line.name], found["check", line.name]
        ratio, more = times(check.seconds / bare.seconds), times(check.peak / bare.peak)
        rows.append([line.name, seconds(check.seconds), seconds(bare.seconds), ratio, memory(check.peak), more])
    text = page.table([part, "check", "bare", "check / bare", "peak memory of check", "of bare"], rows)
    if part != "rows" or len(todo) < 3:
        return text
    return text + "\n" + steadiness([(line.rows, found["check", line.name].seconds) for line in todo])


def steadiness(points: Sequence[tuple[int, float]]) -> str:
    """Return a sentence on what a further million rows costs: all along, and at the end beside the start."""
    steps = [(after[1] - before[1]) / (after[0] - before[0]) * 1e6 for before, after in pairwise(points)]
    costs = f"Each further million rows cost {', then '.join(f'{step:.3f} s' for step in steps)}"
    if min(steps) <= 0:
        return f"{costs}: too few rows to tell how it grows.\n"
    verdict = "met" if steps[-1] <= STEADY * steps[0] else "**missed**"
    return f"{costs}; linear (the last at most {STEADY:g} times the first): {verdict}.\n"


def main() -> None:
    """Measure the parts and print a table of each."""
    options_of = parser(__doc__, rows=1_000_000)
    options_of.add_argument("parts", nargs="*", choices=[*PARTS, []], help="parts to run, all by default")
    options_of.add_argument("--sizes", type=int, nargs="+", default=SIZES, help="rows of each line of `rows`")
    options = options_of.parse_args()
    with workplace(options.folder) as folder:
        for part in options.parts or PARTS:
            rows = "" if part == "rows" else f"{options.rows:,} decisions, "
            sentence = f"Two Parquet files, {rows}medians of {options.rounds} rounds; {machine()}."
            publish(part, sentence, measured(part, folder, options), write=options.write)


if __name__ == "__main__":
    main()
