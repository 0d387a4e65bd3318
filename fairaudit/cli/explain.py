"""explain: one metric in words, with its formula, its use, its traps and its source."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from fairaudit.cli import terminal
from fairaudit.cli.layout import Sectioned, debug_option
from fairaudit.cli.metrics import usual_limit

if TYPE_CHECKING:
    from collections.abc import Iterator

    from fairaudit.metrics.row import Metric


@click.command(cls=Sectioned)
@click.argument("name", required=False)
@debug_option
def command(name: str | None) -> int:
    """Explain a metric: what it asks, when to use it and when not.

    NAME is a metric, or fairlearn's name for one. Without a NAME all are
    listed.

    For example:
      fairaudit explain
      fairaudit explain disparate_impact
      fairaudit explain equalized_odds_difference
    """
    from fairaudit.fairlearn_names import ALIASES
    from fairaudit.metrics import METRICS, find

    if name is None:
        rows = [(metric.name, metric.asks) for metric in METRICS.values()]
        width = max(len(first) for first, _ in rows) + 2
        lines = (terminal.paragraph(asks, f"{first:<{width}}", " " * width) for first, asks in rows)
        terminal.result("\n".join(lines))
        return 0
    metric, compare = find(name)
    terminal.result("\n".join(_page(metric, name if name in ALIASES else None, compare)))
    return 0


def _page(metric: Metric, alias: str | None, compare: str | None) -> Iterator[str]:
    if alias is not None:
        yield terminal.paragraph(
            f'"{alias}" is fairlearn\'s name: {metric.name}, compared as a {compare}. As a rule under this name its '
            "worst value is fairlearn's number, over every group whose rate is defined, and never turned round where "
            "being selected is a harm."
        )
        yield ""
    yield metric.name
    yield terminal.paragraph(metric.asks, "  ")
    yield ""
    for title, text in _parts(metric):
        yield terminal.paragraph(text, f"  {title:<14}", " " * 16)


def _parts(metric: Metric) -> Iterator[tuple[str, str]]:
    from fairaudit.fairlearn_names import ALIASES

    yield "Formula", metric.formula
    yield "As a rule", usual_limit(metric) or "the rule states compare and min or max"
    yield "Use it where", metric.use
    yield "Avoid it", metric.avoid
    if metric.favourable is not None:
        yield "For a harm", f'With outcome = "harm" the {metric.favourable.name} is judged instead.'
    theirs = [name for name, (ours, _) in ALIASES.items() if ours == metric.name]
    if theirs:
        yield "fairlearn", ", ".join(theirs)
    if metric.oracle is not None:
        yield "Per group", f"the same value as {metric.oracle}"
    yield "Source", metric.source
