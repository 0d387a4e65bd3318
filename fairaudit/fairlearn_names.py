"""fairlearn's names for metrics, accepted as aliases of ours."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Mapping

_CONFUSION_RATES = ("true_positive_rate", "true_negative_rate", "false_positive_rate", "false_negative_rate")
_FAIRLEARN_BASES = {name: name for name in ("selection_rate", *_CONFUSION_RATES)} | {"accuracy_score": "accuracy"}

ALIASES: Mapping[str, tuple[str, Literal["ratio", "difference"]]] = MappingProxyType(
    {
        "demographic_parity_ratio": ("disparate_impact", "ratio"),
        "demographic_parity_difference": ("statistical_parity", "difference"),
        "equal_opportunity_ratio": ("equal_opportunity", "ratio"),
        "equal_opportunity_difference": ("equal_opportunity", "difference"),
        "equalized_odds_ratio": ("equalized_odds", "ratio"),
        "equalized_odds_difference": ("equalized_odds", "difference"),
        **{f"{theirs}_ratio": (ours, "ratio") for theirs, ours in _FAIRLEARN_BASES.items()},
        **{f"{theirs}_difference": (ours, "difference") for theirs, ours in _FAIRLEARN_BASES.items()},
    }
)
"""fairlearn's names: our metric and how it compares. They are never flipped when being selected is a harm."""
