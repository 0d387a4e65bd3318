"""fairaudit against other libraries: the same question, the same two files, each library in its own environment.

Run as ``python benchmarks/against_peers.py [PART ...] [--peers LIBRARY ...] [--rows N] [--write]`` after
``python benchmarks/peers/environments.py``. The question is the selection rate and the true positive rate of every
group: `groups` of six attributes, `segments` of three attributes inside each lifecycle. `bootstrap` asks fairlearn for
percentile intervals of one attribute with a few resamples and extrapolates to 100 resamples of six attributes. What a
library does not do is said at the top of its file in benchmarks/peers. Answers must be equal to 1e-12, or it ends.
"""

from __future__ import annotations

import json
import statistics
import sys
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import contestants
import page
from generator import ATTRIBUTES, PROTECTED, files
from peers.environments import VERSIONS, complaint, python
from stopwatch import at_least, machine, medians, memory, parser, process, publish, seconds, times, workplace

if TYPE_CHECKING:
    from collections.abc import Sequence

    from stopwatch import Median

PARTS = ("groups", "segments", "bootstrap")
OURS, CHECK = "fairaudit", "fairaudit check"
LACKING = {"segments": {"aequitas", "fairpipe"}}
"""Libraries that cannot answer a part."""
HALF = {"aedt-audit"}
"""Libraries that answer half of the question."""
ASKED = 100
"""Resamples of a bootstrap that is taken seriously; what is measured is extrapolated to them."""
TOLERANCE = 1e-12


@dataclass(frozen=True, slots=True)
class Inside:
    """What a library says of its own runs: median seconds, and its answers."""

    imports: float
    read: float
    measure: float
    answers: dict[str, Any]

    @classmethod
    def of(cls, median: Median) -> Inside:
        """Read what the runs printed; warnings of imports may stand before it."""
        said = [json.loads(output[output.index('{"seconds"') :]) for output in median.outputs]
        spent = [statistics.median(one["seconds"][part] for one in said) for part in ("import", "read", "measure")]
        return cls(*spent, said[-1]["answers"])


def library(name: str, data: tuple[Path, Path], protected: Sequence[str], *more: str) -> partial:
    """Return a run of a library in its own environment."""
    program = str(Path(__file__).with_name("peers") / "run.py")
    own = [sys.executable] if name == OURS else [str(python(name)), "-E"]
    command = (*own, program, name.replace("-", "_"), *map(str, data), "--protected", *protected, *more)
    return partial(process, command)


def agreement(ours: dict[str, Any], theirs: dict[str, Any]) -> str:
    """Return how many numbers are equal to ours; end if one is not, or if a group is missing."""
    pairs = []
    for kind, found in theirs.items():
        if found.keys() != ours[kind].keys():
            raise SystemExit("The groups are not the same.")
        pairs += [pair for name in found for pair in zip(ours[kind][name], found[name], strict=True)]
    known = [(a, b) for a, b in pairs if b is not None]
    if any(a is None or abs(a - b) > TOLERANCE for a, b in known):
        raise SystemExit("The numbers are not the same.")
    return f"{len(known)} equal"


def compared(part: str, folder: Path, data: tuple[Path, Path], options: Any) -> str:  # noqa: ANN401
    """Run the libraries that can answer a part, and return its table."""
    protected, segments = (ATTRIBUTES, []) if part == "groups" else (PROTECTED, ["lifecycle"])
    policy = contestants.roles(protected, segments, score=None)
    more = ("--segments", *segments) if segments else ()
    runs = {CHECK: contestants.check(data, folder, policy, everything=False)}
    runs[OURS] = library(OURS, data, protected, *more)
    able = [peer for peer in options.peers if python(peer) and peer not in LACKING.get(part, ())]
    runs |= {peer: library(peer, data, protected, *more) for peer in able}
    found = medians(runs, options.rounds, warm=False)
    inside = {name: Inside.of(one) for name, one in found.items() if name != CHECK}
    rows = [[f"`{CHECK}`", seconds(found[CHECK].seconds), "1.00 x", "", "", memory(found[CHECK].peak), ""]]
    for name, own in inside.items():
        whole, ours = found[name], inside[OURS]
        label = f"`{OURS}.audit`" if name == OURS else f"{name} {VERSIONS[name]}"
        measure = [seconds(own.measure), times(own.measure / ours.measure)]
        ratio = times(whole.seconds / found[CHECK].seconds)
        rows.append(
            [label, seconds(whole.seconds), ratio, *measure, memory(whole.peak), agreement(ours.answers, own.answers)]
        )
    for peer in options.peers:
        if peer not in able:
            why = "cannot answer this" if python(peer) else complaint(peer)
            rows.append([f"{peer} {VERSIONS[peer]}", why, "", "", "", "", ""])
    head = ["library", "whole process", "of check", "on the joined frame", "of audit", "peak memory", "numbers"]
    return page.table(head, rows) + fastest(found, inside)


