"""The figure of a plan: how surely each truth would be decided, by the number of customers."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from fairaudit.report import names
from fairaudit.report.language import say, written
from fairaudit.report.scales import Scale
from fairaudit.report.sheet import BLUE, GREEN, INK, LINE, MUTED, PURPLE, VERMILLION, Sheet, heading

if TYPE_CHECKING:
    from collections.abc import Sequence

    from fairaudit.plan import Answer, Plan
    from fairaudit.report.sheet import Shape

_WIDTH, _LEFT, _RIGHT, _TOP, _BOTTOM, _LEGEND = 420.0, 44.0, 12.0, 48.0, 268.0, 17.0
_COLOURS = (GREEN, BLUE, VERMILLION, PURPLE, INK)
_SHAPES: tuple[Shape, ...] = ("circle", "square", "diamond", "left", "right", "cross")


def power(plan: Plan, labels: Sequence[str]) -> Sheet:
    """Return the chance of the right verdict against the number of customers, a line for each truth.

    Parameters
    ----------
    plan : Plan
        With at least one truth that some number of customers decides.
    labels : sequence of str
        What is said of each truth, in the order of the answers.
    """
    sheet = Sheet(_WIDTH, _BOTTOM + 44 + _LEGEND * len(labels))
    top = heading(sheet, say("{rule}: customers and certainty", rule=names.visible(plan.rule)))
    sheet.lines(6, top + 11, say("Chance that the audit says so, by customers in total"))
    across = Scale(plan.sizes[0], plan.sizes[-1], _LEFT, _WIDTH - _RIGHT, log=True)
    up = Scale(0.0, 1.0, _BOTTOM, _TOP)
    _frame(sheet, plan, across, up)
    for i, (answer, curve, label) in enumerate(zip(plan.answers, plan.curves, labels, strict=True)):
        colour, shape = _COLOURS[i % len(_COLOURS)], _SHAPES[i % len(_SHAPES)]
        sheet.line([across(n) for n in plan.sizes], [up(chance) for chance in curve], colour, 1.6)
        _mark(sheet, answer, plan, (across, up), (shape, colour))
        y = _BOTTOM + 48 + _LEGEND * i
        sheet.line([_LEFT, _LEFT + 18], [y - 4, y - 4], colour, 1.6)
        sheet.marks([_LEFT + 9], [y - 4], shape, colour)
        sheet.text(_LEFT + 26, y, label, size=10)
    return sheet


def _mark(sheet: Sheet, answer: Answer, plan: Plan, scales: tuple[Scale, Scale], mark: tuple[Shape, str]) -> None:
    """Mark where a truth is decided as surely as was asked for."""
    across, up = scales
    if answer.customers is not None and across.holds(answer.customers):
        sheet.marks([across(answer.customers)], [up(plan.setting.power)], *mark)


def _frame(sheet: Sheet, plan: Plan, across: Scale, up: Scale) -> None:
    """Draw the axes, their ticks and the power that was asked for."""
    for share in (0.0, 0.2, 0.4, 0.6, 0.8, 1.0):
        sheet.line([_LEFT, _WIDTH - _RIGHT], [up(share)] * 2, LINE, 0.5)
        sheet.text(_LEFT - 6, up(share) + 3, f"{100 * share:.0f} %", "end", size=9)
    sheet.line([_LEFT, _WIDTH - _RIGHT], [up(plan.setting.power)] * 2, MUTED, 0.9, dashed=True)
    sheet.line([_LEFT, _WIDTH - _RIGHT], [_BOTTOM] * 2, MUTED, 0.8)
    for n in _round_numbers(across):
        sheet.line([across(n)] * 2, [_BOTTOM, _BOTTOM + 3], MUTED, 0.8)
        sheet.text(across(n), _BOTTOM + 14, written(f"{n:,}"), "middle", size=9)


def _round_numbers(across: Scale) -> list[int]:
    """Return the ticks: 1, 2 and 5 times each power of ten, fewer of them over a wide range."""
    decades = range(int(math.log10(across.low)), int(math.log10(across.high)) + 1)
    steps = (1, 2, 5) if len(decades) <= 3 else (1,)
    return [n for decade in decades for step in steps if across.holds(n := step * 10**decade)]
