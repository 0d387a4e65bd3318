"""Selection against the threshold: what share of each group every cut-off of the score would select."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from fairaudit.report import lettering, names
from fairaudit.report.language import say, written
from fairaudit.report.numbers import fixed, percent, plain, typeset
from fairaudit.report.panels import WIDTH, ruler
from fairaudit.report.scales import Scale
from fairaudit.report.scores import ended
from fairaudit.report.sheet import BLUE, GREEN, INK, LINE, MUTED, PURPLE, VERMILLION, WITHIN, Sheet, heading
from fairaudit.spec import MISSING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from fairaudit.findings import Group
    from fairaudit.report.sheet import Shape

MOST_LINES = 6
_FEWEST = 10
"""Customers of the smallest group that the most favoured group's share would select; below it a ratio is chance."""
_HEIGHT, _LOW = 170.0, 64.0
_LABEL = 104.0
"""Width of the names at the lines' ends."""
_STEP = 13.0
"""Between two labels."""
_LOOKS: tuple[tuple[str, Shape], ...] = (
    (BLUE, "circle"),
    (VERMILLION, "square"),
    (GREEN, "diamond"),
    (PURPLE, "right"),
    (INK, "cross"),
    (MUTED, "left"),
)


@dataclass(frozen=True, slots=True)
class Sweep:
    """What share of each group a cut-off would select, at every edge of the score's twentieths.

    Only the groups that are large enough to be judged are compared.
    """

    edges: tuple[float, ...]
    groups: tuple[Group, ...]
    """All that have scores."""
    judged: tuple[Group, ...]
    shares: tuple[tuple[float, ...], ...]
    """Per group its share at each edge."""

    @classmethod
    def of(cls, groups: Sequence[Group], min_size: int) -> Sweep:
        """Return the sweep over some groups with scores."""
        bins = groups[0].scores
        edges = (*(one.low for one in bins), bins[-1].high)
        shares = tuple(map(_above, groups))
        judged = (g for g in groups if MISSING not in g.group.values() and sum(one.n for one in g.scores) >= min_size)
        return cls(edges, tuple(groups), tuple(judged), shares)

    def share(self, group: Group) -> tuple[float, ...]:
        """Return a group's share at each edge."""
        return self.shares[self.groups.index(group)]

    def at(self, group: Group, threshold: float) -> float:
        """Return a group's share at a threshold, along the straight line between two edges."""
        shares = self.share(group)
        for i, (low, high) in enumerate(zip(self.edges, self.edges[1:], strict=False)):
            if low <= threshold <= high:
                part = (threshold - low) / (high - low)
                return shares[i] + part * (shares[i + 1] - shares[i])
        return 1.0 if threshold < self.edges[0] else 0.0

    def worst(self) -> tuple[float | None, ...]:
        """Return at each edge the lowest share of the judged groups divided by the highest.

        None where so few are selected that it would be chance, or fewer than two groups are judged.
        """
        if len(self.judged) < 2:
            return (None,) * len(self.edges)
        smallest = min(sum(one.n for one in group.scores) for group in self.judged)
        columns = zip(*map(self.share, self.judged), strict=True)
        return tuple(min(c) / max(c) if max(c) * smallest >= _FEWEST else None for c in columns)

    def range(self) -> tuple[int, int]:
        """Return the first and the last edge at which a threshold selects some and not all."""
        columns = list(zip(*self.shares, strict=True))
        first = max(i for i, column in enumerate(columns) if min(column) == 1)
        last = max(i for i, column in enumerate(columns) if max(column) > 0)
        return first, max(last, first + 1)


def _above(group: Group) -> tuple[float, ...]:
    n = sum(one.n for one in group.scores)
    left, shares = n, [1.0]
    for one in group.scores:
        left -= one.n
        shares.append(left / n)
    return tuple(shares)


