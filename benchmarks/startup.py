"""How long somebody waits who types a command: help, version, and the sample.

Run as ``python benchmarks/startup.py [--rounds N] [--write]``. Every line is a whole process; the first is the
interpreter alone, which every other line contains.
"""

from __future__ import annotations

import sys
from functools import partial
from pathlib import Path

import page
from contestants import VERDICTS
from stopwatch import machine, medians, memory, parser, process, publish, seconds, under, workplace

SAMPLE = Path(__file__).parents[1] / "sample_data"
BARS = {"--help": 0.3, "sample, text and JSON": 1, "sample, all outputs": 2.5}
"""Seconds."""


def main() -> None:
    """Measure and print the table."""
    options_of = parser(__doc__, rows=None, rounds=9)
    options = options_of.parse_args()
    fairaudit = (sys.executable, "-m", "fairaudit")
    files = [str(SAMPLE / name) for name in ("predictions.csv", "customers.csv")]
    sample = (*fairaudit, "check", *files, "--policy", str(SAMPLE / "fairaudit.toml"))
    with workplace(options.folder) as folder:
        commands = {
            "python -c pass": (sys.executable, "-c", "pass"),
            "--version": (*fairaudit, "--version"),
            "--help": (*fairaudit, "--help"),
            "check --help": (*fairaudit, "check", "--help"),
            "sample, text and JSON": (*sample, "--no-out", "-o", f"json={folder}/audit.json"),
            "sample, all outputs": (*sample, "--out", str(folder / "out")),
        }
        found = medians(
            {name: partial(process, command, None, VERDICTS) for name, command in commands.items()}, options.rounds
        )
    rows = [
        [name, seconds(one.seconds), under(one.seconds, BARS[name]) if name in BARS else "", memory(one.peak)]
        for name, one in found.items()
    ]
    sentence = f"Medians of {options.rounds} rounds; {machine()}."
    publish("startup", sentence, page.table(["process", "median", "bar", "peak memory"], rows), write=options.write)


if __name__ == "__main__":
    main()
