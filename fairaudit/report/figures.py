"""What is drawn: per attribute the groups' rates beside the limit, and what their scores mean and how they spread."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from fairaudit.findings import Verdict
from fairaudit.report import names, plots
from fairaudit.report.arrange import Arrangement, strain
from fairaudit.report.panels import CAPTION, FOOT, WIDTH, Panel, Rows
from fairaudit.report.scores import calibration, distribution
from fairaudit.report.words import Words, count, sentence

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from fairaudit.findings import Audit, Finding
    from fairaudit.report.arrange import Question, Row

MOST_GROUPS = 12
"""Groups in one figure; the others stand in the table."""


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
    sheet: plots.Sheet
    number: int
    """Its place among all figures."""

    @cached_property
    def svg(self) -> str:
        """The figure as an SVG element, drawn once."""
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
        for kind, title, description, sheet in _of_attribute(attribute, arrangement, words):
            counters[kind] = counters.get(kind, 0) + 1
            drawn.append(Plot(f"{kind}-{counters[kind]}", attribute, title, description, sheet, len(drawn) + 1))
    return drawn


def _of_attribute(
    attribute: str, arrangement: Arrangement, words: Words
) -> Iterator[tuple[str, str, str, plots.Sheet]]:
    """Yield kind, title, description and sheet of each figure of an attribute."""
    shown = names.attribute(attribute)
    for question in arrangement.questions(attribute):
        if any(_has_value(row) for row in question.population.rows):
            title = f"{names.visible(question.rule.id)}: {question.name} by {shown}"
            yield "rates", title, described(question, words), rates(question, arrangement, title)
    everybody = arrangement.audit.everybody()
    groups = [group for group in arrangement.groups(attribute) if sum(b.n for b in group.scores)]
    if not groups:
        return
    title = f"Scores by {shown}"
    said = "How the scores of each group are spread, beside those of everybody."
    yield "scores", title, said, distribution(groups, everybody, title)
    known = everybody.metrics.get("calibration")
    if known is not None and known.value is not None:
        title = f"What a score means, by {shown}"
        said = "Share of positives at each score, group by group; on the diagonal a score is a probability."
        confidence = arrangement.audit.policy.verdict.confidence
        yield "calibration", title, said, calibration(groups, title, confidence)


def described(question: Question, words: Words) -> str:
    """Return the worst finding of a question in the population, in words."""
    worst = worst_of(question)
    if worst is None:
        return "No two groups could be compared."
    return f"{sentence(words.finding(worst))} {words.decision(worst)}"


def worst_of(question: Question) -> Finding | None:
    """Return the finding to look at first in the population: proven before open before within, then by its value."""
    order = {Verdict.FAIL: 2, Verdict.INCONCLUSIVE: 1, Verdict.PASS: 0}
    return max(
        question.population.findings, key=lambda finding: (order[finding.verdict], strain(finding)), default=None
    )


def rates(question: Question, arrangement: Arrangement, title: str) -> plots.Sheet:
    """Return the groups' own values with intervals, and below them how they compare and what the limit is.

    A rule on the groups' own values has the limit in the first part and no second one.
    """
    all_rows = [row for row in question.population.rows if _has_value(row)]
    rows = Rows.of(some(all_rows))
    left_out = len(all_rows) - len(rows.rows)
    height = CAPTION + sum(rows.heights) + FOOT
    panels = 1 if question.result.compare == "value" else 2
    sheet = plots.Sheet(WIDTH, 26 + panels * height - 18 + (16 if left_out else 0))
    plots.heading(sheet, title)
    confidence = arrangement.audit.policy.verdict.confidence
    Panel(sheet, rows, 26).values(question, arrangement.everybody(), confidence)
    if panels == 2:
        Panel(sheet, rows, 26 + height).comparisons(question)
    if left_out:
        sheet.text(6, sheet.height - 8, f"and {count(left_out, 'more group')}: in the table")
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
