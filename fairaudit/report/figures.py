"""What is drawn of an audit: rates beside the limit, segments, what scores mean, how they spread, what they select."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

from fairaudit.estimands import Rate
from fairaudit.findings import Verdict
from fairaudit.metrics import PER_GROUP
from fairaudit.report import names, scores, segments, thresholds
from fairaudit.report.arrange import Arrangement, strain
from fairaudit.report.language import say, say_n, term
from fairaudit.report.numbers import fixed
from fairaudit.report.panels import WIDTH, Rows, comparisons, own_values
from fairaudit.report.sheet import Sheet, heading
from fairaudit.report.words import Words, listed, sentence

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from fairaudit.findings import Audit, Finding, Group
    from fairaudit.report.arrange import Question, Row

MOST_GROUPS = 12
"""Groups in one figure; the others stand in the table."""
KINDS = ("rates", "segments", "scores", "calibration", "threshold")
"""The figures of a report, each named by its kind and a counter."""


class Drawing(NamedTuple):
    """A figure before it has its place among the others."""

    kind: str
    rule: str | None
    """The id of the rule it is about."""
    title: str
    description: str
    sheet: Sheet
    strain: tuple[bool, float] = (False, -1.0)
    """How bad the worst of it is, as `arrange.Place.strain`."""


@dataclass(frozen=True)
class Plot:
    """One figure of the report."""

    name: str
    """File name without ending: a kind and a counter, never a word from the data."""
    attribute: str
    """The protected attribute it belongs to."""
    title: str
    description: str
    """What it shows, in words."""
    sheet: Sheet
    number: int
    """Its place among all figures."""
    rule: str | None = None
    """The id of the rule it is about; None where it is about the scores."""
    strain: tuple[bool, float] = (False, -1.0)
    """How bad the worst of it is, as `arrange.Place.strain`."""

    @property
    def kind(self) -> str:
        """One of `KINDS`."""
        return self.name.partition("-")[0]

    @cached_property
    def svg(self) -> str:
        """The figure as an SVG document, written once."""
        return self.sheet.svg(self.title, self.description, self.number)

    @property
    def png(self) -> bytes:
        """The figure as a PNG."""
        return self.sheet.png()


def draw(audit: Audit) -> list[Plot]:
    """Return the figures of an audit, attribute by attribute."""
    arrangement, words = Arrangement(audit), Words(audit)
    drawn: list[Plot] = []
    counters: dict[str, int] = {}
    for attribute in arrangement.views:
        for one in _of_attribute(attribute, arrangement, words):
            counters[one.kind] = counters.get(one.kind, 0) + 1
            plot = Plot(
                name=f"{one.kind}-{counters[one.kind]}",
                attribute=attribute,
                title=one.title,
                description=one.description,
                sheet=one.sheet,
                number=len(drawn) + 1,
                rule=one.rule,
                strain=one.strain,
            )
            drawn.append(plot)
    return drawn


def _of_attribute(attribute: str, arrangement: Arrangement, words: Words) -> Iterator[Drawing]:
    """Yield the figures of an attribute: rule by rule, then those of the scores."""
    shown = names.attribute(attribute)
    for question in arrangement.questions(attribute):
        rule, place = question.rule.id, question.population
        told = {"rule": names.visible(rule), "metric": term(question.name), "attribute": shown}
        if any(_has_value(row) for row in place.rows):
            title = say("{rule}: {metric} by {attribute}", **told)
            sheet = rates(question, arrangement, title)
            yield Drawing("rates", rule, title, described(place.findings, words), sheet, place.strain)
        inside = segments.shown(question)
        if inside:
            title = say("{rule}: {metric} by {attribute} in each segment", **told)
            rows = some([row for row in place.rows if not row.missing])
            sheet = segments.segments(question, rows, title, words.noun)
            said = described([finding for one in inside for finding in one.findings], words)
            yield Drawing("segments", rule, title, said, sheet, max(one.strain for one in inside))
    groups = [group for group in arrangement.groups(attribute) if sum(b.n for b in group.scores)]
    if any(map(scores.enough, groups)):
        yield from _of_scores(groups, shown, arrangement.audit)


def _of_scores(groups: Sequence[Group], attribute: str, audit: Audit) -> Iterator[Drawing]:
    """Yield the figures of an attribute's scores."""
    everybody = audit.everybody()
    title = say("Scores by {attribute}", attribute=attribute)
    said = say("How the scores of each group are spread, beside those of everybody.")
    said += _each(groups, "mean_score", say("Mean score"))
    yield Drawing("scores", None, title, said, scores.distribution(groups, everybody, title))
    known = everybody.metrics.get("calibration")
    if known is not None and known.value is not None:
        title = say("What a score means, by {attribute}", attribute=attribute)
        said = say("Share of positives at each score, group by group; on the diagonal a score is a probability.")
        said += _each(groups, "calibration", say("Positives observed for each one that the scores foretell"))
        sheet = scores.calibration(groups, title, audit.policy.verdict.confidence)
        yield Drawing("calibration", None, title, said, sheet)
    sweep = thresholds.Sweep.of([group for group in groups if scores.enough(group)], audit.policy.groups.min_size)
    threshold = audit.policy.data.threshold
    threshold = threshold if isinstance(threshold, float) else None
    title = say("Selection at each threshold, by {attribute}", attribute=attribute)
    sheet = thresholds.selection(sweep, title, threshold, _least_ratio(audit))
    yield Drawing("threshold", None, title, thresholds.described(sweep, threshold), sheet)


