"""The report as one page: no script, no request, everything inline."""

from __future__ import annotations

import base64
import hashlib
import unicodedata
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fairaudit.metrics import METRICS, find
from fairaudit.report import account, correction, language, names, phrases, svg
from fairaudit.report import figures as drawing
from fairaudit.report.arrange import Arrangement
from fairaudit.report.language import say, say_n, term
from fairaudit.report.method import method
from fairaudit.report.numbers import level, typeset
from fairaudit.report.score_table import score_table
from fairaudit.report.tables import (
    MOST_ROWS,
    Table,
    gauge,
    group_table,
    levels_table,
    measured,
    metrics_table,
    more,
    needed_table,
    segment_map,
    sign,
    sign_of,
)
from fairaudit.report.treatment import treatment_table
from fairaudit.report.values import interval_text, limit_of, p_text, rate_text, value_text
from fairaudit.report.words import Words, count, sentence

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from jinja2 import Environment

    from fairaudit.findings import Audit, RuleResult
    from fairaudit.metrics.row import Metric
    from fairaudit.report.arrange import Question
    from fairaudit.report.tables import Sign

_TEMPLATES = Path(__file__).parent / "templates"
_LONG = 9
"""Letters of a word that may be broken where a table is too narrow for it."""


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
    groups: Table
    metrics: Table
    maps: tuple[Table, ...]
    bins: Table | None
    """What the figures of the scores are drawn from."""
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
    words = Words(audit, _isolated)
    style, policy = _style()
    return (
        _environment()
        .get_template("page.html.jinja")
        .render(
            audit=audit,
            words=words,
            account=account,
            language=language.current(),
            style=style,
            content_policy=policy,
            sign=sign(audit.verdict),
            no_claim=phrases.no_claim(),
            sections=list(_sections(audit, words, drawing.draw(audit) if drawn is None else drawn)),
            rules=[_rule(rule, words) for rule in audit.rules],
            failures=words.failures()[:MOST_ROWS],
            failures_left=max(0, len(words.failures()) - MOST_ROWS),
            corrected=correction.explained(words),
            levels=levels_table(words),
            needed=needed_table(words),
            treatment=treatment_table(words),
            method=list(method(words)),
            glossary=list(_glossary(audit)),
        )
    )


@cache
def _style() -> tuple[Any, str]:
    """Return the page's style as finished markup, and the policy that allows it and nothing else.

    The hash is of all between the element's tags; so no other style can be brought in, by a name from the data say.
    """
    from markupsafe import Markup

    text = "\n" + (_TEMPLATES / "style.css").read_text(encoding="utf-8")
    digest = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
    policy = f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"
    return Markup(text), policy  # noqa: S704  the package's own file


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
        number=lambda n: language.written(f"{n:,}"),
        svg=_svg,
        long=lambda text: max(map(len, text.split()), default=0) > _LONG,
        value=lambda finding: typeset(value_text(finding)),
        limit=lambda finding: typeset(limit_of(finding)),
        rate=rate_text,
        p_value=p_text,
        interval=lambda *arguments: typeset(interval_text(*arguments)),
    )
    environment.globals.update(
        sign_of=sign, count=count, say=say, say_n=say_n, term=term, verdict=phrases.verdict, more=more, most=MOST_ROWS
    )
    return environment


def _isolated(name: str) -> str:
    """Return a name that is fit to be seen; one that is written from the right keeps its direction to itself."""
    text = names.visible(name)
    rightwards = all(unicodedata.bidirectional(character) not in ("R", "AL") for character in text)
    return text if rightwards else f"\u2068{text}\u2069"


def _svg(plot: drawing.Plot) -> Any:  # noqa: ANN401  jinja2's type of finished markup
    from markupsafe import Markup

    # written by svg.py, which escapes every text
    return Markup(svg.inline(plot.svg))  # noqa: S704


def _sections(audit: Audit, words: Words, drawn: Sequence[drawing.Plot]) -> Iterator[Section]:
    arrangement = Arrangement(audit)
    everybody = audit.everybody()
    for number, attribute in enumerate(arrangement.views, start=1):
        shown, questions = names.attribute(attribute, _isolated), arrangement.questions(attribute)
        groups = arrangement.groups(attribute)
        mine: dict[str, list[drawing.Plot]] = {"rates": [], "segments": [], "scores": []}
        for plot in drawn:
            if plot.attribute == attribute:
                mine[kind if (kind := plot.name.partition("-")[0]) in mine else "scores"].append(plot)
        yield Section(
            number,
            shown,
            tuple(_said(question, words) for question in questions),
            tuple(mine["rates"]),
            tuple(mine["segments"]),
            tuple(mine["scores"]),
            group_table(questions, groups, shown, words),
            metrics_table(groups, everybody, shown, words.confidence),
            tuple(table for q in questions if (table := segment_map(q, shown, words)) is not None),
            score_table(groups, shown),
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
        "asks": term(declared.asks) if declared else "",
        "limit": words.limit(rule),
        "gauge": gauge(worst),
        "worst": worst,
        "where": "" if worst is None else f"{words.pair(worst)}, {words.place(worst.segment)}",
        "sign": measured() if rule.exploratory else sign(rule.verdict),
    }


def _declared(metric: str) -> str:
    from fairaudit.errors import UsageError

    try:
        return find(metric)[0].name
    except UsageError:
        return metric


def _glossary(audit: Audit) -> Iterator[Metric]:
    """Yield every metric of the page, those of the rules first."""
    asked = [_declared(rule.metric) for rule in audit.rules]
    shown = dict.fromkeys([*asked, *audit.everybody().metrics])
    yield from (METRICS[name] for name in shown if name in METRICS)
