"""The tables of the page: each rule's groups in the population, and the map of segments by groups."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from fairaudit.findings import Verdict
from fairaudit.report import correction, names, paradox
from fairaudit.report.arrange import strain
from fairaudit.report.figures import some
from fairaudit.report.numbers import NOTHING, fixed, limit_text, percent, typeset
from fairaudit.report.values import interval_text, is_rate, p_text, rate_text, value_text
from fairaudit.report.words import Words, count, sentence

if TYPE_CHECKING:
    from collections.abc import Sequence

    from fairaudit.findings import Finding, Group, Measured
    from fairaudit.report.arrange import Place, Question, Row

MOST_ROWS = 60
"""Rows of one table; the rest stands in the record."""
_STEPS = (0.5, 1.0 + 1e-9, 1.5, 2.25)
"""Where the shade grows darker, in units of the limit: the second step is the limit itself."""
SIGNS = {Verdict.PASS: ("pass", "✓", "within the limit"), Verdict.FAIL: ("fail", "✕", "proven beyond the limit")}
OPEN = ("open", "?", "open")


@dataclass(frozen=True, slots=True)
class Sign:
    """A verdict as it is shown: never by colour alone."""

    style: str
    mark: str
    word: str


@dataclass(frozen=True, slots=True)
class Cell:
    """One group in one place."""

    text: str
    small: tuple[str, ...] = ()
    """Lines below the text."""
    sign: Sign | None = None
    shade: int = 0


@dataclass(frozen=True, slots=True)
class Line:
    """One row of a table."""

    name: str
    small: str
    cells: tuple[Cell, ...]


@dataclass(frozen=True, slots=True)
class Table:
    """A table with a head; its first column names the rows."""

    caption: str
    head: tuple[str, ...]
    lines: tuple[Line, ...]
    notes: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    """What a reader must not overlook."""


MEASURED = Sign("open", NOTHING, "measured, no limit is stated")


def sign(verdict: Verdict) -> Sign:
    """Return how a verdict is shown."""
    return Sign(*SIGNS.get(verdict, OPEN))


def sign_of(finding: Finding) -> Sign:
    """Return how a finding is shown; without a limit it is neither within nor beyond."""
    return sign(finding.verdict) if finding.limit.stated and not finding.exploratory else MEASURED


def shade(finding: Finding) -> int:
    """Return how dark a value is shaded: 0 and 1 within the limit, 2 to 4 beyond it."""
    return sum(strain(finding) >= step for step in _STEPS)


def group_table(questions: Sequence[Question], everybody: Sequence[Group], attribute: str, words: Words) -> Table:
    """Return each group's own values and how they compare in the whole population, two columns for each rule."""
    groups = [row.group for row in questions[0].population.rows] if questions else list(everybody)
    head = ["Group", f"{sentence(words.noun)}s"]
    for question in questions:
        limit = typeset(limit_text(question.result.limit, question.result.compare, rate=question.rate))
        if question.together:
            head.append("Selected")
        elif question.result.compare == "value":
            head.append(f"{sentence(question.name)}, limit {limit}")
        else:
            head += [sentence(question.name), f"{_compared(question)}, limit {limit}"]
    lines = []
    for i, group in enumerate(groups[:MOST_ROWS]):
        cells = [Cell(f"{group.n:,}")]
        for question in questions:
            if question.together:
                cells.append(_chosen(question.population.rows[i]))
                continue
            cells += _group_cells(question.population.rows[i], words, own=question.result.compare == "value")
        lines.append(Line(names.values(group.group), "", tuple(cells)))
    notes = [f"and {len(groups) - MOST_ROWS:,} more in audit.json"] if len(groups) > MOST_ROWS else []
    said = "values alone" if words.by_point else f"{words.confidence} intervals in brackets"
    return Table(f"All customers by {attribute}; {said}", tuple(head), tuple(lines), tuple(notes))


def _group_cells(row: Row, words: Words, *, own: bool) -> list[Cell]:
    """Return a group's own value, unless the rule is about it, and what was found."""
    finding = row.finding
    value = _own_value(row.rate)
    if finding is not None:
        why = words.needed(finding) if finding.undecidable else ""
        signal = [p_text(finding.significance.p_value)] if finding.significance else []
        small = (interval_text(finding), *signal, *([why] if why else []))
        found = Cell(value_text(finding).removesuffix(" points"), small, sign_of(finding), shade(finding))
        return [found] if own else [value, found]
    if row.reference:
        return [value, Cell("reference")]
    said = "too few to judge" if row.entry is not None else "not judged"
    return [Cell(value.text, (*value.small, said))] if own else [value, Cell(NOTHING, (said,))]


def _chosen(row: Row) -> Cell:
    """Return how many of a group are selected, the share of which the rule is about."""
    rate = row.group.metrics.get("selection_rate")
    if row.missing or rate is None:
        return Cell(NOTHING, ("not counted",))
    return Cell(f"{rate.numerator:,}", (f"of {rate.denominator:,}",))


def _own_value(rate: Measured | None) -> Cell:
    if rate is None or rate.value is None:
        return Cell(NOTHING if rate is None else rate.reason or "undefined")
    counted = f"on {rate.denominator:,}" if rate.numerator is None else f"{rate.numerator:,} of {rate.denominator:,}"
    return Cell(rate_text(rate, counted=False), (counted, _own_interval(rate)))


def _own_interval(rate: Measured | None) -> str:
    if rate is None or rate.interval is None:
        return NOTHING
    if rate.numerator is None:
        return f"[{fixed(rate.interval.low, 3)}, {fixed(rate.interval.high, 3)}]"
    return f"[{percent(rate.interval.low)}, {percent(rate.interval.high)}]".replace(" %, ", ", ")


