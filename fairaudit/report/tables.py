"""The tables of the page: each rule's groups in the population, and the map of segments by groups."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from fairaudit.findings import Verdict
from fairaudit.report import correction, names, paradox
from fairaudit.report.arrange import strain
from fairaudit.report.figures import some
from fairaudit.report.language import say, say_n, term, written
from fairaudit.report.numbers import NOTHING, fixed, limit_text, percent, typeset
from fairaudit.report.translated import in_language
from fairaudit.report.values import interval_text, is_rate, number_text, p_text, rate_text, value_text
from fairaudit.report.words import Words, count, sentence

if TYPE_CHECKING:
    from collections.abc import Sequence

    from fairaudit.findings import Finding, Group, Measured
    from fairaudit.report.arrange import Place, Question, Row

MOST_ROWS = 60
"""Rows of one table; the rest stands in the record."""
_STEPS = (0.5, 1.0 + 1e-9, 1.5, 2.25)
"""Where the shade grows darker, in units of the limit: the second step is the limit itself."""


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
    words: int = 0
    """How many columns after the first hold words, not numbers."""


def sign(verdict: Verdict) -> Sign:
    """Return how a verdict is shown."""
    if verdict is Verdict.PASS:
        return Sign("pass", "✓", say("within the limit"))
    if verdict is Verdict.FAIL:
        return Sign("fail", "✕", say("proven beyond the limit"))
    return Sign("open", "?", say("open"))


def measured() -> Sign:
    """Return how is shown what is neither within nor beyond."""
    return Sign("open", NOTHING, say("measured, no limit is stated"))


def sign_of(finding: Finding) -> Sign:
    """Return how a finding is shown; without a limit it is neither within nor beyond."""
    return sign(finding.verdict) if finding.limit.stated and not finding.exploratory else measured()


def shade(finding: Finding) -> int:
    """Return how dark a value is shaded: 0 and 1 within the limit, 2 to 4 beyond it."""
    return sum(strain(finding) >= step for step in _STEPS)


def group_table(questions: Sequence[Question], everybody: Sequence[Group], attribute: str, words: Words) -> Table:
    """Return each group's own values and how they compare in the whole population, two columns for each rule."""
    groups = [row.group for row in questions[0].population.rows] if questions else list(everybody)
    head = [say("Group"), say("Decisions") if words.noun == "decision" else say("Customers")]
    for question in questions:
        limit = typeset(limit_text(question.result.limit, question.result.compare, rate=question.rate))
        if question.together:
            head.append(say("Selected"))
        elif question.result.compare == "value":
            head.append(say("{value}, limit {limit}", value=sentence(term(question.name)), limit=limit))
        else:
            head += [
                sentence(term(question.name)),
                say("{value}, limit {limit}", value=_compared(question), limit=limit),
            ]
    lines = []
    for i, group in enumerate(groups[:MOST_ROWS]):
        cells = [Cell(_number(group.n))]
        for question in questions:
            if question.together:
                cells.append(_chosen(question.population.rows[i]))
                continue
            cells += _group_cells(question.population.rows[i], words, own=question.result.compare == "value")
        lines.append(Line(names.values(group.group), "", tuple(cells)))
    notes = [more(len(groups) - MOST_ROWS)] if len(groups) > MOST_ROWS else []
    if words.by_point:
        caption = say("All customers by {attribute}; values alone", attribute=attribute)
    else:
        caption = say(
            "All customers by {attribute}; {level} intervals in brackets", attribute=attribute, level=words.confidence
        )
    return Table(caption, tuple(head), tuple(lines), tuple(notes))


def more(n: int) -> str:
    """Return that a table leaves out so many lines."""
    return say_n("and {n} more in audit.json", "and {n} more in audit.json", n)