def fastest(found: dict[str, Median], inside: dict[str, Inside]) -> str:
    """Return how much faster we are than the fastest of the others, in both ways to count."""
    text = ""
    for which, left_out in (("that answers at all", ()), ("that answers the whole question", HALF)):
        others = [name for name in inside if name != OURS and name not in left_out]
        if others:
            whole = min(others, key=lambda name: found[name].seconds)
            alone = min(others, key=lambda name: inside[name].measure)
            ratios = (found[whole].seconds / found[CHECK].seconds, inside[alone].measure / inside[OURS].measure)
            pairs = zip(ratios, (whole, alone), strict=True)
            said = [f"{times(ratio)} ({name}; {at_least(ratio, 3)})" for ratio, name in pairs]
            text += f"\nThe fastest other {which}: as a whole process {said[0]}, on the joined frame {said[1]}.\n"
    return text


def bootstrapped(folder: Path, data: tuple[Path, Path], options: Any) -> str:  # noqa: ANN401
    """Run fairlearn with and without resamples and return what 100 of them would take."""
    if python("fairlearn") is None:
        return f"fairlearn {complaint('fairlearn')}\n"
    one = ATTRIBUTES[:1]
    found = medians(
        {
            CHECK: contestants.check(data, folder, contestants.roles(ATTRIBUTES, [], score=None), everything=False),
            OURS: library(OURS, data, ATTRIBUTES),
            "without": library("fairlearn", data, one),
            "with": library("fairlearn", data, one, "--rounds", f"{options.resamples}"),
        },
        options.rounds,
        warm=False,
    )
    inside = {name: Inside.of(median) for name, median in found.items() if name != CHECK}
    each = (inside["with"].measure - inside["without"].measure) / options.resamples
    whole = len(ATTRIBUTES) * (inside["without"].measure + ASKED * each)
    begun = inside["without"].imports + inside["without"].read
    check, ours = found[CHECK].seconds, inside[OURS].measure
    once = f"{seconds(inside['without'].measure)} + {ASKED} x {seconds(each)}"
    rows = [
        ["`fairaudit check`", "measured", seconds(check), "", ""],
        ["`fairaudit.audit`, joined frame", "measured", seconds(ours), "", ""],
        ["fairlearn, gender, no intervals", "measured", seconds(inside["without"].measure), "", ""],
        [f"fairlearn, gender, {options.resamples} resamples", "measured", seconds(inside["with"].measure), "", ""],
    ]
    for what, theirs, yardstick in (
        (f"fairlearn, six attributes, {ASKED} resamples: 6 x ({once})", whole, ours),
        ("the same with import, reading and join", begun + whole, check),
    ):
        ratio = theirs / yardstick
        rows.append([what, "**extrapolated**", seconds(theirs), times(ratio), at_least(ratio, 500)])
    return page.table(["what", "how", "median", "of ours", "bar"], rows)


def main() -> None:
    """Measure the parts and print a table of each."""
    options_of = parser(__doc__, rows=1_000_000)
    options_of.add_argument("parts", nargs="*", choices=[*PARTS, []], help="parts to run, all by default")
    options_of.add_argument("--peers", nargs="*", choices=VERSIONS, default=list(VERSIONS), help="all by default")
    options_of.add_argument("--resamples", type=int, default=3, help="of the bootstrap, 3 by default")
    options = options_of.parse_args()
    with workplace(options.folder) as folder:
        data = files(folder, options.rows)
        for part in options.parts or PARTS:
            text = bootstrapped(folder, data, options) if part == "bootstrap" else compared(part, folder, data, options)
            sentence = f"{options.rows:,} decisions; medians of {options.rounds} rounds; {machine('pandas')}."
            publish(part, sentence, text, write=options.write)


if __name__ == "__main__":
    main()
