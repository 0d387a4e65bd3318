"""aequitas: `Group.get_crosstabs` and `Bias`, the two steps of its `Audit` without the deep copy that makes.

Has: twelve rates per group and their ratios to the largest group. Has not: a join, segments, intervals (its
significance test is left out: it is off by default and slow).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from aequitas.bias import Bias
from aequitas.group import Group

if TYPE_CHECKING:
    import pandas as pd


def measure(frame: pd.DataFrame, protected: list[str], segments: list[str], _rounds: int) -> dict[str, Any]:
    """Return the two rates of every group."""
    if segments:
        raise NotImplementedError("it has no segments")
    kept = frame[["decision", "label", *protected]]
    table, _ = Group().get_crosstabs(kept, attr_cols=protected, score_col="decision", label_col="label")
    Bias().get_disparity_major_group(table, kept)
    rows = zip(table["attribute_name"], table["attribute_value"], table["pprev"], table["tpr"], strict=True)
    return {"rates": {f"{name}={value}": [float(pprev), float(tpr)] for name, value, pprev, tpr in rows}}