def _group_cells(row: Row, words: Words, *, own: bool) -> list[Cell]:
    """Return a group's own value, unless the rule is about it, and what was found."""
    finding = row.finding
    value = _own_value(row.rate)
    if finding is not None:
        why = words.needed(finding) if finding.undecidable else ""
        signal = [p_text(finding.significance.p_value)] if finding.significance else []
        small = (interval_text(finding), *signal, *([why] if why else []))
        found = Cell(number_text(finding), small, sign_of(finding), shade(finding))
        return [found] if own else [value, found]
    if row.reference:
        return [value, Cell(say("reference"))]
    said = say("too few to judge") if row.entry is not None else say("not judged")
    return [Cell(value.text, (*value.small, said))] if own else [value, Cell(NOTHING, (said,))]


def _chosen(row: Row) -> Cell:
    """Return how many of a group are selected, the share of which the rule is about."""
    rate = row.group.metrics.get("selection_rate")
    if row.missing or rate is None:
        return Cell(NOTHING, (say("not counted"),))
    return Cell(_number(rate.numerator), (say("of {n}", n=_number(rate.denominator)),))


def _own_value(rate: Measured | None) -> Cell:
    if rate is None or rate.value is None:
        return Cell(NOTHING if rate is None else in_language(rate.reason) if rate.reason else say("undefined"))
    n = _number(rate.denominator)
    counted = say("on {n}", n=n) if rate.numerator is None else say("{k} of {n}", k=_number(rate.numerator), n=n)
    return Cell(rate_text(rate, counted=False), (counted, _own_interval(rate)))


def _number(n: int | None) -> str:
    return NOTHING if n is None else written(f"{n:,}")


def _own_interval(rate: Measured | None) -> str:
    if rate is None or rate.interval is None:
        return NOTHING
    if rate.numerator is None:
        return say("[{low}, {high}]", low=fixed(rate.interval.low, 3), high=fixed(rate.interval.high, 3))
    low = percent(rate.interval.low).removesuffix(" %")
    return say("[{low}, {high}]", low=low, high=percent(rate.interval.high))


def _compared(question: Question) -> str:
    if question.result.compare == "ratio":
        return say("Ratio")
    return say("Points of difference") if question.rate else say("Difference")


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
    head = (say("Segment"), *(names.values(row.group.group) for row in groups))
    notes = []
    if left_out:
        notes.append(_more_groups(left_out))
    if further := len(question.places) - len(places):
        notes.append(say_n("{n} more segment in audit.json", "{n} more segments in audit.json", further))
    said = [*paradox.of_question(question, words), *paradox.fading(question, words)]
    if len(said) > MOST_ROWS:
        notes.append(
            say_n(
                "{n} more place where total and segments disagree in audit.json",
                "{n} more places where total and segments disagree in audit.json",
                len(said) - MOST_ROWS,
            )
        )
    return Table(_about(question, attribute), head, tuple(lines), tuple(notes), tuple(said[:MOST_ROWS]))


def _about(question: Question, attribute: str) -> str:
    """Return the caption of a map."""
    return say(
        "{rule}: {value} by {attribute}, {against}",
        rule=names.visible(question.rule.id),
        value=term(question.name),
        attribute=attribute,
        against=_against(question),
    )


def _distances(question: Question, attribute: str, words: Words) -> Table:
    """Return the one value of each place, the worst first."""
    lines = []
    for place in question.places[: MOST_ROWS + 1]:
        found = place.together
        cell = (
            Cell(say("too few"))
            if found is None
            else Cell(value_text(found), (interval_text(found),), sign_of(found), shade(found))
        )
        lines.append(Line(words.place(place.segment), count(place.n, words.noun), (cell,)))
    return Table(_about(question, attribute), (say("Segment"), sentence(term(question.name))), tuple(lines))


def _against(question: Question) -> str:
    limit = typeset(limit_text(question.result.limit, question.result.compare, rate=question.rate))
    if question.result.compare == "ratio":
        return say("as a ratio to the reference; limit {limit}", limit=limit)
    if question.result.compare == "difference":
        return say("as a difference from the reference; limit {limit}", limit=limit)
    if question.together:
        return say("all groups together; limit {limit}", limit=limit)
    return say("per group; limit {limit}", limit=limit)


