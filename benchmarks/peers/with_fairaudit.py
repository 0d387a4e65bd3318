"""fairaudit itself, on the joined frame like the others: the default rules, and every rate with its interval.

Has: rates, ratios and differences with intervals, a verdict, segments. Its join is left out here: the frame is joined.
"""

from __future__ import annotations

from typing import Any

import pandas as pd

import fairaudit

ONE = pd.DataFrame({"label": [0, 1], "decision": [0, 1], "group": ["a", "b"]})
# what is imported late is imported before the clock starts, as with the others
fairaudit.audit(ONE, policy={"data": {"label": "label", "prediction": "decision", "protected": ["group"]}})


def measure(frame: pd.DataFrame, protected: list[str], segments: list[str], _rounds: int) -> dict[str, Any]:
    """Return the two rates of every group, also inside every segment, and the two gaps of every attribute."""
    data = {"label": "label", "prediction": "decision", "protected": protected, "segments": segments}
    audit = fairaudit.audit(frame, policy={"data": data})
    rates, wrongly = {}, {}
    for group in audit.groups:
        if group.group:
            key = ", ".join(f"{name}={value}" for name, value in {**group.segment, **group.group}.items())
            rates[key] = [group.metrics[name].value for name in ("selection_rate", "true_positive_rate")]
            wrongly[key] = group.metrics["false_positive_rate"].value
    gaps = {}
    for name in protected:
        mine = [(*rates[key], wrongly[key]) for key in rates if key.startswith(f"{name}=")]
        parity, reached, falsely = (max(values) - min(values) for values in zip(*mine, strict=True))
        gaps[name] = [parity, max(reached, falsely)]
    return {"rates": rates, "gaps": gaps}
