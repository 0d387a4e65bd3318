"""aedt-audit: `selection_rates` and `four_fifths`, what its report of hiring decisions is made of.

Has: selection rates, their ratio to the highest, intersections, so segments too. Has not: labels, so no true positive
rates (half of the question), a join, intervals.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from aedt_audit import four_fifths, selection_rates

if TYPE_CHECKING:
    import pandas as pd


def measure(frame: pd.DataFrame, protected: list[str], segments: list[str], _rounds: int) -> dict[str, Any]:
    """Return the selection rate of every group, and of every group inside every segment."""
    rates = {}
    for segment in (None, *segments):
        for attribute in protected:
            by = [attribute] if segment is None else [segment, attribute]
            table = four_fifths(selection_rates(frame, by=by, outcome="decision"))
            for row in table.to_dict("records"):
                rates[", ".join(f"{name}={row[name]}" for name in by)] = [float(row["rate"]), None]
    return {"rates": rates}
