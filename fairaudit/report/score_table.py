"""The numbers behind the figures of the scores: per tenth of the scale and group, who is there and who is above."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fairaudit.report import names
from fairaudit.report.language import say, say_n, written
from fairaudit.report.numbers import NOTHING, percent
from fairaudit.report.scores import FEWEST, MOST_GROUPS, enough, tenths
from fairaudit.report.tables import Cell, Line, Table

if TYPE_CHECKING:
    from collections.abc import Sequence

    from fairaudit.findings import Group


def score_table(groups: Sequence[Group], attribute: str) -> Table | None:
    """Return what the figures of the scores show, None where there are no scores.

    Parameters
    ----------
    groups : sequence of Group
        Of the whole population.
    attribute : str
        As it is shown.
    """
    known = [group for group in groups if enough(group)]
    if not known:
        return None
    chosen = known[:MOST_GROUPS]
    lines = [_line(chosen, i) for i in range(len(tenths(chosen[0].scores)))]
    caption = say(
        "Scores by {attribute}: share of customers; below it the share of positives among them, and the share that a "
        "threshold at the lower end would select",
        attribute=attribute,
    )
    left_out = len(known) - len(chosen)
    notes = [say_n("and {n} more group in audit.json", "and {n} more groups in audit.json", left_out)] * (left_out > 0)
    return Table(caption, (say("Score"), *(names.values(group.group) for group in chosen)), tuple(lines), tuple(notes))


def _line(groups: Sequence[Group], i: int) -> Line:
    first, second = groups[0].scores[2 * i : 2 * i + 2]
    name = say("{low} to {high}", low=written(f"{first.low:g}"), high=written(f"{second.high:g}"))
    return Line(name, "", tuple(_cell(group, i) for group in groups))


def _cell(group: Group, i: int) -> Cell:
    total, above = (sum(one.n for one in part) for part in (group.scores, group.scores[2 * i :]))
    here = sum(one.n for one in group.scores[2 * i : 2 * i + 2])
    *_, labelled, positives = tenths(group.scores)[i]
    small = [
        say("{share} positive", share=percent(positives / labelled) if labelled >= FEWEST else NOTHING),
        say("{share} selected", share=percent(above / total)),
    ]
    return Cell(percent(here / total), tuple(small))
