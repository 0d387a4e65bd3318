"""check --dry-run: the policy in force, the rows, and what each rule would compare and could prove."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fairaudit import api, settings
from fairaudit.cli import toml
from fairaudit.cli.terminal import name, paragraph, table

if TYPE_CHECKING:
    from collections.abc import Iterator

    from fairaudit.findings import Limit
    from fairaudit.ledger import Ledger
    from fairaudit.policy import Policy
    from fairaudit.rehearsal import Prospect

_MOST_REASONS = 5


def text(predictions: api.Data, attributes: api.Data | None, stated: Policy) -> str:
    """Return what an audit of these files under this policy would do."""
    rehearsal = api.rehearse(predictions, attributes, stated)
    blocks = [
        "Dry run: nothing is judged and nothing is written.",
        f"Policy in force, besides the defaults (`fairaudit policy show` lists all)\n{_policy(rehearsal.policy)}",
        *(
            ["Notes\n" + "\n".join(paragraph(note, "  ", "    ") for note in rehearsal.notes)]
            if rehearsal.notes
            else []
        ),
        *(
            ["Cannot all be met\n" + "\n".join(paragraph(demand, "  ", "    ") for demand in rehearsal.impossible)]
            if rehearsal.impossible
            else []
        ),
        f"Rows\n{ledger_rows(rehearsal.ledger)}",
        *(_prospect(prospect) for prospect in rehearsal.prospects),
    ]
    return "\n\n".join(blocks)


def _policy(policy: Policy) -> str:
    return table(
        (
            (setting.key, name(toml.value(setting.value), 36), name(setting.origin))
            for setting in settings.in_force(policy)
            if setting.origin != "default" and setting.key not in ("rule", "schema")
        ),
        indent="  ",
    )


def ledger_rows(ledger: Ledger) -> str:
    """Return what happened to the rows, a question mark where a merge made it unknown."""
    rows = [(f"{ledger.predictions_rows:,}", "predictions")]
    if ledger.attributes_rows != 0:
        rows += [
            (_number(ledger.attributes_rows), "customers with attributes"),
            (f"{ledger.matched:,}", f"predictions with attributes ({100 * ledger.coverage:.1f} % of the predictions)"),
            (f"{ledger.predictions_without_attributes:,}", "predictions without attributes, not audited"),
            (_number(ledger.attributes_without_predictions), "customers without a prediction"),
        ]
    rows += [(f"{n:,}", f"left out: {name(reason, 50)}") for reason, n in ledger.excluded.items() if n]
    counts = {
        "repeat an id": ledger.repeated_ids,
        "without a label": ledger.missing_label,
        "without a prediction": ledger.missing_prediction,
        "without a score": ledger.missing_score,
        **{f"without {name(column)}": n for column, n in ledger.missing_attributes.items()},
    }
    rows += [(f"{n:,}", f"audited rows {what}") for what, n in counts.items() if n]
    return table(rows, indent="  ", right=(0,))


def _number(n: int | None) -> str:
    return "?" if n is None else f"{n:,}"


def _prospect(prospect: Prospect) -> str:
    return "\n".join(_lines(prospect))


def _lines(prospect: Prospect) -> Iterator[str]:
    limit = limit_text(prospect.limit, prospect.compare)
    metric = "" if prospect.metric == prospect.rule else f"{prospect.metric}, "
    yield f"Rule {name(prospect.rule)}: {metric}{limit}"
    yield from (paragraph(sentence, "  ", "    ") for sentence in _sentences(prospect))


def _sentences(prospect: Prospect) -> Iterator[str]:
    yield (
        f"compares {_count(prospect.compared, 'pair')} of groups in the population and "
        f"{prospect.compared_in_segments:,} inside segments"
        if prospect.compare != "value"
        else f"holds {_count(prospect.compared, 'group')} against the limit in the population and "
        f"{prospect.compared_in_segments:,} inside segments"
    )
    if not prospect.limit.stated:
        yield "no limit is stated: it is measured and nothing is decided"
    if prospect.undecidable:
        pairs = _count(prospect.undecidable, "pair")
        yield f"{pairs} in the population too small to pass, even if equal"
    for where, value, compared in (
        ("the population", prospect.provable, prospect.compared),
        ("every segment", prospect.provable_in_segments, prospect.compared_in_segments),
    ):
        if compared and prospect.compare != "value" and prospect.limit.stated:
            yield _provable(where, value, prospect)
    reasons = [entry for entry in prospect.not_evaluable if not entry.segment]
    for entry in reasons[:_MOST_REASONS]:
        group = ", ".join(f"{name(column)} {name(value)}" for column, value in entry.group.items())
        effect = "blocks a pass" if entry.blocks else "reported only"
        yield f"not judged{f', {group}' if group else ''}: {entry.reason} ({effect})"
    if len(reasons) > _MOST_REASONS:
        yield f"and {len(reasons) - _MOST_REASONS:,} more not judged"
    inside = len(prospect.not_evaluable) - len(reasons)
    if inside:
        yield f"not judged inside segments: {inside:,} groups that are too small"


def _provable(where: str, value: float | None, prospect: Prospect) -> str:
    if value is None:
        return f"in {where}, not every unfairness could be proven: some groups are too small"
    shown = f"a ratio of {value:.2f}" if prospect.compare == "ratio" else f"a gap of {abs(value):.3f}"
    return f"in {where}, unfairness of {shown} or worse could be proven for every pair"


def limit_text(limit: Limit, compare: str) -> str:
    """Return a limit in short: "ratio at least 0.8"."""
    parts = [
        f"{word} {value:g}" for word, value in (("at least", limit.min), ("at most", limit.max)) if value is not None
    ]
    return f"{compare} {' and '.join(parts) or 'without a limit'}"


def _count(n: int, noun: str) -> str:
    return f"{n:,} {noun}{'' if n == 1 else 's'}"
