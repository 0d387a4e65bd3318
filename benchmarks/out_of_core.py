"""50 million decisions under a memory limit: the engine spills to disk, and the peak says whether it kept the limit.

Run as ``python benchmarks/out_of_core.py [--rows N] [--limit 2GB] [--write]``. Two Parquet files; `check` runs with
FAIRAUDIT_MEMORY_LIMIT, the bare join and GROUP BY with the engine's own limit. The peak is that of the whole process:
Python and what it imports come on top of the engine.
"""

from __future__ import annotations

import contestants
import page
from generator import ATTRIBUTES, files
from stopwatch import machine, medians, memory, parser, publish, seconds, times, workplace

UNITS = {"MB": 1e6, "GB": 1e9, "MIB": 2.0**20, "GIB": 2.0**30}


def size(text: str) -> float:
    """Return the bytes of "2GB"."""
    number = text.rstrip("GMiBgmb ")
    return float(number) * UNITS[text.removeprefix(number).strip().upper()]


def main() -> None:
    """Measure and print the table."""
    options_of = parser(__doc__, rows=50_000_000)
    options_of.add_argument("--limit", default="2GB", help="2GB by default")
    options = options_of.parse_args()
    bar = size(options.limit)
    with workplace(options.folder) as folder:
        data = files(folder, options.rows)
        limited = {"FAIRAUDIT_MEMORY_LIMIT": options.limit}
        found = medians(
            {
                "bare join and GROUP BY": contestants.bare(data, ATTRIBUTES, "--memory-limit", options.limit),
                "check, all outputs": contestants.check(data, folder, variables=limited),
            },
            options.rounds,
        )
        stored = sum(path.stat().st_size for path in data)
    yardstick = found["bare join and GROUP BY"].seconds
    rows = []
    for name, one in found.items():
        kept = f"at most {options.limit}: {'met' if one.peak <= bar else '**missed**'}"
        rows.append([name, seconds(one.seconds), times(one.seconds / yardstick), memory(one.peak), kept])
    sentence = (
        f"{options.rows:,} decisions in {memory(stored)} of Parquet, the engine's limit {options.limit}; medians of "
        f"{options.rounds} rounds; {machine()}."
    )
    table = page.table(["process", "median", "of bare", "peak memory", "bar"], rows)
    publish("out_of_core", sentence, table, write=options.write)


if __name__ == "__main__":
    main()