def _each(groups: Sequence[Group], metric: str, what: str) -> str:
    """Return a metric's value in each group as a sentence, nothing where it is not known."""
    known = [(group, group.metrics[metric].value) for group in groups if metric in group.metrics]
    said = [f"{names.group(group.group)} {fixed(value, 2)}" for group, value in known if value is not None]
    return f" {what}: {listed(said)}." if said else ""


def _least_ratio(audit: Audit) -> float | None:
    """Return the least ratio of selection rates that a rule allows, None where no rule is about it."""
    selected = PER_GROUP["selection_rate"]
    assert isinstance(selected, Rate)  # noqa: S101  it is one
    limits = {rule.id: rule.limit for rule in audit.rules if rule.compare == "ratio"}
    found = [
        limits[rule.id].min
        for rule in audit.policy.rules
        if rule.id in limits and selected in rule.estimands(audit.policy.data.outcome)
    ]
    return max((limit for limit in found if limit is not None), default=None)


def described(findings: Sequence[Finding], words: Words) -> str:
    """Return the worst finding of a place, or of several, in words."""
    worst = worst_of(findings)
    if worst is None:
        return say("No two groups could be compared.")
    return f"{sentence(words.finding(worst))} {words.decision(worst)}"


def worst_of(findings: Sequence[Finding]) -> Finding | None:
    """Return the finding to look at first: proven before open before within, then by its value."""
    order = {Verdict.FAIL: 2, Verdict.INCONCLUSIVE: 1, Verdict.PASS: 0}
    return max(findings, key=lambda finding: (order[finding.verdict], strain(finding)), default=None)


def rates(question: Question, arrangement: Arrangement, title: str) -> Sheet:
    """Return the groups' own values with intervals, and below them how they compare and what the limit is.

    A rule on the groups' own values has the limit in the first part and no second one.
    """
    all_rows = [row for row in question.population.rows if _has_value(row)]
    rows = Rows.of(some(all_rows))
    sheet = Sheet(WIDTH)
    confidence, everybody = arrangement.audit.policy.verdict.confidence, arrangement.everybody()
    end = own_values(sheet, rows, heading(sheet, title), question, everybody=everybody, confidence=confidence)
    if question.result.compare != "value" and any(row.finding for row in rows.rows):
        end = comparisons(sheet, rows, end, question)
    left_out = len(all_rows) - len(rows.rows)
    if left_out:
        said = say_n("and {n} more group: in the table", "and {n} more groups: in the table", left_out)
        end = sheet.lines(6, end, said) + 18
    sheet.height = end - 14
    return sheet


def _has_value(row: Row) -> bool:
    return row.rate is not None and row.rate.value is not None


def some(rows: Sequence[Row]) -> list[Row]:
    """Return at most so many groups as fit a figure, in their order: the reference, the worst, the largest."""
    if len(rows) <= MOST_GROUPS:
        return list(rows)

    def weight(i: int) -> tuple[bool, bool, float, int]:
        finding = rows[i].finding
        failed = finding is not None and finding.verdict is Verdict.FAIL
        return rows[i].reference, failed, strain(finding) if finding is not None else -1.0, rows[i].group.n

    kept = sorted(range(len(rows)), key=weight, reverse=True)[:MOST_GROUPS]
    return [rows[i] for i in sorted(kept)]
