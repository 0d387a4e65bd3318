"""How an audit decided, in words: a term and its explanation for each setting that made the verdict."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fairaudit.report import names
from fairaudit.report.language import say, say_n
from fairaudit.report.numbers import level, percent, plain
from fairaudit.report.words import listed
from fairaudit.standardised import LEAST_COVERAGE

if TYPE_CHECKING:
    from collections.abc import Iterator

    from fairaudit.report.words import Words


def method(words: Words) -> Iterator[tuple[str, str]]:
    """Yield how was decided: term and explanation."""
    yield from _verdicts(words)
    yield from _intervals(words)
    yield from _groups(words)
    yield from _beside(words)


def _verdicts(words: Words) -> Iterator[tuple[str, str]]:
    audit = words.audit
    if words.by_point:
        yield (
            say("Decision"),
            say(
                "On the value alone ({setting}): a limit is read literally, chance is not weighed.",
                setting='decide_on = "point"',
            ),
        )
    else:
        side = f"{plain(50 * (1 - audit.policy.verdict.confidence))} %"
        yield (
            say("Pass"),
            say(
                "Every required comparison's {level} interval lies within the limit; a group that is truly at the "
                "limit would pass by chance in at most {side} of audits.",
                level=words.confidence,
                side=side,
            ),
        )
        yield say("Fail"), _failing(words, side)
        yield (
            say("Inconclusive"),
            say("Neither. It is not a pass: the data are too few, or something could not be judged."),
        )
    if not all(rule.limit.stated for rule in audit.rules):
        yield (
            say("No limit"),
            say("A rule without a limit is measured with its interval and not decided; it cannot pass."),
        )
    yield (
        say("More customers"),
        say(
            "How many further customers of a group would settle an open comparison by these same rules, four times in "
            "five (power 0.8): once if the groups' true rates are equal, and once if they are as observed. A truth at "
            "the limit is settled by no number."
        ),
    )
    proves = [f"{names.visible(rule.id)}: {smallest}" for rule, smallest in words.proves()]
    if proves:
        yield (
            say("Could be proven"),
            say(
                "The smallest gap that every comparison could have proven at these numbers of customers. {gaps}.",
                gaps=". ".join(proves),
            ),
        )


def _failing(words: Words, side: str) -> str:
    levels = [finding.level_fail for finding in words.audit.findings]
    shared = say(
        "Over all rules, groups and segments together, chance alone would fail a model at its limits in at most "
        "{side} of audits (an equal share for each rule, half of it for the population and half for its segments; "
        "Bonferroni, then Holm).",
        side=side,
    )
    if not levels:
        return say("A comparison's interval lies wholly beyond the limit at a higher level.") + " " + shared
    decided = say(
        "A comparison's interval lies wholly beyond the limit at a higher level, here {low} to {high}.",
        low=level(min(levels)),
        high=level(max(levels)),
    )
    return f"{decided} {shared}"


def _intervals(words: Words) -> Iterator[tuple[str, str]]:
    combined = say("Two groups' limits are combined by MOVER (Newcombe 1998, Donner and Zou 2012).")
    if words.audit.policy.verdict.interval == "exact":
        kind = say("A rate's limits are exact (Clopper and Pearson 1934).")
    else:
        kind = say("A rate's limits are Wilson's (1927).")
    yield say("Intervals"), f"{kind} {combined}"


def _groups(words: Words) -> Iterator[tuple[str, str]]:
    groups = words.audit.policy.groups
    reference = {
        "best": say("All pairs of groups are compared; shown is each group against the best."),
        "largest": say("Each group is compared with the largest one, in both directions."),
        "rest": say("Each group is compared with all others together; such a rule can fail but not pass."),
    }
    yield say("Reference"), reference[groups.reference]
    if groups.references:
        named = [f"{names.visible(name)}: {_reference(value)}" for name, value in groups.references.items()]
        yield say("Other references"), listed(named)
    judged = say_n(
        "A group is judged where the value rests on at least {n} customer.",
        "A group is judged where the value rests on at least {n} customers.",
        groups.min_size,
    )
    if groups.small == "report":
        smaller = say(
            "Smaller ones are listed and do not block the verdict while together they are at most {share} of the "
            "customers.",
            share=percent(groups.small_share, digits=0),
        )
    else:
        smaller = say("Smaller ones keep the rule from passing.")
    yield say("Small groups"), f"{judged} {smaller}"
    if groups.min_share:
        least = percent(groups.min_share, digits=0)
        yield (
            say("Left out"),
            say("Groups under {share} of the customers are listed with their rate, and not judged.", share=least),
        )


def _beside(words: Words) -> Iterator[tuple[str, str]]:
    """Yield what stands beside the verdict."""
    policy = words.audit.policy
    if policy.verdict.significance:
        yield (
            say("Significance"),
            say(
                "Beside each comparison of two rates stands how the limit reads literally, on the counts alone, and "
                "the two-sided p-value of equal rates: the pooled two-proportion z test, or Fisher's exact test where "
                "an expected count is under 5. Neither makes the verdict."
            ),
        )
    if policy.data.segments:
        yield (
            say("Same mix of segments"),
            say(
                "Each group's rate is averaged over the segments of a column; the weights are the segments' shares of "
                "all whom the rate rests on (direct standardisation), the limits are combined by MOVER (Zou, Huang "
                "and Zhang 2009). It is not given where less than {share} of them are in segments with both groups. "
                "It takes part in no verdict and is shown where total and segments disagree: where the gap turns "
                "round and neither interval reaches equality, or where the total passes and a segment fails.",
                share=percent(LEAST_COVERAGE, digits=0),
            ),
        )
    if policy.data.outcome == "harm":
        yield (
            say("Being selected"),
            say("It is a harm here: the rules judge the favourable outcome, not being selected."),
        )
    yield (
        say("Missing values"),
        say("Customers without a value are a group of their own: shown, never judged, never dropped."),
    )


def _reference(value: str | dict[str, str]) -> str:
    return names.visible(value) if isinstance(value, str) else names.full(value)
