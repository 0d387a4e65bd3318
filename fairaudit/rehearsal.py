"""What a policy will compare and the smallest gap it could prove, said before anything is judged."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from fairaudit.comparison import stated
from fairaudit.pairing import Pairing
from fairaudit.provable import provable_by_all, undecidable

if TYPE_CHECKING:
    from fairaudit.cube import Cube
    from fairaudit.findings import Limit, NotEvaluable
    from fairaudit.ledger import Ledger
    from fairaudit.metrics.row import Compare
    from fairaudit.policy import Policy


@dataclass(frozen=True, slots=True)
class Prospect:
    """What one rule can find out with these group sizes."""

    rule: str
    metric: str
    compare: Compare
    limit: Limit
    compared: int
    """Comparisons in the whole population."""
    compared_in_segments: int
    undecidable: int
    """Comparisons in the population that could not pass even with equal rates."""
    provable: float | None
    """The mildest value beyond the limit that every comparison of the population could prove; None if one cannot."""
    provable_in_segments: float | None
    not_evaluable: tuple[NotEvaluable, ...]


@dataclass(frozen=True, slots=True)
class Rehearsal:
    """What an audit would do: the policy in force, the rows it would rest on, and what each rule could find out."""

    policy: Policy
    ledger: Ledger
    prospects: tuple[Prospect, ...]
    notes: tuple[str, ...]
    """Columns that were guessed."""
    impossible: tuple[str, ...] = ()
    """Demands that cannot all be met where base rates differ, with those of these data."""


def rehearse(cube: Cube, policy: Policy) -> tuple[Prospect, ...]:
    """Return what each rule will compare and could prove, from the sizes of the groups and their references' rates."""
    return tuple(_prospect(Pairing(cube, policy, rule), policy) for rule in policy.rules)


def _prospect(pairing: Pairing, policy: Policy) -> Prospect:
    rule, confidence = pairing.rule, policy.verdict.confidence
    total, inside = pairing.in_population, pairing.in_segments
    side = pairing.side()
    return Prospect(
        rule=rule.id,
        metric=rule.name,
        compare=rule.compare,
        limit=stated(rule),
        compared=len(total),
        compared_in_segments=len(inside),
        undecidable=sum(undecidable(total, confidence)),
        provable=provable_by_all(total, side),
        provable_in_segments=provable_by_all(inside, side),
        not_evaluable=tuple(pairing.not_evaluable),
    )
