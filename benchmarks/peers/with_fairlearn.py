"""fairlearn: a `MetricFrame` of selection and true positive rate for each attribute, segments as control features.

Has: rates per group, inside segments, percentile intervals of its bootstrap if asked for. Has not: a join, a verdict.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from fairlearn.metrics import MetricFrame, selection_rate, true_positive_rate

if TYPE_CHECKING:
    import pandas as pd

METRICS = {"selection_rate": selection_rate, "true_positive_rate": true_positive_rate}


def measure(frame: pd.DataFrame, protected: list[str], segments: list[str], rounds: int) -> dict[str, Any]:
    """Return the two rates of every group, and of every group inside every segment."""
    bootstrap = {"n_boot": rounds, "ci_quantiles": [0.05, 0.95], "random_state": 1} if rounds else {}
    rates = {}
    for segment in (None, *segments):
        for attribute in protected:
            found = MetricFrame(
                metrics=METRICS,
                y_true=frame["label"],
                y_pred=frame["decision"],
                sensitive_features=frame[attribute],
                control_features=None if segment is None else frame[segment],
                **bootstrap,
            )
            found.ratio()
            found.difference()
            for names, row in found.by_group.iterrows():
                key = f"{attribute}={names}" if segment is None else f"{segment}={names[0]}, {attribute}={names[1]}"
                rates[key] = [float(row["selection_rate"]), float(row["true_positive_rate"])]
    return {"rates": rates}