def drawn(sweep: Sweep) -> list[Group]:
    """Return the groups that get a line, in their order: the highest and the lowest over all thresholds, the largest.

    Those that are not judged come last.
    """
    ranked = sorted(sweep.judged, key=lambda group: sum(sweep.share(group)))
    extremes = [*ranked[:1], *ranked[-1:]]

    def weight(group: Group) -> tuple[bool, bool, int]:
        return group in extremes, group in sweep.judged, group.n

    chosen = sorted(sweep.groups, key=weight, reverse=True)[:MOST_LINES]
    return [group for group in sweep.groups if group in chosen]


def selection(sweep: Sweep, title: str, threshold: float | None, limit: float | None) -> Sheet:
    """Return a line per group over the thresholds, and below them the ratio of the lowest to the highest.

    Parameters
    ----------
    sweep : Sweep
        The shares.
    title : str
        Of the figure.
    threshold : float or None
        Of the policy, where it has one.
    limit : float or None
        The least ratio that the policy's rule on the selection rate allows.
    """
    groups = drawn(sweep)
    first, last = sweep.range()
    labels = [lettering.lines(names.values(group.group), _LABEL, 10) for group in groups]
    sheet = Sheet(WIDTH)
    top = sheet.lines(6, heading(sheet, title) + 12, _caption(threshold)) + 14
    bottom = top + max(_HEIGHT, _STEP * sum(map(len, labels)) + 4.0 * len(labels))
    across = Scale(sweep.edges[first], sweep.edges[last], 44.0, WIDTH - _LABEL - 34)
    up = Scale(0.0, 1.0, bottom, top)
    for share in (0.0, 0.25, 0.5, 0.75, 1.0):
        sheet.line([across.left, across.right], [up(share)] * 2, MUTED if not share else LINE, 0.5)
        sheet.text(across.left - 6, up(share) + 3, typeset(percent(share, digits=0)), "end", size=9)
    _marked(sheet, across, threshold, top, bottom)
    ends = []
    for i, (group, (colour, shape)) in enumerate(zip(groups, _LOOKS, strict=False)):
        xs = [across(edge) for edge in sweep.edges[first : last + 1]]
        ys = [up(share) for share in sweep.share(group)[first : last + 1]]
        sheet.line(xs, ys, colour, 1.6)
        # marks so far apart, each line's at other edges, that lines are told apart without their colours
        sheet.marks(xs[1 + i % 3 :: 3], ys[1 + i % 3 :: 3], shape, colour, 6)
        ends.append(ys[-1])
    _labels(sheet, labels, ends, across.right, (top, bottom))
    if any(value is not None for value in sweep.worst()):
        bottom = _ratios(sheet, sweep, across, bottom + 12, (threshold, limit))
    ruler(sheet, across, bottom, _written, size=9)
    return ended(sheet, bottom + 20, len(sweep.groups) - len(groups))


def _caption(threshold: float | None) -> str:
    if threshold is None:
        return say("Share that each threshold of the score would select")
    at = _written(threshold)
    return say("Share that each threshold of the score would select; dashed: the policy's, {threshold}", threshold=at)


def _written(score: float) -> str:
    return written(f"{score:g}")


def _marked(sheet: Sheet, across: Scale, threshold: float | None, top: float, bottom: float) -> None:
    if threshold is not None and across.holds(threshold):
        sheet.line([across(threshold)] * 2, [top, bottom], INK, 1, dashed=True)


def _labels(
    sheet: Sheet, labels: Sequence[Sequence[str]], ends: Sequence[float], right: float, room: tuple[float, float]
) -> None:
    """Write each line's name at its end, moved apart where they would touch, with a thread between the two."""
    order = sorted(range(len(ends)), key=lambda i: ends[i])
    heights = [_STEP * len(labels[i]) + 4 for i in order]
    places = apart([ends[i] for i in order], heights, room)
    for i, y in zip(order, places, strict=True):
        colour, shape = _LOOKS[i]
        sheet.line([right + 1, right + 12], [ends[i], y], colour, 0.8)
        sheet.marks([right + 16], [y], shape, colour, 6)
        for j, line in enumerate(labels[i]):
            sheet.text(right + 24, y + 3.5 + (j - (len(labels[i]) - 1) / 2) * _STEP, line, colour=INK, size=10)


