"""The figures of an audit at a Python prompt: one of them is chosen, and drawn by matplotlib."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fairaudit.errors import UsageError
from fairaudit.report import figures, names, trend
from fairaudit.report.arrange import Arrangement
from fairaudit.report.language import say, term
from fairaudit.report.words import listed

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from fairaudit.findings import Audit
    from fairaudit.report.arrange import Question
    from fairaudit.report.plots import Chart
    from fairaudit.report.sheet import Sheet

KINDS = (*figures.KINDS, "trend")
"""What can be drawn: the figures of a report, and several audits one after another."""


def chart(
    audit: Audit,
    kind: str,
    *,
    rule: str | None = None,
    attribute: str | None = None,
    before: Sequence[tuple[str, Audit]] = (),
    label: str = "now",
) -> Chart:
    """Return one figure of an audit; parameters and errors are those of `Audit.plot`."""
    from fairaudit.report import plots

    if kind not in KINDS:
        raise UsageError(f'There is no plot "{kind}"; there are {listed(KINDS)}.')
    rules = [one.id for one in audit.policy.rules]
    if rule is not None and rule not in rules:
        raise UsageError(f'There is no rule "{names.visible(str(rule))}"; this audit has {_listed(rules)}.')
    views = audit.policy.protected_views()
    if attribute is not None and attribute not in list(views):  # a list of columns has no hash
        raise UsageError(
            f'"{names.visible(str(attribute))}" is not a protected attribute of this audit; it has {_listed(views)}.'
        )
    if kind == "trend":
        return plots.chart(_trend([*_dated(before), (str(label), audit)], rule, attribute))
    if before:
        raise UsageError(f'Earlier audits go with plot("trend"), not with plot("{kind}").')
    return plots.chart(_chosen(audit, kind, rule, attribute).sheet)


def _dated(before: Sequence[tuple[str, Audit]]) -> list[tuple[str, Audit]]:
    """Return earlier audits with their labels as text: a year is a number."""
    try:
        dated = [(str(name), one) for name, one in before]
        if all(hasattr(one, "findings") for _, one in dated):
            return dated
    except (TypeError, ValueError):
        pass
    raise UsageError('Earlier audits are pairs of a label and an audit: before=[("2026-Q1", audit), ...].')


def _chosen(audit: Audit, kind: str, rule: str | None, attribute: str | None) -> figures.Plot:
    """Return the figure that fits; of several the one whose finding is the worst."""
    drawn = [plot for plot in figures.draw(audit) if plot.kind == kind]
    fitting = [plot for plot in drawn if rule in (None, plot.rule) and attribute in (None, plot.attribute)]
    if not fitting:
        wanted = f" for {_where(rule, attribute)}" if rule or attribute else ""
        known = listed([_where(plot.rule, plot.attribute) for plot in drawn])
        exist = f"; there are plots for {known}" if drawn else f": {_WITHOUT[kind]}"
        raise UsageError(f'This audit has no plot "{kind}"{wanted}{exist}.')
    return max(fitting, key=lambda plot: plot.strain)


_WITHOUT = {
    "rates": "no group has a value of what the rules compare",
    "segments": "no two groups could be compared in a segment",
    "scores": "it has no scores",
    "calibration": "it has no scores with labels",
    "threshold": "it has no scores",
}
"""Why an audit has no figure of a kind."""


def _trend(audits: Sequence[tuple[str, Audit]], rule: str | None, attribute: str | None) -> Sheet:
    """Return a rule's worst value over time or, of an attribute, each group's."""
    if len(audits) < 2:
        raise UsageError('A trend needs earlier audits: plot("trend", before=[("2026-Q1", audit), ...]).')
    audit = audits[-1][1]
    question = _question(audit, rule, attribute)
    shown = names.visible(question.rule.id)
    if attribute is None:
        series = [trend.of_rule(audits, question.rule.id)]
        title = say("{rule}: the worst value over time", rule=shown)
    else:
        series = trend.of_groups(audits, question, attribute)
        title = say(
            "{rule}: {metric} by {attribute} over time",
            rule=shown,
            metric=term(question.name),
            attribute=names.attribute(attribute),
        )
    if not any(point.finding for one in series for point in one.points):
        raise UsageError(f"Nothing was compared for {_where(question.rule.id, attribute)} in these audits.")
    return trend.trend(series, question, title)


def _question(audit: Audit, rule: str | None, attribute: str | None) -> Question:
    """Return what a trend is about: of several questions the one whose finding is the worst."""
    arrangement = Arrangement(audit)
    views = arrangement.views if attribute is None else [attribute]
    asked = [one for view in views for one in arrangement.questions(view) if rule in (None, one.rule.id)]
    if not asked:
        raise UsageError(f"No rule compares {_where(rule, attribute)}.")
    return max(asked, key=lambda one: one.population.strain)


def _where(rule: str | None, attribute: str | None) -> str:
    said = [] if rule is None else [f'rule="{names.visible(rule)}"']
    return ", ".join([*said, *([] if attribute is None else [f'attribute="{names.visible(attribute)}"'])])


def _listed(found: Iterable[str]) -> str:
    return listed([f'"{names.visible(one)}"' for one in found])
