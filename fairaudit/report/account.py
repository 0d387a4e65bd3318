"""What went into an audit and what it could not judge, in words: the ledger, groups too small, questions unanswered."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fairaudit.report import names
from fairaudit.report.numbers import NOTHING, fixed, percent, plain
from fairaudit.report.values import rate_text
from fairaudit.report.words import count, listed

if TYPE_CHECKING:
    from collections.abc import Iterator

    from fairaudit.findings import Names
    from fairaudit.report.words import Words


def ledger(words: Words) -> Iterator[tuple[str, str, str]]:
    """Yield what happened to the rows: label, number and remark."""
    ledger = words.audit.ledger
    yield "predictions", f"{ledger.predictions_rows:,}", "rows in the predictions file"
    if ledger.attributes_rows != 0:
        yield "with attributes", f"{ledger.matched:,}", f"{percent(ledger.coverage)} of the predictions: audited"
    unused = ledger.attributes_without_predictions
    remarks = (
        (ledger.predictions_without_attributes, "without attributes", "predictions not audited"),
        (unused, "without prediction", "not known: cubes were merged" if unused is None else "customers not audited"),
        (ledger.repeated_ids, "repeated ids", "rows beyond the first of their id"),
        (ledger.threshold_differs, "threshold differs", "prediction and threshold disagree"),
        (ledger.scores_outside, "scores outside", "of the score range: no curves"),
        (ledger.missing_label, "label missing", "left out where a label is needed"),
        (ledger.missing_prediction, "prediction missing", "left out where a prediction is needed"),
        (ledger.missing_score, "score missing", "left out where a score is needed"),
    )
    yield from ((label, NOTHING if n is None else f"{n:,}", remark) for n, label, remark in remarks if n != 0)
    yield from _effective(words)
    if ledger.score_median is not None:
        yield "score median", fixed(ledger.score_median, 4), "a score above it counts as selected"
    for name, n in ledger.missing_attributes.items():
        if n:
            yield f"{words.show(name)} missing", f"{n:,}", "kept as a group of its own, not judged"
    for reason, n in ledger.excluded.items():
        yield "left out", f"{n:,}", words.say(reason)


def _effective(words: Words) -> Iterator[tuple[str, str, str]]:
    """Yield how many independent rows the data are worth, where customers repeat or rows are weighted."""
    everybody = words.audit.everybody()
    rate = next((m for m in everybody.metrics.values() if m.effective is not None), None)
    if rate is None or rate.effective is None or not rate.denominator:
        return
    customers = everybody.customers
    if customers is not None and customers < everybody.n:
        yield "customers", f"{customers:,}", f"{everybody.n / customers:.1f} decisions each"
    yield "effective n", f"{rate.effective:,.0f}", f"independent rows that {rate.denominator:,} are worth"


def too_small(words: Words) -> list[tuple[Names, int | None, int]]:
    """Return the groups that were too small to be judged: names, customers in total, number of segments."""
    total: dict[str, tuple[Names, int | None]] = {}
    inside: dict[str, set[str]] = {}
    for entry in words.audit.not_evaluable:
        if entry.group and entry.n is not None:
            key = names.full(entry.group)
            known = total.get(key, (entry.group, None))
            total[key] = known if entry.segment else (entry.group, entry.n)
            inside.setdefault(key, set()).update([names.full(entry.segment)] if entry.segment else [])
    return [(*total[key], len(inside[key])) for key in total]


def small_group(words: Words, group: Names, n: int | None, segments: int) -> str:
    """Return one entry of `too_small` as words; with its rate where a group is left out for its share."""
    parts = [] if n is None else [count(n, words.noun)]
    if n is not None and words.audit.policy.groups.min_share:
        known = next(g for g in words.audit.groups if g.group == group and not g.segment).metrics
        if "selection_rate" in known:
            parts.append(f"selected {rate_text(known['selection_rate'])}")
    if segments:
        parts.append(f"{'also ' if parts else ''}too few in {count(segments, 'segment')}")
    return f"{words.full(group)}: {', '.join(parts)}"


def too_few(words: Words) -> str:
    """Return what the groups of `too_small` have too few of."""
    groups = words.audit.policy.groups
    parts = [f"fewer than {count(groups.min_size, 'customer')} to rest on"] if groups.min_size > 1 else []
    parts += [f"less than {plain(100 * groups.min_share)} % of the customers"] if groups.min_share else []
    return " or ".join(parts) or "nobody to rest on"


def unanswered(words: Words) -> list[str]:
    """Return what could not be judged for another reason than a group's size."""
    found: dict[str, list[str]] = {}
    for entry in words.audit.not_evaluable:
        if entry.n is None:
            where = f"{words.place(entry.segment)}: " if entry.segment else ""
            found.setdefault(f"{where}{words.say(entry.reason)}", []).append(words.show(entry.rule))
    return [f"{listed(list(dict.fromkeys(rules)))}: {reason}" for reason, rules in found.items()]
