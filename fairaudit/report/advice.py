"""What to do next: collect more of whom, look at the segment, the threshold, the data or the model, and why.

Every step rests on numbers of this audit. Nothing is changed by itself, and no threshold per group is ever proposed: it
would need the protected attribute at every decision.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from fairaudit.findings import Verdict
from fairaudit.report import clues, names
from fairaudit.report.language import say, written
from fairaudit.report.numbers import percent, plain
from fairaudit.report.words import listed

if TYPE_CHECKING:
    from collections.abc import Iterator

    from fairaudit.findings import Finding, NotEvaluable
    from fairaudit.report.words import Words

_MOST = 3
"""Groups and places that one sentence names."""
_OF_LABELS = ("base rate", "mean label")
"""The values that no model changes."""


def steps(words: Words) -> Iterator[str]:
    """Yield what to do now, the most useful first."""
    audit = words.audit
    worst = words.worst()
    if audit.verdict is Verdict.FAIL and worst is not None:
        yield from _after_a_failure(words, worst)
    elif audit.verdict is Verdict.INCONCLUSIVE:
        yield from _towards_a_verdict(words)
        yield say("Until then treat the model as not checked: an open verdict is no pass.")
    else:
        yield from _after_a_pass(words)


def _after_a_failure(words: Words, worst: Finding) -> Iterator[str]:
    if worst.estimand in _OF_LABELS:
        yield say(
            "Hold the deploy. Look at the data: {rule} compares what happened, not what the model decided. Ask what "
            "{label} records for {pair}.",
            rule=words.show(worst.rule),
            label=words.show(words.audit.policy.data.label or "label"),
            pair=words.pair(worst),
        )
    elif worst.segment:
        yield say(
            "Hold the deploy. Ask what the model sees differently for {pair} in {place}.",
            pair=words.pair(worst),
            place=words.place(worst.segment),
        )
    else:
        yield say("Hold the deploy. Ask what the model sees differently for {pair}.", pair=words.pair(worst))
    yield from clues.mix(words, worst)
    yield from clues.segments(words)
    yield from clues.threshold(words)
    if worst.estimand not in _OF_LABELS:
        yield from clues.data(words, worst)
        yield from clues.model(words, worst)
    yield from _join(words)
    yield from _missing(words)
    yield from _more(words)
    yield say("After a change run the same audit again, on customers by whom the change was not chosen.")


def _towards_a_verdict(words: Words) -> Iterator[str]:
    audit = words.audit
    yield from _join(words)
    yield from _missing(words)
    unlimited = [words.show(rule.id) for rule in audit.rules if not rule.limit.stated]
    if unlimited:
        yield say("State a limit (min or max) for {rules}, if these should be decided.", rules=listed(unlimited))
    more = list(_more(words))
    yield from more
    limited = [f for f in audit.findings if f.limit.stated and f.required]
    if more:
        pass
    elif any(f.undecidable for f in limited):
        yield say("Collect more data of every group, over a longer period say: more of one alone would not settle it.")
    elif any(f.verdict is Verdict.INCONCLUSIVE for f in limited):
        yield say("Collect more data, a longer period for example: the open comparisons are near their limits.")
    yield from _too_small(words)
    if any(entry.blocks and entry.n is None for entry in audit.not_evaluable):
        yield say("See what could not be judged, and either supply it or take the rule out of the policy.")


def _after_a_pass(words: Words) -> Iterator[str]:
    yield say("Keep audit.json: it is the record of what was checked, and at which limits.")
    places = {names.full(segment): segment for _, segment, _, _ in words.unseen()}
    if places:
        yield say(
            "Collect more data in {segments}: they are too small for the pass to speak of them.",
            segments=listed([words.full(segment) for segment in places.values()], _MOST),
        )
    yield say("Audit again when the model, the offer or the customers change.")


def _join(words: Words) -> Iterator[str]:
    ledger, data = words.audit.ledger, words.audit.policy.data
    if ledger.coverage < data.min_coverage:
        yield say(
            "Mend the join first: only {share} of the predictions found attributes, and {least} are asked for "
            "(other ids, an older customer file?).",
            share=percent(ledger.coverage, (data.min_coverage,)),
            least=percent(data.min_coverage, digits=0),
        )


def _missing(words: Words) -> Iterator[str]:
    """Yield which attributes lack too many values for their rules to be decided."""
    audit = words.audit
    most = audit.policy.groups.max_missing
    for name in audit.policy.attributes():
        n = audit.ledger.missing_attributes.get(name, 0)
        protected = any(name in view for view in audit.policy.protected_views().values())
        if protected and n > most * audit.ledger.matched > 0:
            yield say(
                "Look at the data: {share} of the customers have no {attribute}, more than the {most} up to which its "
                "groups are judged. Ask for it, or find out who leaves it out.",
                share=percent(n / audit.ledger.matched, (most,)),
                attribute=words.show(name),
                most=percent(most, digits=0),
            )


def _too_small(words: Words) -> Iterator[str]:
    """Yield what to do about groups that are too small and block: accept them, as far as the policy's share reaches."""
    groups = words.audit.policy.groups
    together: dict[tuple[str, ...], list[NotEvaluable]] = {}
    for entry in words.audit.not_evaluable:
        if entry.blocks and entry.n is not None:
            place = entry.rule, entry.metric, names.full(entry.segment), *entry.group
            together.setdefault(place, []).append(entry)
    few: list[NotEvaluable] = []
    many: list[NotEvaluable] = []
    for entries in together.values():
        everybody = clues.group_at(words, {}, entries[0].segment)
        share = sum(entry.n or 0 for entry in entries) / everybody.n if everybody else 0.0
        (few if share <= groups.small_share else many).extend(entries)
    if few and groups.small == "block":
        yield say(
            "Groups too small for any data you will have: accept them in writing, {setting}.",
            setting='[groups] small = "report"',
        )
    if many:
        yield say(
            "Collect more data of {groups}: too few for a rule to be judged, and together more than the {share} of the "
            "customers that may be left out in writing.",
            groups=listed(list(dict.fromkeys(_of(words, entry) for entry in many)), _MOST),
            share=f"{plain(100 * groups.small_share)} %",
        )


def _more(words: Words) -> Iterator[str]:
    """Yield of which groups more customers would settle the required comparisons that are open."""
    most: dict[str, tuple[int, Finding]] = {}
    for f in words.audit.findings:
        if f.required and f.limit.stated and f.customers_needed and f.customers_needed.if_fair:
            key = names.full(f.group)
            more = f.customers_needed.if_fair
            if more > most.get(key, (0, f))[0]:
                most[key] = more, f
    largest = sorted(most.values(), key=lambda pair: -pair[0])
    if largest:
        needs = [
            say(
                "about {n} more of {group} (now {now})",
                n=written(f"{more:,}"),
                group=_of(words, f),
                now=written(f"{_size(words, f):,}"),
            )
            for more, f in largest
        ]
        yield say(
            "Collect more data: {groups}. That would settle what is open if the model is fair to them; a longer period "
            "may do.",
            groups=listed(needs, _MOST),
        )


def _of(words: Words, finding: Finding | NotEvaluable) -> str:
    if not finding.segment:
        return words.full(finding.group)
    return say("{group} in {place}", group=words.full(finding.group), place=words.full(finding.segment))


def _size(words: Words, finding: Finding) -> int:
    known = clues.group_at(words, finding.group, finding.segment)
    return finding.group_rate.denominator or 0 if known is None else known.n