def _map_line(place: Place, groups: Sequence[Row], question: Question, words: Words) -> Line:
    cells = []
    for column in groups:
        row = place.row(column.group.group)
        cells.append(Cell(NOTHING, (say("nobody"),)) if row is None else _map_cell(row, question, words))
    return Line(words.place(place.segment), count(place.n, words.noun), tuple(cells))


def _map_cell(row: Row, question: Question, words: Words) -> Cell:
    rate, finding = row.rate, row.finding
    size = _number(rate.denominator if rate is not None and question.rate else row.group.n)
    own = "" if rate is None or rate.value is None else rate_text(rate, counted=False)
    if finding is not None:
        value = number_text(finding)
        alone = question.result.compare == "value"
        small = say("on {n}", n=size) if alone else say("{share} of {n}", share=own, n=size)
        return Cell(value, (small,), sign_of(finding), shade(finding))
    if row.reference:
        return Cell(say("reference"), (say("{share} of {n}", share=own, n=size),))
    # no rate: in a segment these are single customers, whom it could give away
    return Cell(say("too few") if row.entry is not None else NOTHING, (count(row.group.n, words.noun),))


def metrics_table(groups: Sequence[Group], everybody: Group, attribute: str, confidence: str) -> Table:
    """Return every metric of every group, asked for or not."""
    chosen = [everybody, *groups[:12]]
    head = (say("Metric"), *(names.values(group.group) for group in chosen))
    lines = [
        Line(
            term(name.replace("_", " ")),
            "",
            tuple(_metric_cell(group.metrics.get(name)) for group in chosen),
        )
        for name in everybody.metrics
    ]
    sizes = Line(say("customers"), "", tuple(Cell(_number(group.n)) for group in chosen))
    notes = (_more_groups(len(groups) - 12),) if len(groups) > 12 else ()
    caption = say("Every metric by {attribute}, with its {level} interval", attribute=attribute, level=confidence)
    return Table(caption, head, (sizes, *lines), notes)


def _more_groups(n: int) -> str:
    return say_n("{n} more group in audit.json", "{n} more groups in audit.json", n)


def _metric_cell(rate: Measured | None) -> Cell:
    if rate is None or rate.value is None:
        return Cell(NOTHING, () if rate is None or not rate.reason else (in_language(rate.reason),))
    return Cell(rate_text(rate, counted=False), (_own_interval(rate),))


def levels_table(words: Words) -> Table:
    """Return the level that a failure takes in each rule."""
    lines = (Line(rule, "", tuple(map(Cell, cells))) for rule, *cells in correction.levels(words))
    return Table(say("The level that a failure takes"), correction.head(), tuple(lines))


def needed_table(words: Words) -> Table | None:
    """Return how many more customers would settle each open comparison, all customers first; None if none is open."""
    found = [f for f in words.audit.findings if f.customers_needed is not None and f.limit.stated]
    if not found:
        return None
    found.sort(key=lambda f: (not f.required, bool(f.segment), names.full(f.segment)))
    lines = []
    for finding in found[:MOST_ROWS]:
        needed = finding.customers_needed
        assert needed is not None  # noqa: S101  only such were chosen
        against = say("against {reference}", reference=words.group(finding.reference)) if finding.reference else ""
        cells = (
            Cell(words.show(finding.rule)),
            Cell(words.place(finding.segment)),
            Cell(_number(finding.group_rate.denominator)),
            Cell(_further(needed.if_fair, say("none would"))),
            Cell(_further(needed.as_observed, say("none would"))),
        )
        lines.append(Line(words.group(finding.group), against, cells))
    head = (
        *(say("Group"), say("Rule"), say("Where"), say("The value rests on")),
        *(say("More, if the rates are equal"), say("More, if they are as observed")),
    )
    notes = [more(len(found) - MOST_ROWS)] if len(found) > MOST_ROWS else []
    caption = say("Open comparisons, and how many more customers of the group would settle them")
    return Table(caption, head, tuple(lines), tuple(notes), words=2)


def _further(n: int | None, never: str) -> str:
    return never if n is None else say("enough now") if n == 0 else _number(n)


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
