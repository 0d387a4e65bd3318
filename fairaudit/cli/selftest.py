"""selftest: how often the verdict errs, measured on the user's own machine."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from fairaudit.cli import terminal
from fairaudit.cli.layout import Sectioned, debug_option
from fairaudit.cli.progress import progress
from fairaudit.errors import FairauditError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from fairaudit.selftest import Check


@click.command(cls=Sectioned)
@click.option(
    "--seed",
    default=1,
    type=click.IntRange(min=0),
    metavar="NUMBER",
    help="Where the simulated audits start: equal numbers give equal results. Default: 1.",
)
@debug_option
def command(seed: int) -> int:
    """Measure how often fairaudit's verdict is wrong, on your machine.

    Two groups that are exactly at the limit are judged in every way that
    chance can turn out, and whole audits of invented models, one fair and one
    exactly at both limits, are simulated. No file is read or written. It takes
    some 10 seconds.

    For example:
      fairaudit selftest
      fairaudit selftest --seed 7

    Exit codes: 0 every error rate is within what is allowed, 70 one is not.
    """
    from fairaudit.selftest import checks

    with progress("Measuring error rates", wanted=True):
        done = list(checks(seed))
    terminal.result("\n".join((_table(done), "", *_meaning(done))))
    broken = [check.name for check in done if not check.held]
    if broken:
        raise FairauditError(
            f"the verdict errs more often than it may ({'; '.join(broken)}). Do not rely on it in this installation; "
            "its arithmetic rests on numpy and scipy, so their versions are what to look at first."
        )
    return 0


def _table(done: Sequence[Check]) -> str:
    from fairaudit.report.numbers import percent

    rows = [
        (check.name, percent(check.share), percent(check.allowed), "" if check.held else "TOO MANY") for check in done
    ]
    return terminal.table([("wrong in", "measured", "allowed", ""), *rows], right=(1, 2))


def _meaning(done: Sequence[Check]) -> tuple[str, ...]:
    if not all(check.held for check in done):
        return ()
    return (
        terminal.paragraph(
            "Every error rate is within what is allowed. A model exactly at the limit is the hardest case: one that is "
            "fairer is failed less often, one that is less fair is passed less often."
        ),
        terminal.paragraph(
            "Pairs are enumerated, so those rates are exact and the limit is 5 %. Whole audits are simulated: so few "
            "may by chance show more than the 5 % that the rule holds, up to the number given as allowed."
        ),
    )
