"""How the benchmarks measure: contestants in turn, whole processes with their peak memory, medians, ratios, a table."""

from __future__ import annotations

import argparse
import json
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time
from contextlib import contextmanager
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING

import page

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

PAGE = Path(__file__).parents[1] / "docs" / "performance.md"
GB = 1e9


@dataclass(frozen=True, slots=True)
class Run:
    """One run of a contestant."""

    seconds: float
    peak: int = 0
    """Peak resident memory of the process in bytes; 0 where it was a call in this process."""
    output: str = ""


@dataclass(frozen=True, slots=True)
class Median:
    """The medians of a contestant's runs."""

    seconds: float
    peak: float
    spread: tuple[float, float]
    """The fastest and the slowest run."""
    outputs: tuple[str, ...]


def process(command: Sequence[str], variables: Mapping[str, str] | None = None, verdicts: Sequence[int] = (0,)) -> Run:
    """Run a command in a process of its own; an exit code that is not expected ends the benchmark."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("FAIRAUDIT_")}
    launcher = str(Path(__file__).with_name("one_process.py"))
    done = subprocess.run(  # noqa: S603  our own commands
        [sys.executable, "-I", "-S", launcher, *command],
        capture_output=True,
        text=True,
        check=True,
        env={**kept, **(variables or {})},
    )
    found = json.loads(done.stdout)
    if found["code"] not in verdicts:
        raise SystemExit(f"{' '.join(command)}\nexit code {found['code']}\n{done.stderr[-2000:]}")
    return Run(found["seconds"], found["peak"], done.stderr)


def call(function: Callable[[], object]) -> Run:
    """Run a function in this process."""
    start = time.perf_counter()
    function()
    return Run(time.perf_counter() - start)


def medians(contestants: Mapping[str, Callable[[], Run]], rounds: int, *, warm: bool = True) -> dict[str, Median]:
    """Run every contestant once a round, in turn, and return the medians; a first round warms up and does not count."""
    runs: dict[str, list[Run]] = {name: [] for name in contestants}
    for number in range(0 if warm else 1, rounds + 1):
        for name, run in contestants.items():
            print(f"round {number} of {rounds}: {name}", file=sys.stderr)
            done = run()
            if number:
                runs[name].append(done)
    return {name: _median(many) for name, many in runs.items()}


def _median(runs: Sequence[Run]) -> Median:
    seconds = [run.seconds for run in runs]
    peak = statistics.median(run.peak for run in runs)
    return Median(statistics.median(seconds), peak, (min(seconds), max(seconds)), tuple(run.output for run in runs))


def seconds(value: float) -> str:
    """Return seconds with three digits that count."""
    return f"{value:#.3g} s" if value < 100 else f"{value:,.0f} s"


def times(value: float) -> str:
    """Return a ratio."""
    return f"{value:.2f} x" if value < 10 else f"{value:,.0f} x"


def memory(value: float) -> str:
    """Return bytes in MB or GB."""
    return f"{value / GB:.2f} GB" if value >= GB else f"{value / 1e6:.0f} MB"


def at_most(value: float, bar: float) -> str:
    """Return whether a ratio is within its bar."""
    return f"at most {bar:g} x: {'met' if value <= bar else '**missed**'}"


def under(value: float, bar: float) -> str:
    """Return whether seconds are under their bar."""
    return f"under {bar:g} s: {'met' if value < bar else '**missed**'}"


def at_least(value: float, bar: float) -> str:
    """Return whether a ratio reaches its bar."""
    return f"at least {bar:g} x: {'met' if value >= bar else '**missed**'}"


def machine(*packages: str) -> str:
    """Return what this was measured on."""
    size = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    versions = ", ".join(f"{name} {metadata.version(name)}" for name in ("duckdb", *packages))
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    return (
        f"{cores} cores, {size / GB:.0f} GB, {platform.system()} {platform.machine()}, "
        f"Python {platform.python_version()}, {versions}"
    )


def parser(about: str | None, rows: int | None, rounds: int = 5) -> argparse.ArgumentParser:
    """Return a parser with the options that every benchmark has; --rows where it generates its data."""
    parser = argparse.ArgumentParser(description=about, formatter_class=argparse.RawDescriptionHelpFormatter)
    if rows is not None:
        parser.add_argument("--rows", type=int, default=rows, help=f"{rows:,} by default")
    parser.add_argument("--rounds", type=int, default=rounds, help=f"{rounds} by default, after one that warms up")
    parser.add_argument("--folder", type=Path, help="keep the data here and use what is there; else a temporary folder")
    parser.add_argument("--write", action="store_true", help=f"put the table into docs/{PAGE.name}")
    return parser


@contextmanager
def workplace(folder: Path | None) -> Iterator[Path]:
    """Give the folder for data and outputs; a temporary one is removed at the end."""
    if folder is not None:
        folder.mkdir(parents=True, exist_ok=True)
        yield folder.resolve()
        return
    with tempfile.TemporaryDirectory(prefix="fairaudit-benchmark-") as name:
        yield Path(name)


def _busy(stat: Path = Path("/proc/stat")) -> tuple[float, float] | None:
    """Return the time, and the seconds that all cores have worked for others than this program and its children."""
    if not stat.exists():
        return None
    user, nice, system, _, _, irq, soft, steal = map(int, stat.read_text(encoding="ascii").split()[1:9])
    worked = (user + nice + system + irq + soft + steal) / os.sysconf("SC_CLK_TCK")
    return time.perf_counter(), worked - sum(os.times()[:4])


_START = _busy()


def meanwhile() -> str:
    """Return how much other programs worked since the start, which makes figures worthless if it is much."""
    now = _busy()
    if _START is None or now is None:
        return ""
    cores = max(0.0, (now[1] - _START[1]) / (now[0] - _START[0]))
    return f" Other programs used {cores:.2f} cores meanwhile."


def publish(name: str, sentence: str, text: str, *, write: bool) -> None:
    """Print a table under a sentence that says how it was made, and put both into the page if asked to."""
    whole = f"{sentence}{meanwhile()}\n\n{text}"
    print(f"## {name}\n\n{whole}", flush=True)
    if write:
        page.write(PAGE, name, whole)
