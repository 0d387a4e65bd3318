"""fairpipe: `FairnessAnalyzer` with its default backend, one gap per attribute and its interval.

Has: the gap of the selection rates and that of equalized odds, with simultaneous intervals. Has not: the rates of the
groups, a ratio, a join, segments. Its p-value (2,000 shuffles of all rows) and its effect size are left out; groups go
in as whole numbers, which is faster than as text.
"""

from __future__ import annotations

from typing import Any

import pandas as pd
from fairpipe.metrics import FairnessAnalyzer


def measure(frame: pd.DataFrame, protected: list[str], segments: list[str], _rounds: int) -> dict[str, Any]:
    """Return the two gaps of every attribute."""
    if segments:
        raise NotImplementedError("it has no segments")
    analyzer = FairnessAnalyzer(min_group_size=30)
    decision, label = frame["decision"].to_numpy(), frame["label"].to_numpy()
    left_out = {"with_pvalue": False, "with_effect_size": False}
    gaps = {}
    for attribute in protected:
        groups, _ = pd.factorize(frame[attribute])
        parity = analyzer.demographic_parity_difference(decision, groups, **left_out)
        odds = analyzer.equalized_odds_difference(label, decision, groups, **left_out)
        gaps[attribute] = [float(parity.value), float(odds.value)]
    return {"gaps": gaps}