def _compared(question: Question) -> str:
    if question.result.compare == "ratio":
        return "Ratio"
    return "Points of difference" if question.rate else "Difference"


def segment_map(question: Question, attribute: str, words: Words) -> Table | None:
    """Return the map of segments by groups, the worst segment first; None where there are no segments."""
    if not question.segments:
        return None
    if question.together:
        return _distances(question, attribute, words)
    groups = some([row for row in question.population.rows if not row.missing])
    left_out = sum(not row.missing for row in question.population.rows) - len(groups)
    places = question.places[: MOST_ROWS + 1]
    lines = [_map_line(place, groups, question, words) for place in places]
    head = ("Segment", *(names.values(row.group.group) for row in groups))
    more = [f"{count(left_out, 'more group')} in audit.json"] if left_out else []
    if len(question.places) > len(places):
        more.append(f"{count(len(question.places) - len(places), 'more segment')} in audit.json")
    said = [*paradox.of_question(question, words), *paradox.fading(question, words)]
    if len(said) > MOST_ROWS:
        more.append(f"{len(said) - MOST_ROWS:,} more places where total and segments disagree in audit.json")
    what = f"{names.visible(question.rule.id)}: {question.name} by {attribute}, {_against(question)}"
    return Table(what, head, tuple(lines), tuple(more), tuple(said[:MOST_ROWS]))


def _distances(question: Question, attribute: str, words: Words) -> Table:
    """Return the one value of each place, the worst first."""
    lines = []
    for place in question.places[: MOST_ROWS + 1]:
        found = place.together
        cell = (
            Cell("too few")
            if found is None
            else Cell(value_text(found), (interval_text(found),), sign_of(found), shade(found))
        )
        lines.append(Line(words.place(place.segment), count(place.n, words.noun), (cell,)))
    what = f"{names.visible(question.rule.id)}: {question.name} by {attribute}, {_against(question)}"
    return Table(what, ("Segment", sentence(question.name)), tuple(lines))


def _against(question: Question) -> str:
    limit = typeset(limit_text(question.result.limit, question.result.compare, rate=question.rate))
    kind = {"ratio": "as a ratio to the reference", "difference": "as a difference from the reference"}
    own = "all groups together" if question.together else "per group"
    return f"{kind.get(question.result.compare, own)}; limit {limit}"


def _map_line(place: Place, groups: Sequence[Row], question: Question, words: Words) -> Line:
    cells = []
    for column in groups:
        row = place.row(column.group.group)
        cells.append(Cell(NOTHING, ("nobody",)) if row is None else _map_cell(row, question, words))
    return Line(words.place(place.segment), count(place.n, words.noun), tuple(cells))


def _map_cell(row: Row, question: Question, words: Words) -> Cell:
    rate, finding = row.rate, row.finding
    size = f"{rate.denominator:,}" if rate is not None and question.rate else f"{row.group.n:,}"
    own = "" if rate is None or rate.value is None else rate_text(rate, counted=False)
    if finding is not None:
        value = value_text(finding).removesuffix(" points")
        small = f"on {size}" if question.result.compare == "value" else f"{own} of {size}"
        return Cell(value, (small,), sign_of(finding), shade(finding))
    if row.reference:
        return Cell("reference", (f"{own} of {size}",))
    # no rate: in a segment these are single customers, whom it could give away
    return Cell("too few" if row.entry is not None else NOTHING, (count(row.group.n, words.noun),))


def metrics_table(groups: Sequence[Group], everybody: Group, attribute: str, confidence: str) -> Table:
    """Return every metric of every group, asked for or not."""
    chosen = [everybody, *groups[:12]]
    head = ("Metric", *(names.values(group.group) for group in chosen))
    lines = [
        Line(
            name.replace("_", " "),
            "",
            tuple(_metric_cell(group.metrics.get(name)) for group in chosen),
        )
        for name in everybody.metrics
    ]
    sizes = Line("customers", "", tuple(Cell(f"{group.n:,}") for group in chosen))
    notes = (f"and {len(groups) - 12:,} more groups in audit.json",) if len(groups) > 12 else ()
    return Table(f"Every metric by {attribute}, with its {confidence} interval", head, (sizes, *lines), notes)


def _metric_cell(rate: Measured | None) -> Cell:
    if rate is None or rate.value is None:
        return Cell(NOTHING, () if rate is None or not rate.reason else (rate.reason,))
    return Cell(rate_text(rate, counted=False), (_own_interval(rate),))


def levels_table(words: Words) -> Table:
    """Return the level that a failure takes in each rule."""
    lines = (Line(rule, "", tuple(map(Cell, cells))) for rule, *cells in correction.levels(words))
    return Table("The level that a failure takes", correction.HEAD, tuple(lines))


def gauge(finding: Finding | None) -> tuple[float, float] | None:
    """Return where a value and its limit lie on a track from 0 to 100; None where a picture would not help."""
    if finding is None or finding.value is None or finding.compare == "value" or not is_rate(finding):
        return None
    if not finding.limit.stated:
        return None
    if finding.compare == "ratio":
        limit = finding.limit.min if finding.limit.min is not None else 1 / (finding.limit.max or 1)
        value = finding.value if finding.value <= 1 else 1 / finding.value
        return 100 * value, 100 * limit
    most = finding.limit.max or 0.0
    scale = max(2 * most, 1.15 * abs(finding.value)) or 1.0
    return 100 * abs(finding.value) / scale, 100 * most / scale
