"""plan: how many customers an audit needs, before they are collected."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from fairaudit.cli import terminal
from fairaudit.cli.layout import Sectioned, SectionOption, debug_option
from fairaudit.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from fairaudit.plan import Answer, Plan, Setting
    from fairaudit.policy import Policy
    from fairaudit.rule import Rule

    Function = Callable[..., Any]

_KNOWN, _RULE, _RESULT = "What you know of the customers", "The rule", "The answer"


class _Shares(click.ParamType[Any]):
    """0.5,0.3,0.2: the groups' shares of the customers."""

    name = "shares"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:  # noqa: ANN401
        """Return the numbers."""
        return [_number(part, self, param, ctx) for part in value.split(",")]


class _Share(click.ParamType[Any]):
    """NAME=0.3: one group's share of the customers."""

    name = "share"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:  # noqa: ANN401
        """Return name and number."""
        name, found, share = value.rpartition("=")
        if not found or not name:
            self.fail(f'"{value}" is not NAME=SHARE (female=0.4, say)', param, ctx)
        return name, _number(share, self, param, ctx)


def _number(text: str, kind: click.ParamType[Any], param: click.Parameter | None, ctx: click.Context | None) -> float:
    try:
        return float(text)
    except ValueError:
        kind.fail(f'"{text}" is not a number (0.3, say)', param, ctx)


def _option(section: str, *names: str, **settings: Any) -> Callable[[Function], Function]:  # noqa: ANN401
    return click.option(*names, cls=SectionOption, section=section, **settings)


@click.command(cls=Sectioned)
@_option(
    _KNOWN,
    "--base-rate",
    type=click.FLOAT,
    required=True,
    metavar="RATE",
    help="The rate that is compared, in the groups that are served well: the share of customers who get the offer, or "
    "for equal_opportunity the share of responders who get it.",
)
@_option(
    _KNOWN,
    "--shares",
    type=_Shares(),
    metavar="S,S,...",
    help="Each group's share of the customers: 0.5,0.3,0.2.",
)
@_option(
    _KNOWN,
    "--share",
    "named",
    type=_Share(),
    multiple=True,
    metavar="NAME=S",
    help="The same with a name, once for each group: --share female=0.4 --share male=0.6.",
)
@_option(
    _KNOWN,
    "--among",
    type=click.FLOAT,
    metavar="SHARE",
    help="Share of customers that the rate is taken among: of positives for equal_opportunity, of those selected for "
    "precision.",
)
@_option(
    _KNOWN,
    "--truth",
    "truths",
    type=click.FLOAT,
    multiple=True,
    metavar="VALUE",
    help="What may be true of the smallest group: a ratio (0.6: it gets 6 where the others get 10) or the size of a "
    "difference. Repeat it. Default: the fair truth and four others.",
)
@_option(
    _RULE,
    "--metric",
    metavar="NAME",
    help="A metric, or the id of a rule in the policy. Default: the first rule of the policy.",
)
@_option(_RULE, "--compare", type=click.Choice(["ratio", "difference"]), metavar="WORD", help="ratio or difference.")
@_option(_RULE, "--min", "low", metavar="NUMBER", help="The smallest ratio allowed. Default: the rule's.")
@_option(_RULE, "--max", "high", metavar="NUMBER", help="The largest ratio or difference allowed. Default: the rule's.")
@_option(
    _RULE,
    "--confidence",
    type=click.FLOAT,
    metavar="SHARE",
    help="How sure a pass must be. Default: the policy's, 0.90.",
)
@_option(
    _RULE,
    "--rules",
    type=click.INT,
    metavar="NUMBER",
    help="Rules that are judged together; the more, the more it takes to FAIL. Default: those of the policy.",
)
@_option(
    _RULE,
    "--segments",
    type=click.INT,
    default=0,
    metavar="NUMBER",
    help="Segments of equal size that are judged too. Default: 0.",
)
@_option(
    _RULE,
    "--policy",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Rules and limits. Default: as for `fairaudit check`.",
)
@_option(
    _RESULT,
    "--power",
    type=click.FLOAT,
    default=0.8,
    metavar="SHARE",
    help="How surely the right verdict must be given. Default: 0.8, four times in five.",
)
@_option(
    _RESULT,
    "--format",
    "form",
    type=click.Choice(["text", "json"]),
    default="text",
    metavar="KIND",
    help="text (default) or json.",
)
@_option(
    _RESULT,
    "--plot",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Also draw power against customers: FILE.svg or FILE.png.",
)
@debug_option
def command(**given: Any) -> int:  # noqa: ANN401  the options above
    r"""Say how many customers an audit needs, before you collect them.

    A small group cannot pass an audit, however fair the model is: chance
    leaves too much open. This command says how many customers it takes until
    a fair model passes and an unfair one fails, four times in five, by the
    same rules as `fairaudit check`. In each line of the answer the smallest
    group is treated as the line says, all other groups alike; to pass, every
    pair of groups must pass at once.

    For example:
      fairaudit plan --base-rate 0.3 --shares 0.5,0.3,0.2
      fairaudit plan --base-rate 0.3 --share female=0.4 --share male=0.6
      fairaudit plan --metric equal_opportunity --base-rate 0.7 \
          --among 0.2 --shares 0.8,0.2 --plot power.svg
    """
    from fairaudit import settings
    from fairaudit.plan import plan

    file = given["policy"] or settings.find_file(Path.cwd())
    policy = settings.load(file)
    rule = _rule(policy, given)
    answer = plan(rule, _setting(policy, given), given["truths"])
    picture = None if given["plot"] is None else _picture(answer, given["plot"])
    if given["form"] == "json":
        terminal.json_result(json.dumps(_document(answer), indent=2, ensure_ascii=False))
    else:
        terminal.result("\n".join(_text(answer)))
    if picture is not None:
        _write(picture, given["plot"])
    return 0


