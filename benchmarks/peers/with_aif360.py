"""AIF360, its functions in the form of scikit-learn, which are the faster of its two interfaces.

Has: any metric per group and per intersection, ratios and differences of one group to all others. Has not: a join,
intervals. Groups go in as whole numbers, which is faster than as text; those of a segment are put together by hand.
"""

from __future__ import annotations

from typing import Any

import pandas as pd
from aif360.sklearn.metrics import intersection, selection_rate
from sklearn.metrics import recall_score


def measure(frame: pd.DataFrame, protected: list[str], segments: list[str], _rounds: int) -> dict[str, Any]:
    """Return the two rates of every group, and of every group inside every segment."""
    label, decision = frame["label"], frame["decision"]
    coded = {name: pd.factorize(frame[name]) for name in (*protected, *segments)}
    rates = {}
    for segment in (None, *segments):
        outer, outside = coded[segment] if segment else (0, [""])
        for attribute in protected:
            inner, inside = coded[attribute]
            codes = outer * len(inside) + inner
            chosen, places = intersection(selection_rate, label, decision, codes, return_groups=True)
            reached = intersection(recall_score, label, decision, codes)
            for place, *pair in zip(places, chosen, reached, strict=True):
                key = f"{attribute}={inside[place % len(inside)]}"
                key = f"{segment}={outside[place // len(inside)]}, {key}" if segment else key
                rates[key] = [float(value) for value in pair]
    return {"rates": rates}