def apart(wanted: Sequence[float], heights: Sequence[float], room: tuple[float, float]) -> list[float]:
    """Return the middles of labels as near as can be to where they are wanted, so that none touches another.

    Parameters
    ----------
    wanted : sequence of float
        Middles, from the top down.
    heights : sequence of float
        Of the labels; together they fit the room.
    room : tuple of float
        Its top and bottom.
    """
    top, bottom = room
    places: list[float] = []
    least = top
    for y, height in zip(wanted, heights, strict=True):
        places.append(max(y, least + height / 2))
        least = places[-1] + height / 2
    most = bottom
    for i in reversed(range(len(places))):
        places[i] = min(places[i], most - heights[i] / 2)
        most = places[i] - heights[i] / 2
    return places


def _ratios(sheet: Sheet, sweep: Sweep, across: Scale, top: float, marked: tuple[float | None, float | None]) -> float:
    """Draw the ratio of the lowest to the highest share over the thresholds, and return where it ends."""
    threshold, limit = marked
    said = say("Lowest share divided by the highest")
    if limit is not None:
        said = say("Lowest share divided by the highest; shaded: {limit}", limit=typeset(f">= {plain(limit, 2)}"))
    top = sheet.lines(6, top + 12, said) + 8
    bottom = top + _LOW
    up = Scale(0.0, 1.0, bottom, top)
    if limit is not None:
        sheet.box(across.left, up(1), across.right, up(limit), WITHIN)
        sheet.line([across.left, across.right], [up(limit)] * 2, GREEN, 1.2)
    for value in (0.0, 0.5, 1.0):
        sheet.line([across.left, across.right], [up(value)] * 2, MUTED if not value else LINE, 0.5)
        sheet.text(across.left - 6, up(value) + 3, written(f"{value:g}"), "end", size=9)
    _marked(sheet, across, threshold, top, bottom)
    known = [(edge, value) for edge, value in zip(sweep.edges, sweep.worst(), strict=True) if value is not None]
    points = [(across(edge), up(value)) for edge, value in known if across.holds(edge)]
    sheet.line([x for x, _ in points], [y for _, y in points], INK, 1.4)
    sheet.marks([x for x, _ in points], [y for _, y in points], "circle", INK, 4.5)
    return bottom


def described(sweep: Sweep, threshold: float | None) -> str:
    """Return what the lines say at the policy's threshold and where the groups are nearest, in words."""
    worst = [(value, edge) for value, edge in zip(sweep.worst(), sweep.edges, strict=True) if value is not None]
    first, last = sweep.range()
    inside = [pair for pair in worst if sweep.edges[first] < pair[1] <= sweep.edges[last]]
    said = []
    if threshold is not None and sweep.judged:
        low = min(sweep.judged, key=lambda group: sweep.at(group, threshold))
        high = max(sweep.judged, key=lambda group: sweep.at(group, threshold))
        if low is not high:
            said.append(
                say(
                    "At the policy's threshold {threshold}, {low} of {lowest} and {high} of {highest} are selected.",
                    threshold=_written(threshold),
                    low=typeset(percent(sweep.at(low, threshold))),
                    lowest=names.group(low.group),
                    high=typeset(percent(sweep.at(high, threshold))),
                    highest=names.group(high.group),
                )
            )
    if inside:
        (low_ratio, low_edge), (high_ratio, high_edge) = min(inside), max(inside)
        said.append(
            say(
                "Over the thresholds the lowest share is at worst {ratio} of the highest, at {edge}, and at best "
                "{best}, at {best_edge}.",
                ratio=fixed(low_ratio, 2),
                edge=_written(low_edge),
                best=fixed(high_ratio, 2),
                best_edge=_written(high_edge),
            )
        )
    return " ".join(said) or say("What share of each group every threshold of the score would select.")