def _rule(policy: Policy, given: dict[str, Any]) -> Rule:
    """Return the rule that is meant, with the limits of the flags."""
    from fairaudit.policy import Policy as Parser

    wanted = given["metric"]
    stated = next((rule for rule in policy.rules if wanted in (None, rule.id, rule.name)), None)
    flags = {key: given[name] for key, name in (("compare", "compare"), ("min", "low"), ("max", "high"))}
    if stated is not None and not any(flags.values()):
        return stated
    values = (
        {"metric": wanted} if stated is None else {"metric": stated.name, "id": stated.id, "compare": stated.compare}
    )
    if stated is not None and not flags["min"] and not flags["max"] and flags["compare"] == stated.compare:
        return stated
    values |= {key: value for key, value in flags.items() if value is not None}
    return Parser.parse({"data": {"outcome": policy.data.outcome}, "rule": [values]}, "fairaudit plan").rules[0]


def _setting(policy: Policy, given: dict[str, Any]) -> Setting:
    """Return what is assumed; what no flag says is the policy's."""
    from fairaudit.plan import Setting

    named = given["named"]
    if bool(named) == bool(given["shares"]):
        raise UsageError("Say how large the groups are: --shares 0.5,0.3,0.2, or --share NAME=SHARE for each group.")
    shares = dict(named) if named else {f"group {i}": share for i, share in enumerate(given["shares"], start=1)}
    if len(shares) < len(named):
        raise UsageError("--share names a group twice.")
    confidence, rules = given["confidence"], given["rules"]
    return Setting(
        base_rate=given["base_rate"],
        shares=shares,
        among=given["among"],
        confidence=policy.verdict.confidence if confidence is None else confidence,
        rules=max(1, len(policy.gating)) if rules is None else rules,
        segments=given["segments"],
        power=given["power"],
        min_size=policy.groups.min_size,
        method=policy.verdict.interval,
        outcome=policy.data.outcome,
    )


def _text(plan: Plan) -> Iterator[str]:
    """Yield the lines of the answer."""
    from fairaudit.cli.dry_run import limit_text

    setting, smallest = plan.setting, terminal.name(plan.smallest, 20)
    metric = "" if plan.metric == plan.rule else f"{plan.metric}, "
    yield f"{terminal.name(plan.rule)}: {metric}{limit_text(plan.limit, plan.compare)}"
    yield terminal.paragraph(
        f"The {plan.estimand} is {100 * setting.base_rate:g} % in every group but the smallest, {smallest}, where each "
        "line says what is true."
    )
    yield ""
    yield terminal.table(_rows(plan), right=range(2, 9))
    yield ""
    yield from (terminal.paragraph(sentence) for sentence in _sentences(plan))


