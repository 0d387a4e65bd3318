"""The report as one page: no script, no request, everything inline."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fairaudit.metrics import METRICS, find
from fairaudit.report import account, correction, names, svg
from fairaudit.report import figures as drawing
from fairaudit.report.arrange import Arrangement
from fairaudit.report.numbers import level, percent, plain, typeset
from fairaudit.report.phrases import NO_CLAIM
from fairaudit.report.score_table import score_table
from fairaudit.report.tables import (
    MEASURED,
    MOST_ROWS,
    Table,
    gauge,
    group_table,
    levels_table,
    metrics_table,
    segment_map,
    sign,
    sign_of,
)
from fairaudit.report.values import interval_text, limit_of, p_text, rate_text, value_text
from fairaudit.report.words import Words, count, listed, sentence
from fairaudit.standardised import LEAST_COVERAGE

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from jinja2 import Environment

    from fairaudit.findings import Audit, RuleResult
    from fairaudit.metrics import Metric
    from fairaudit.report.arrange import Question
    from fairaudit.report.tables import Sign

_TEMPLATES = Path(__file__).parent / "templates"


@dataclass(frozen=True, slots=True)
class Section:
    """One protected attribute: what the rules say of it, its figures and its tables."""

    number: int
    title: str
    findings: tuple[tuple[str, Sign | None, str], ...]
    """Per rule: its name, its verdict here as a sign, and the worst finding of the population in words."""
    figures: tuple[drawing.Plot, ...]
    segments: tuple[drawing.Plot, ...]
    scores: tuple[drawing.Plot, ...]
    score_table: Table | None
    groups: Table
    metrics: Table
    maps: tuple[Table, ...]
    crossed: bool
    """Whether it is an intersection."""

    @property
    def warned(self) -> bool:
        """Whether a map has a warning."""
        return any(table.warnings for table in self.maps)


def render(audit: Audit, drawn: Sequence[drawing.Plot] | None = None) -> str:
    """Return the page.

    Parameters
    ----------
    audit : Audit
        What was found.
    drawn : sequence of Plot, optional
        Its figures, where they have been drawn already.
    """
    words = Words(audit)
    sections = list(_sections(audit, words, drawing.draw(audit) if drawn is None else drawn))
    return (
        _environment()
        .get_template("page.html.jinja")
        .render(
            audit=audit,
            words=words,
            account=account,
            sign=sign(audit.verdict),
            no_claim=NO_CLAIM,
            sections=sections,
            rules=[_rule(rule, words) for rule in audit.rules],
            failures=words.failures()[:MOST_ROWS],
            failures_left=max(0, len(words.failures()) - MOST_ROWS),
            corrected=correction.explained(words),
            levels=levels_table(words),
            method=list(_method(audit, words)),
            glossary=list(_glossary(audit)),
        )
    )


@cache
def _environment() -> Environment:
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    environment = Environment(
        loader=FileSystemLoader(_TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(
        capital=sentence,
        tight=lambda text: text.replace(" %", "\u00a0%"),
        typeset=typeset,
        visible=names.visible,
        harmless=names.harmless,
        level=level,
        svg=_svg,
        value=lambda finding: typeset(value_text(finding)),
        limit=lambda finding: typeset(limit_of(finding)),
        rate=rate_text,
        p_value=p_text,
        interval=lambda *arguments: typeset(interval_text(*arguments)),
    )
    environment.globals.update(sign_of=sign, count=count)
    return environment


def _svg(plot: drawing.Plot) -> Any:  # noqa: ANN401  jinja2's type of finished markup
    from markupsafe import Markup

    # written by svg.py, which escapes every text
    return Markup(svg.inline(plot.svg))  # noqa: S704


def _sections(audit: Audit, words: Words, drawn: Sequence[drawing.Plot]) -> Iterator[Section]:
    arrangement = Arrangement(audit)
    everybody = audit.everybody()
    for number, attribute in enumerate(arrangement.views, start=1):
        shown, questions = names.attribute(attribute), arrangement.questions(attribute)
        mine = [plot for plot in drawn if plot.attribute == attribute]
        maps = [segment_map(question, shown, words) for question in questions]
        yield Section(
            number,
            shown,
            tuple(_said(question, words) for question in questions),
            tuple(plot for plot in mine if plot.kind == "rates"),
            tuple(plot for plot in mine if plot.kind == "segments"),
            tuple(plot for plot in mine if plot.rule is None),
            score_table(arrangement.groups(attribute), shown),
            group_table(questions, arrangement.groups(attribute), shown, words),
            metrics_table(arrangement.groups(attribute), everybody, shown, words.confidence),
            tuple(table for table in maps if table is not None),
            "*" in attribute,
        )


def _said(question: Question, words: Words) -> tuple[str, Sign | None, str]:
    found = question.population.findings
    worst = drawing.worst_of(found)
    return question.rule.id, None if worst is None else sign_of(worst), drawing.described(found, words)


def _rule(rule: RuleResult, words: Words) -> dict[str, Any]:
    worst = words.shown(rule)
    declared = METRICS.get(_declared(rule.metric))
    return {
        "result": rule,
        "asks": declared.asks if declared else "",
        "metric": declared.name if declared else None,
        "limit": words.limit(rule),
        "gauge": gauge(worst),
        "worst": worst,
        "where": "" if worst is None else f"{words.pair(worst)}, {words.place(worst.segment)}",
        "sign": MEASURED if rule.exploratory else sign(rule.verdict),
    }


def _declared(metric: str) -> str:
    from fairaudit.errors import UsageError

    try:
        return find(metric)[0].name
    except UsageError:
        return metric


def _method(audit: Audit, words: Words) -> Iterator[tuple[str, str]]:
    """Yield how was decided: term and explanation."""
    policy = audit.policy
    if words.by_point:
        yield "Decision", 'On the value alone (decide_on = "point"): a limit is read literally, chance is not weighed.'
    else:
        side = f"{plain(50 * (1 - policy.verdict.confidence))} %"
        yield (
            "Pass",
            f"Every required comparison's {words.confidence} interval lies within the limit; a group that is truly at "
            f"the limit would pass by chance in at most {side} of audits.",
        )
        levels = [finding.level_fail for finding in audit.findings]
        span = f", here {level(min(levels))} to {level(max(levels))}" if levels else ""
        yield (
            "Fail",
            f"A comparison's interval lies wholly beyond the limit at a higher level{span}: over all rules, groups and "
            f"segments together, chance alone would fail a model at its limits in at most {side} of audits (an equal "
            "share for each rule, half of it for the population and half for its segments; Bonferroni, then Holm).",
        )
        yield "Inconclusive", "Neither. It is not a pass: the data are too few, or something could not be judged."
    if not all(rule.limit.stated for rule in audit.rules):
        yield "No limit", "A rule without a limit is measured with its interval and not decided; it cannot pass."
        yield (
            "More customers",
            "How many further customers of a group would settle an open comparison by these same rules, four times in "
            "five (power 0.8): once if the groups' true rates are equal, and once if they are as observed. A truth at "
            "the limit is settled by no number.",
        )
    proves = [f"{names.visible(rule.id)}: {smallest}" for rule, smallest in words.proves()]
    if proves:
        said = "The smallest gap that every comparison could have proven at these numbers of customers"
        yield "Could be proven", f"{said}. {'. '.join(proves)}."
    kind = "exact (Clopper and Pearson 1934)" if policy.verdict.interval == "exact" else "Wilson's (1927)"
    combined = "two groups' limits are combined by MOVER (Newcombe 1998, Donner and Zou 2012)"
    yield "Intervals", f"A rate's limits are {kind}; {combined}."
    reference = {
        "best": "All pairs of groups are compared; shown is each group against the best.",
        "largest": "Each group is compared with the largest one, in both directions.",
        "rest": "Each group is compared with all others together; such a rule can fail but not pass.",
    }
    yield "Reference", reference[policy.groups.reference]
    if policy.groups.references:
        named = [f"{names.visible(name)}: {_reference(value)}" for name, value in policy.groups.references.items()]
        yield "Other references", listed(named)
    yield (
        "Small groups",
        f"A group is judged where the value rests on at least {policy.groups.min_size:,} customers. "
        + (
            "Smaller ones are listed and do not block the verdict while together they are at most "
            f"{percent(policy.groups.small_share, digits=0)} of the customers."
            if policy.groups.small == "report"
            else "Smaller ones keep the rule from passing."
        ),
    )
    if policy.groups.min_share:
        least = percent(policy.groups.min_share, digits=0)
        yield "Left out", f"Groups under {least} of the customers are listed with their rate, and not judged."
    if policy.verdict.significance:
        yield (
            "Significance",
            "Beside each comparison of two rates stands how the limit reads literally, on the counts alone, and the "
            "two-sided p-value of equal rates: the pooled two-proportion z test, or Fisher's exact test where an "
            "expected count is under 5. Neither makes the verdict.",
        )
    if policy.data.segments:
        yield (
            "Same mix of segments",
            "Each group's rate is averaged over the segments of a column; the weights are the segments' shares of all "
            "whom the rate rests on (direct standardisation), the limits are combined by MOVER (Zou, Huang and Zhang "
            f"2009). It is not given where less than {percent(LEAST_COVERAGE, digits=0)} of them are in segments with "
            "both groups. It takes part in no verdict and is shown where total and segments disagree: where the gap "
            "turns round and neither interval reaches equality, or where the total passes and a segment fails.",
        )
    if policy.data.outcome == "harm":
        yield "Being selected", "It is a harm here: the rules judge the favourable outcome, not being selected."
    yield "Missing values", "Customers without a value are a group of their own: shown, never judged, never dropped."


def _reference(value: str | dict[str, str]) -> str:
    return names.visible(value) if isinstance(value, str) else names.full(value)


def _glossary(audit: Audit) -> Iterator[Metric]:
    """Yield every metric of the page, those of the rules first."""
    asked = [_declared(rule.metric) for rule in audit.rules]
    shown = dict.fromkeys([*asked, *audit.everybody().metrics])
    yield from (METRICS[name] for name in shown if name in METRICS)
