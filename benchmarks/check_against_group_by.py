"""`fairaudit check` from two files to its verdict and outputs, against the bare engine's join and GROUP BY.

Run as ``python benchmarks/check_against_group_by.py [PART ...] [--rows N] [--write]``. Every line is a whole process,
with the start of Python and all imports. `parquet` and `csv` have one decision per customer, `repeats` has ten: there
the yardstick groups by customer first.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import contestants
import page
from generator import ATTRIBUTES, files
from stopwatch import at_most, machine, medians, memory, parser, publish, seconds, times, workplace

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from stopwatch import Run

PARTS = ("parquet", "csv", "repeats")
EACH = 10
"""Decisions of each customer where they repeat."""


def runs(part: str, folder: Path, rows: int) -> dict[str, Callable[[], Run]]:
    """Return what is timed, the yardstick first."""
    form = "csv" if part == "csv" else "parquet"
    data = files(folder, rows, form, each=EACH if part == "repeats" else 1)
    levels = ("--two-levels",) if part == "repeats" else ()
    contest = {
        "bare join and GROUP BY": contestants.bare(data, ATTRIBUTES, *levels),
        "check, all outputs": contestants.check(data, folder),
        "check, text and JSON": contestants.check(data, folder, everything=False),
    }
    if part == "csv":
        contest["bare, types guessed"] = contestants.bare(data, ATTRIBUTES, "--guess")
    return contest


def main() -> None:
    """Measure the parts and print a table of each."""
    options_of = parser(__doc__, rows=10_000_000)
    options_of.add_argument("parts", nargs="*", choices=[*PARTS, []], help="parts to run, all by default")
    options = options_of.parse_args()
    with workplace(options.folder) as folder:
        for part in options.parts or PARTS:
            found = medians(runs(part, folder, options.rows), options.rounds)
            yardstick = next(iter(found.values()))
            lines = []
            for name, one in found.items():
                ratio, more = one.seconds / yardstick.seconds, one.peak / yardstick.peak
                bars = ["", ""]
                if name == "check, all outputs":
                    bars = [at_most(ratio, 3 if part == "repeats" else 2), at_most(more, 1.3)]
                lines.append(
                    [name, seconds(one.seconds), times(ratio), bars[0], memory(one.peak), times(more), bars[1]]
                )
            sentence = (
                f"{options.rows:,} decisions, {EACH if part == 'repeats' else 1} of each customer; medians of "
                f"{options.rounds} rounds; {machine()}."
            )
            head = ["process", "median", "of bare", "bar", "peak memory", "of bare", "bar"]
            publish(part, sentence, page.table(head, lines), write=options.write)


if __name__ == "__main__":
    main()
