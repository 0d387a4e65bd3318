"""The record: every number of an audit as one JSON document, schema fairaudit.audit/1."""

from __future__ import annotations

import json
import math
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from fairaudit.ledger import SHARED

if TYPE_CHECKING:
    from fairaudit.findings import (
        Audit,
        Correction,
        Finding,
        Group,
        Limit,
        Measured,
        Needed,
        NotEvaluable,
        Paradox,
        RuleResult,
        Significance,
    )
    from fairaudit.intervals import Interval
    from fairaudit.ledger import Ledger
    from fairaudit.policy import Policy

SCHEMA = "fairaudit.audit/1"


def render(audit: Audit) -> str:
    """Return the document as text: a line for each group, finding and rule, so that two records can be compared."""
    parts = (f" {_dump(name)}: {_lines(value)}" for name, value in document(audit).items())
    return "{\n" + ",\n".join(parts) + "\n}\n"


def _lines(value: Any) -> str:  # noqa: ANN401  any part of the document
    if isinstance(value, list) and value:
        return "[\n" + ",\n".join(f"  {_dump(element)}" for element in value) + "\n ]"
    return _dump(value)


def _dump(value: Any) -> str:  # noqa: ANN401
    return json.dumps(value, ensure_ascii=False, allow_nan=False)


def document(audit: Audit) -> dict[str, Any]:
    """Return the document as plain dictionaries, lists, texts and numbers.

    An undefined value is None beside a `reason`; an infinite limit is the text "inf" or "-inf".
    """
    return {
        "schema": SCHEMA,
        "verdict": audit.verdict.value,
        "exit_code": audit.exit_code,
        "reasons": list(audit.reasons),
        "notes": list(audit.notes),
        "data": _ledger(audit.ledger),
        "groups": [_group(group) for group in audit.groups],
        "findings": [_finding(finding) for finding in audit.findings],
        "rules": [_rule(rule) for rule in audit.rules],
        "paradoxes": [_paradox(paradox) for paradox in audit.paradoxes],
        "not_evaluable": [_not_evaluable(entry) for entry in audit.not_evaluable],
        "policy": _policy(audit.policy),
        **_places(audit.policy),
        **_functions(audit.policy),
        "inputs": dict(audit.inputs),
        "versions": dict(audit.versions),
    }


def _number(value: float | None) -> float | str | None:
    if value is None or math.isnan(value):
        return None
    return value if math.isfinite(value) else ("inf" if value > 0 else "-inf")


def _interval(interval: Interval | None) -> list[float | str | None] | None:
    return None if interval is None else [_number(interval.low), _number(interval.high)]


def _ledger(ledger: Ledger) -> dict[str, Any]:
    return {
        "predictions_rows": ledger.predictions_rows,
        "attributes_rows": ledger.attributes_rows,
        "matched": ledger.matched,
        "predictions_without_attributes": ledger.predictions_without_attributes,
        "attributes_without_predictions": ledger.attributes_without_predictions,
        "coverage": _number(ledger.coverage),
        "repeated_ids": ledger.repeated_ids,
        "missing": {
            "attributes": dict(ledger.missing_attributes),
            "label": ledger.missing_label,
            "prediction": ledger.missing_prediction,
            "score": ledger.missing_score,
        },
        "threshold_differs": ledger.threshold_differs,
        "scores_outside": ledger.scores_outside,
        "excluded": dict(ledger.excluded),
        **({} if ledger.score_median is None else {"score_median": ledger.score_median}),
        **({"reason": SHARED} if ledger.attributes_rows is None else {}),
    }


def _measured(measured: Measured) -> dict[str, Any]:
    record: dict[str, Any] = {
        "value": _number(measured.value),
        "interval": _interval(measured.interval),
        "numerator": measured.numerator,
        "denominator": measured.denominator,
    }
    if measured.effective is not None:
        record["effective"] = measured.effective
    if measured.customers is not None:
        record["customers"] = measured.customers
    return record | ({"reason": measured.reason} if measured.reason else {})


def _group(group: Group) -> dict[str, Any]:
    record: dict[str, Any] = {
        "group": group.group,
        "segment": group.segment,
        "n": group.n,
        "metrics": {name: _measured(measured) for name, measured in group.metrics.items()},
    }
    if group.customers is not None:
        record["customers"] = group.customers
    if group.scores:
        record["scores"] = [
            {"low": b.low, "high": b.high, "n": b.n, "labelled": b.labelled, "positives": b.positives}
            for b in group.scores
        ]
    return record


def _limit(limit: Limit) -> dict[str, float]:
    return {name: value for name, value in (("min", limit.min), ("max", limit.max)) if value is not None}


