"""What went into an audit and what it could not judge, in words: the ledger, groups too small, questions unanswered."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fairaudit.report import names
from fairaudit.report.language import say, say_n
from fairaudit.report.numbers import NOTHING, fixed, percent, plain, whole
from fairaudit.report.values import rate_text
from fairaudit.report.words import count, listed

if TYPE_CHECKING:
    from collections.abc import Iterator

    from fairaudit.findings import Names
    from fairaudit.report.words import Words


def ledger(words: Words) -> Iterator[tuple[str, str, str]]:
    """Yield what happened to the rows: label, number and remark."""
    ledger = words.audit.ledger
    yield say("predictions"), whole(ledger.predictions_rows), say("rows in the predictions file")
    if ledger.attributes_rows != 0:
        share = percent(ledger.coverage)
        yield say("with attributes"), whole(ledger.matched), say("{share} of the predictions: audited", share=share)
    unused = ledger.attributes_without_predictions
    not_used = say("not known: cubes were merged") if unused is None else say("customers not audited")
    remarks = (
        (ledger.predictions_without_attributes, say("without attributes"), say("predictions not audited")),
        (unused, say("without prediction"), not_used),
        (ledger.repeated_ids, say("repeated ids"), say("rows beyond the first of their id")),
        (ledger.threshold_differs, say("threshold differs"), say("prediction and threshold disagree")),
        (ledger.scores_outside, say("scores outside"), say("of the score range: no curves")),
        (ledger.missing_label, say("label missing"), say("left out where a label is needed")),
        (ledger.missing_prediction, say("prediction missing"), say("left out where a prediction is needed")),
        (ledger.missing_score, say("score missing"), say("left out where a score is needed")),
    )
    yield from ((label, NOTHING if n is None else whole(n), remark) for n, label, remark in remarks if n != 0)
    yield from _effective(words)
    yield from _treated(words)
    if ledger.score_median is not None:
        yield say("score median"), fixed(ledger.score_median, 4), say("a score above it counts as selected")
    for name, n in ledger.missing_attributes.items():
        if n:
            label = say("{column} missing", column=words.show(name))
            yield label, whole(n), say("kept as a group of its own, not judged")
    for reason, n in ledger.excluded.items():
        yield say("left out"), whole(n), words.say(reason)


def _effective(words: Words) -> Iterator[tuple[str, str, str]]:
    """Yield how many independent rows the data are worth, where customers repeat or rows are weighted."""
    everybody = words.audit.everybody()
    rate = next((m for m in everybody.metrics.values() if m.effective is not None), None)
    if rate is None or rate.effective is None or not rate.denominator:
        return
    customers = everybody.customers
    if customers is not None and customers < everybody.n:
        each = fixed(everybody.n / customers, 1, (1,))
        yield say("customers"), whole(customers), say("{number} decisions each", number=each)
    worth = say("independent rows that {n} are worth", n=whole(rate.denominator))
    yield say("effective n"), whole(rate.effective), worth


def _treated(words: Words) -> Iterator[tuple[str, str, str]]:
    """Yield on how many the effect of a treatment rests, and whether it is one."""
    treated = words.audit.everybody().metrics.get("treated_outcome")
    if treated is None:
        return
    by_chance = say("had the treatment, by chance")
    observed = say("had the treatment, not by chance: differences are observed, no effect is proven")
    data = words.audit.policy.data
    yield say("treated"), whole(treated.denominator or 0), by_chance if data.randomized else observed


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
            parts.append(say("selected {rate}", rate=rate_text(known["selection_rate"])))
    if segments and parts:
        parts.append(say_n("also too few in {n} segment", "also too few in {n} segments", segments))
    elif segments:
        parts.append(say_n("too few in {n} segment", "too few in {n} segments", segments))
    return f"{words.full(group)}: {', '.join(parts)}"


def too_few(words: Words) -> str:
    """Return what the groups of `too_small` have too few of."""
    groups = words.audit.policy.groups
    n, share = groups.min_size, f"{plain(100 * groups.min_share)} %" if groups.min_share else None
    if n > 1 and share:
        return say_n(
            "fewer than {n} customer to rest on or less than {share} of the customers",
            "fewer than {n} customers to rest on or less than {share} of the customers",
            n,
            share=share,
        )
    if n > 1:
        return say_n("fewer than {n} customer to rest on", "fewer than {n} customers to rest on", n)
    return say("less than {share} of the customers", share=share) if share else say("nobody to rest on")


def unanswered(words: Words) -> list[str]:
    """Return what could not be judged for another reason than a group's size."""
    found: dict[str, list[str]] = {}
    for entry in words.audit.not_evaluable:
        if entry.n is None:
            where = f"{words.place(entry.segment)}: " if entry.segment else ""
            found.setdefault(f"{where}{words.say(entry.reason)}", []).append(words.show(entry.rule))
    return [f"{listed(list(dict.fromkeys(rules)))}: {reason}" for reason, rules in found.items()]
