"""metrics: what can be asked of every group, one entry per metric."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from fairaudit.cli import terminal
from fairaudit.cli.layout import Sectioned, debug_option

if TYPE_CHECKING:
    from collections.abc import Iterator

    from fairaudit.metrics.row import Metric


@click.command(cls=Sectioned)
@debug_option
def command() -> int:
    """List the metrics: what each asks, its formula, its usual limit.

    Any of them can be a rule: in a policy file, or by --rule. `fairaudit
    explain NAME` says when a metric is the right one and when it misleads.

    For example:
      fairaudit metrics
      fairaudit explain equal_opportunity
    """
    from fairaudit.metrics import METRICS

    rules = [metric for metric in METRICS.values() if metric.compare is not None]
    plain = [metric for metric in METRICS.values() if metric.compare is None]
    blocks = [
        terminal.paragraph(
            "Counts per group: TP selected and positive, FP selected and negative, FN and TN the same of those not "
            "selected, n all of them; s is the score, y the label."
        ),
        "COMPARISONS: how groups are compared is part of the metric.",
        *("\n".join(_entry(metric)) for metric in rules),
        terminal.paragraph(
            'PLAIN VALUES: a rule says how groups are compared (compare = "ratio", "difference" or "value") and '
            "the limit."
        ),
        *("\n".join(_entry(metric)) for metric in plain),
        "fairlearn's names are known too: `fairaudit explain demographic_parity_ratio`.",
    ]
    terminal.result("\n\n".join(blocks))
    return 0


def _entry(metric: Metric) -> Iterator[str]:
    yield f"{metric.name:<28}{usual_limit(metric)}".rstrip()
    yield terminal.paragraph(metric.asks, "    ")
    yield terminal.paragraph(metric.formula, "    ")


def usual_limit(metric: Metric) -> str:
    """Return how a rule compares groups and its limit unless it says otherwise."""
    if metric.compare is None:
        return ""
    if metric.min is not None:
        return f"{metric.compare} at least {metric.min}"
    if metric.max is not None:
        return f"{metric.compare} at most {metric.max}"
    return f"{metric.compare}, the rule states the limit"
