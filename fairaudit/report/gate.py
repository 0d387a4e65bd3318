"""What each rule does to the exit code, and why, for the formats that a pipeline reads."""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING

from fairaudit.findings import Verdict
from fairaudit.report import phrases
from fairaudit.report.language import say, say_n
from fairaudit.report.words import listed, sentence

if TYPE_CHECKING:
    from collections.abc import Sequence

    from fairaudit.findings import Audit, Finding, RuleResult
    from fairaudit.report.words import Words

_MOST = 10
"""Failures of one rule that are put into words."""


class Effect(Enum):
    """What a rule, or the audit as a whole, does to the exit code."""

    NOTHING = 0
    """It is met."""
    FAILS = 1
    BLOCKS = 2
    """It is open, and the policy stops at that."""
    WARNS = 3
    """It is open, and the policy only warns: no pass, and no reason to stop."""
    EXPLORES = 4
    """It decides nothing, whatever it finds."""


def effect(rule: RuleResult, audit: Audit) -> Effect:
    """Return what a rule does to the exit code."""
    if rule.exploratory:
        return Effect.EXPLORES
    if rule.verdict is Verdict.INCONCLUSIVE:
        return of_open(audit)
    return Effect.FAILS if rule.verdict is Verdict.FAIL else Effect.NOTHING


def of_open(audit: Audit) -> Effect:
    """Return what something open does to the exit code."""
    return Effect.WARNS if audit.policy.verdict.on_inconclusive == "warn" else Effect.BLOCKS


def title(rule: RuleResult, words: Words) -> str:
    """Return a rule and its verdict: "offer-rate: FAIL"."""
    return f"{words.show(rule.id)}: {phrases.verdict(rule.word).upper()}"


def why(rule: RuleResult, words: Words) -> list[str]:
    """Return why a rule has its verdict: its reason, then each failure, or what is open, in a sentence."""
    said = [sentence(f"{words.say(rule.reason)}.")]
    if rule.exploratory:
        found = [words.finding(f) for f in words.audit.discoveries if f.rule == rule.id]
    else:
        found = [failure(*one, words) for one in words.failures() if one[0].rule == rule.id]
    if found:
        said += found[:_MOST]
        left = len(found) - _MOST
        return said if left <= 0 else [*said, say_n("And {n} more in audit.json.", "And {n} more in audit.json.", left)]
    shown = words.shown(rule)
    if shown is not None and rule.verdict is Verdict.INCONCLUSIVE:
        said += [words.finding(shown), words.decision(shown)]
    return said


def failure(finding: Finding, others: Sequence[Finding], words: Words) -> str:
    """Return a group's failure in a sentence, and against whom else it fails in the same place."""
    if not others:
        return words.finding(finding)
    groups = listed([words.group(other.reference) for other in others], 4)
    return " ".join((words.finding(finding), say("The same against {groups}.", groups=groups)))


def as_a_whole(audit: Audit, words: Words) -> list[str]:
    """Return the reasons that belong to no rule: too few predictions with attributes, no rule that decides."""
    of_rules = {f"{rule.id}: {rule.reason}" for rule in audit.rules}
    return [sentence(f"{words.say(reason)}.") for reason in audit.reasons if reason not in of_rules]