def _rows(plan: Plan) -> Iterator[Sequence[str]]:
    """Yield the table: what is true, the right verdict, customers in total and by group."""
    setting = plan.setting
    shown = list(setting.shares) if len(setting.shares) <= 4 else [plan.smallest]
    hidden = ["in one segment"] if setting.segments else []
    names = [terminal.name(name, 10) for name in shown]
    yield (plan.compare, "verdict", "customers", *names, *hidden)
    for answer in plan.answers:
        groups = [f"{answer.groups[name]:,}" if answer.groups else "" for name in shown]
        last = ["" if answer.in_one_segment is None else f"{answer.in_one_segment:,}"] if hidden else []
        total = "no number" if answer.customers is None else f"{answer.customers:,}"
        yield (_truth(answer, plan), answer.aim.upper() if answer.groups else "-", total, *groups, *last)


def _truth(answer: Answer, plan: Plan) -> str:
    fair = answer.truth == (1 if plan.compare == "ratio" else 0)
    return f"{answer.truth:g} (fair)" if fair else f"{answer.truth:g}"


def _sentences(plan: Plan) -> Iterator[str]:
    """Yield what the numbers mean and what they rest on."""
    setting = plan.setting
    pairs = len(setting.shares) * (len(setting.shares) - 1) // 2
    yield (
        f"With so many customers the audit says so with a chance of {100 * setting.power:g} %; with fewer it is more "
        "often INCONCLUSIVE."
    )
    if any(answer.customers is None for answer in plan.answers):
        yield "No number: so near the limit, or with groups so small, that none will do."
    if setting.among is not None:
        yield f"The rate is taken among {100 * setting.among:g} % of the customers; the numbers are customers."
    if setting.segments:
        yield (
            f"In one segment: the customers in total if the harm hides in one of {setting.segments:,} segments of "
            "equal size."
        )
    shared = " (population and segments)" if setting.segments else ""
    yield (
        f"PASS at {100 * setting.confidence:g} %, FAIL at {100 * plan.level_fail:.4g} %, since "
        f"{_count(setting.rules, 'rule')}{shared} and {_count(pairs, 'pair')} of groups share the error."
    )


def _count(n: int, noun: str) -> str:
    return f"{n:,} {noun}{'' if n == 1 else 's'}"


def _document(plan: Plan) -> dict[str, Any]:
    """Return the answer as plain values."""
    setting = plan.setting
    limit = {"min": plan.limit.min, "max": plan.limit.max}
    return {
        "schema": "fairaudit.plan/1",
        "rule": plan.rule,
        "metric": plan.metric,
        "estimand": plan.estimand,
        "compare": plan.compare,
        "limit": {side: value for side, value in limit.items() if value is not None},
        "base_rate": setting.base_rate,
        "shares": dict(setting.shares),
        "among": setting.among,
        "confidence": setting.confidence,
        "level_fail": plan.level_fail,
        "rules": setting.rules,
        "segments": setting.segments,
        "power": setting.power,
        "smallest": plan.smallest,
        "answers": [
            {
                "truth": answer.truth,
                "verdict": answer.aim,
                "customers": answer.customers,
                "groups": dict(answer.groups),
                "in_one_segment": answer.in_one_segment,
            }
            for answer in plan.answers
        ],
        "curves": {"customers": list(plan.sizes), "power": [list(curve) for curve in plan.curves]},
    }


def _picture(plan: Plan, path: Path) -> str | bytes:
    """Return the figure in the form that the file's name asks for."""
    if path.suffix not in (".svg", ".png"):
        raise UsageError(f"--plot {path} must end in .svg or .png.")
    if not plan.sizes:
        raise UsageError("There is nothing to draw: no number of customers decides any of these truths.")
    from fairaudit.report import curves

    labels = [
        f"{plan.compare} {_truth(answer, plan)}: "
        + ("no number" if answer.customers is None else f"{answer.aim.upper()}, {answer.customers:,} customers")
        for answer in plan.answers
    ]
    sheet = curves.power(plan, labels)
    return sheet.png() if path.suffix == ".png" else sheet.svg(f"Customers needed: {plan.rule}", "; ".join(labels))


def _write(picture: str | bytes, path: Path) -> None:
    from fairaudit.writing import write_file

    try:
        write_file(picture, path)
    except OSError as error:
        raise UsageError(f"{path} cannot be written: {error.strerror or type(error).__name__}.") from None
    terminal.say(f"Written: {path}")
