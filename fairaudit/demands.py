"""What a policy asks for that cannot be had: rules that exclude each other, and rules that no named column answers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fairaudit import reasons
from fairaudit.estimands import unmet
from fairaudit.groups import selective_labels
from fairaudit.metrics import PER_GROUP
from fairaudit.spec import MISSING

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from fairaudit.cube import Cube
    from fairaudit.policy import Policy
    from fairaudit.rule import Rule

_POSITIVES = {"equalized_odds", "equal_opportunity", "true_positive_rate", "false_negative_rate"}
_NEGATIVES = {"equalized_odds", "predictive_equality", "false_positive_rate", "true_negative_rate"}
_EXCLUDED = (
    ({"calibration"}, reasons.CALIBRATION_EXCLUDED),
    ({"predictive_parity", "precision"}, reasons.PRECISION_EXCLUDED),
)
"""Metrics that equal error rates exclude where base rates differ, and what is said of it."""
_GUESSED = {"prediction": {"prediction", "prediction mean"}, "score": {"score", "curve", "probability"}}
"""Columns that may still be found by their names, and the needs they answer."""


def impossible(policy: Policy, cube: Cube | None = None) -> Iterator[str]:
    """Yield a sentence for each demand that cannot be met where base rates differ.

    Parameters
    ----------
    policy : Policy
        Only rules with a limit demand something.
    cube : Cube, optional
        Where it has labels that can be trusted, the sentence ends with the groups' base rates.
    """
    rules = [rule for rule in policy.rules if rule.limited and rule.declared is not None]
    for name in policy.data.protected or ("",):
        here = [rule for rule in rules if rule.protected is None or name in rule.protected]
        pairwise = [rule for rule in here if rule.compare != "value"]
        errors = _both(pairwise)
        for metrics, excluded in _EXCLUDED:
            others = [
                r for r in (here if excluded is reasons.CALIBRATION_EXCLUDED else pairwise) if _metric(r) in metrics
            ]
            if errors and others:
                ids = " and ".join(f'"{rule.id}"' for rule in (*others[:1], *errors))
                said = _with_base_rates(excluded(rules=ids), policy, cube, name)
                yield reasons.OF(name=name, reason=said) if name else said


def _metric(rule: Rule) -> str:
    return "" if rule.declared is None else rule.declared.name


def _both(rules: Sequence[Rule]) -> list[Rule]:
    """Return the first rule or two that make both error rates equal, none where one may differ."""
    found = [next((r for r in rules if _metric(r) in side), None) for side in (_POSITIVES, _NEGATIVES)]
    known = [rule for rule in found if rule is not None]
    return [rule for i, rule in enumerate(known) if rule not in known[:i]] if len(known) == 2 else []


def _with_base_rates(said: str, policy: Policy, cube: Cube | None, name: str) -> str:
    if cube is None or not name or cube.spec.label is None or selective_labels(cube, policy):
        return said
    base_rate, rates = PER_GROUP["base_rate"], []
    for key, cell in cube.view(policy.protected_views()[name]).items():
        values = dict(key).values()
        if MISSING not in values and base_rate.size(cell):
            rates.append(f"{', '.join(values)} {100 * base_rate.value(cell, cube.spec):.1f} %")
    return reasons.WITH_BASE_RATES(reason=said, rates="; ".join(rates)) if len(rates) > 1 else said


def unanswerable(policy: Policy) -> Iterator[str]:
    """Yield a sentence for each rule that no data can answer under this policy, before any are read."""
    data, spec = policy.data, policy.spec()
    open_roles = [
        role for role in _GUESSED if getattr(data, role) is None and (role == "score" or data.threshold is None)
    ]
    guessed = {need for role in open_roles for need in _GUESSED[role]}
    for rule in policy.rules:
        reasons = (unmet(estimand.needs - guessed, spec) for estimand in rule.estimands(data.outcome))
        reason = next((reason for reason in reasons if reason), None)
        if reason is not None:
            metric = "" if rule.name == rule.id else f" ({rule.name})"
            yield f'the rule "{rule.id}"{metric} cannot be judged: {reason}'
