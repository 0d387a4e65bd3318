"""A table for spreadsheets and statistics: a line for each comparison and each thing that could not be judged.

Numbers are written as in audit.json. Texts cannot become formulas: one that begins as a formula does gets an
apostrophe, as do such beginnings after what a spreadsheet may take for a separator; audit.json has the exact names.
"""

from __future__ import annotations

import csv
import io
import math
import re
from typing import TYPE_CHECKING

from fairaudit.report import names

if TYPE_CHECKING:
    from fairaudit.findings import Audit, Finding, Measured, Names, NotEvaluable

    Value = str | float | bool | None

_FORMULA = re.compile("(^|[,;|\"'])(\\s*)(?=[=+\\-@\uff1d\uff0b\uff0d\uff20])")

COLUMNS = (
    "rule", "metric", "estimand", "compare", "attribute", "group", "reference", "segment_attribute", "segment",
    "verdict", "value", "low", "high", "fail_low", "fail_high", "fail_level", "limit_min", "limit_max",
    "required", "exploratory", "group_value", "group_low", "group_high", "group_numerator", "group_denominator",
    "reference_value", "reference_low", "reference_high", "reference_numerator", "reference_denominator",
    "customers", "reason",
)  # fmt: skip
"""The head of the table."""


def render(audit: Audit) -> str:
    """Return the table; an undefined value is an empty cell."""
    table = io.StringIO()
    writer = csv.DictWriter(table, COLUMNS, restval="", quoting=csv.QUOTE_MINIMAL, lineterminator="\n")
    writer.writeheader()
    for line in (*map(_finding, audit.findings), *map(_not_evaluable, audit.not_evaluable)):
        writer.writerow({name: _cell(value) for name, value in line.items()})
    return table.getvalue()


def _finding(finding: Finding) -> dict[str, Value]:
    return {
        "rule": finding.rule,
        "metric": finding.metric,
        "estimand": finding.estimand,
        "compare": finding.compare,
        **_who(finding.group, finding.segment),
        "reference": _values(finding.reference or {}),
        "verdict": finding.verdict.value,
        "value": finding.value,
        "low": finding.interval.low,
        "high": finding.interval.high,
        "fail_low": finding.interval_fail.low,
        "fail_high": finding.interval_fail.high,
        "fail_level": finding.level_fail,
        "limit_min": finding.limit.min,
        "limit_max": finding.limit.max,
        "required": finding.required,
        "exploratory": finding.exploratory,
        **_rate("group", finding.group_rate),
        **({} if finding.reference_rate is None else _rate("reference", finding.reference_rate)),
        "reason": finding.reason,
    }


def _not_evaluable(entry: NotEvaluable) -> dict[str, Value]:
    return {
        "rule": entry.rule,
        "metric": entry.metric,
        **_who(entry.group, entry.segment),
        "verdict": "not evaluable",
        "required": entry.blocks,
        "group_denominator": entry.denominator,
        "customers": entry.n,
        "reason": entry.reason,
    }


def _who(group: Names, segment: Names) -> dict[str, Value]:
    return {
        "attribute": "*".join(map(names.visible, group)),
        "group": _values(group),
        "segment_attribute": "*".join(map(names.visible, segment)),
        "segment": _values(segment),
    }


def _values(names_: Names) -> str:
    """Return the values in the order of their columns, as the policy writes an intersection: "female*65+"."""
    return "*".join(map(names.visible, names_.values()))


def _rate(side: str, measured: Measured) -> dict[str, Value]:
    interval = measured.interval
    return {
        f"{side}_value": measured.value,
        f"{side}_low": None if interval is None else interval.low,
        f"{side}_high": None if interval is None else interval.high,
        f"{side}_numerator": measured.numerator,
        f"{side}_denominator": measured.denominator,
    }


def _cell(value: Value) -> str:
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return _FORMULA.sub(r"\1\2'", names.harmless(value))
    return repr(value)
