"""METRICS: one row per metric, the only place where a metric is declared.

The command line, the policy check, the documentation's table, the report's explanations and the oracle tests all read
this table, so adding a metric is adding a row, to the file of its kind.
"""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING

from fairaudit.errors import UsageError, nearest
from fairaudit.fairlearn_names import ALIASES
from fairaudit.metrics import decisions, personalization

if TYPE_CHECKING:
    from collections.abc import Mapping

    from fairaudit.estimands import Estimand
    from fairaudit.metrics.row import Compare, Metric

_ROWS = (*decisions.ROWS, *personalization.ROWS)
METRICS: Mapping[str, Metric] = MappingProxyType({metric.name: metric for metric in _ROWS})
"""Every metric by name: first the named rules, then the plain ones."""

PER_GROUP: Mapping[str, Estimand] = MappingProxyType(
    {name: m.estimands[0] for name, m in METRICS.items() if m.compare is None and not m.needs_column}
    | {name: METRICS[name].estimands[0] for name in ("treatment_equality", "calibration")}
)
"""What is reported for every group, asked for or not."""


def find(name: str) -> tuple[Metric, Compare | None]:
    """Return the metric of a name or of a fairlearn alias, with how groups are compared.

    Raises
    ------
    UsageError
        No metric has that name; the message offers the nearest one.
    """
    if name in ALIASES:
        ours, compare = ALIASES[name]
        return METRICS[ours], compare
    if name in METRICS:
        return METRICS[name], METRICS[name].compare
    raise UsageError(
        f'There is no metric "{name}".{nearest(name, [*METRICS, *ALIASES])} `fairaudit explain` lists all metrics.'
    )