def _finding(finding: Finding) -> dict[str, Any]:
    return {
        "rule": finding.rule,
        "metric": finding.metric,
        "estimand": finding.estimand,
        "compare": finding.compare,
        "group": finding.group,
        "reference": finding.reference,
        "segment": finding.segment,
        "value": _number(finding.value),
        "interval": _interval(finding.interval),
        "interval_fail": _interval(finding.interval_fail),
        "level_fail": finding.level_fail,
        "limit": _limit(finding.limit),
        "verdict": finding.verdict.value,
        "required": finding.required,
        "exploratory": finding.exploratory,
        "leaning": finding.leaning,
        "undecidable": finding.undecidable,
        "reason": finding.reason,
        "provable": _number(finding.provable),
        "group_rate": _measured(finding.group_rate),
        "reference_rate": None if finding.reference_rate is None else _measured(finding.reference_rate),
        "customers_needed": _needed(finding.customers_needed),
        "shortfall": finding.shortfall,
        "waiver": finding.waiver,
        **_significance(finding.significance),
    }


def _needed(needed: Needed | None) -> dict[str, int | None] | None:
    return None if needed is None else {"if_fair": needed.if_fair, "as_observed": needed.as_observed}


def _significance(found: Significance | None) -> dict[str, Any]:
    if found is None:
        return {}
    return {"significance": {"literal": found.literal.value, "p_value": found.p_value, "test": found.test}}


def _rule(rule: RuleResult) -> dict[str, Any]:
    return {
        "id": rule.id,
        "metric": rule.metric,
        "compare": rule.compare,
        "limit": _limit(rule.limit),
        "verdict": rule.verdict.value,
        "reason": rule.reason,
        "exploratory": rule.exploratory,
        "worst": None if rule.worst is None else _finding(rule.worst),
        "provable": {"population": _number(rule.provable), "segments": _number(rule.provable_in_segments)},
        "comparisons": {
            "population": {"made": rule.compared, "failed": rule.failed, "undecided": rule.undecided},
            "segments": {
                "made": rule.compared_in_segments,
                "failed": rule.failed_in_segments,
                "undecided": rule.undecided_in_segments,
            },
        },
        "correction": None if rule.correction is None else _correction(rule, rule.correction),
    }


def _correction(rule: RuleResult, correction: Correction) -> dict[str, Any]:
    return {
        "error": correction.error,
        "share": correction.share,
        "population": {"comparisons": rule.compared, "level": correction.level},
        "segments": {"comparisons": rule.compared_in_segments, "level": correction.level_in_segments},
        "held_back": correction.held_back,
    }


def _paradox(paradox: Paradox) -> dict[str, Any]:
    standardised = paradox.standardised
    return {
        "kind": paradox.kind,
        "rule": paradox.rule,
        "estimand": paradox.estimand,
        "compare": paradox.compare,
        "group": paradox.group,
        "reference": paradox.reference,
        "column": paradox.column,
        "value": _number(paradox.value),
        "interval": _interval(paradox.interval),
        "standardised": {
            "value": _number(standardised.value),
            "interval": _interval(standardised.interval),
            "coverage": standardised.coverage,
            "reason": standardised.reason,
        },
        "segments": {"compared": paradox.compared, "same_way": paradox.same_way, "failed": list(paradox.failed)},
    }


def _not_evaluable(entry: NotEvaluable) -> dict[str, Any]:
    return {
        "rule": entry.rule,
        "metric": entry.metric,
        "group": entry.group,
        "segment": entry.segment,
        "reason": entry.reason,
        "n": entry.n,
        "denominator": entry.denominator,
        "blocks": entry.blocks,
    }


def _places(policy: Policy) -> dict[str, Any]:
    """Return where a file states each rule, nothing where none does."""
    places = {rule: {"file": place.file, "line": place.line} for rule, place in policy.places.items()}
    return {"places": places} if places else {}


def _functions(policy: Policy) -> dict[str, Any]:
    """Return the function behind each rule whose metric is a `Score`, which the policy has by its title alone."""
    from fairaudit.score import Score

    functions = {
        rule.id: {"function": rule.metric.called, "scores": rule.metric.scores}
        for rule in policy.rules
        if isinstance(rule.metric, Score)
    }
    return {"functions": functions} if functions else {}


def _policy(policy: Policy) -> dict[str, Any]:
    """Return the policy as its file would hold it; a `Score` by its name."""
    values = policy.model_dump(by_alias=True, exclude_none=True)
    for rule, record in zip(policy.rules, values["rule"], strict=True):
        record["metric"] = rule.name
    return {name: _plain(part) for name, part in values.items()}


def _plain(value: Any) -> Any:  # noqa: ANN401  a tree of whatever the policy holds
    """Return a part of the policy with decimals as numbers."""
    if isinstance(value, Decimal):
        return float(value)
    if isinstance(value, dict):
        return {name: _plain(part) for name, part in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(part) for part in value]
    return value
