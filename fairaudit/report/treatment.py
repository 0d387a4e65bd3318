"""The first table of an experiment: each group's outcome with the treatment and without, and what it gains."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fairaudit.report import names
from fairaudit.report.arrange import Arrangement
from fairaudit.report.language import say, say_n
from fairaudit.report.numbers import NOTHING, fixed, percent, points, whole
from fairaudit.report.tables import MOST_ROWS, Cell, Line, Table
from fairaudit.report.translated import in_language

if TYPE_CHECKING:
    from collections.abc import Callable

    from fairaudit.findings import Group, Measured
    from fairaudit.report.words import Words


def treatment_table(words: Words) -> Table | None:
    """Return the outcomes of everybody and of every group, None where there is no treatment or no label."""
    everybody = words.audit.everybody()
    if "uplift" not in everybody.metrics:
        return None
    arrangement = Arrangement(words.audit)
    lines = [_line(say("everybody"), "", everybody)]
    for attribute in arrangement.views:
        shown = names.attribute(attribute, words.show)
        lines += [_line(names.values(group.group), shown, group) for group in arrangement.groups(attribute)]
    left = len(lines) - MOST_ROWS
    data = words.audit.policy.data
    caption = say(
        "Share with {label} {positive}, without the treatment and with it; {level} intervals in brackets",
        label=words.show(data.label or "label"), positive=words.show(data.positive), level=words.confidence,
    )  # fmt: skip
    head = (say("Group"), say("Control"), say("Treated"), say("Gain"), say("Relative gain"))
    notes = (say_n("and {n} more group in audit.json", "and {n} more groups in audit.json", left),) if left > 0 else ()
    return Table(caption, head, tuple(lines[:MOST_ROWS]), notes)


def _line(name: str, small: str, group: Group) -> Line:
    def cell(metric: str, write: Callable[[float], str], *, counted: bool = False) -> Cell:
        return _cell(group.metrics.get(metric), write, counted=counted)

    return Line(
        name,
        small,
        (
            cell("control_outcome", percent, counted=True),
            cell("treated_outcome", percent, counted=True),
            cell("uplift", lambda value: points(fixed(100 * value, 1, (0,)))),
            cell("relative_lift", percent),
        ),
    )


def _cell(found: Measured | None, write: Callable[[float], str], *, counted: bool) -> Cell:
    if found is None or found.value is None:
        return Cell(NOTHING, () if found is None or found.reason is None else (in_language(found.reason),))
    low, high = (write(end) for end in (found.interval.low, found.interval.high)) if found.interval else ("", "")
    rest = [say("on {n}", n=whole(found.denominator or 0))] if counted else []
    return Cell(write(found.value), (*rest, say("[{low}, {high}]", low=low, high=high)))
