"""The record read back: from audit.json to the audit it was written from, with nothing taken on trust."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from fairaudit._version import __version__
from fairaudit.errors import DataError, UsageError
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
    ScoreBin,
    Significance,
    Standardised,
    Verdict,
)
from fairaudit.intervals import NAN, Interval
from fairaudit.ledger import Ledger
from fairaudit.policy import Place, Policy
from fairaudit.report import agreement
from fairaudit.report.json import SCHEMA, document
from fairaudit.report.node import Node, parse
from fairaudit.score import Score

if TYPE_CHECKING:
    from typing import Literal

    from fairaudit.metrics.row import Compare

LARGEST = 1 << 26
"""Bytes of a record that are read; one of 5 attributes in 10 segments has 2 million."""
_COMPARES = ("ratio", "difference", "value")
_VERDICTS = tuple(verdict.value for verdict in Verdict)
_TESTS = ("two-proportion z test", "Fisher's exact test")


def load(path: str | Path) -> Audit:
    """Read an audit back from its record, so that it can be rendered again without the data.

    Parameters
    ----------
    path : str or Path
        The file ``audit.json`` that a check wrote.

    Returns
    -------
    Audit
        Equal to the one that was written in everything that a report shows.

    Raises
    ------
    DataError
        The file cannot be read, is no record of an audit, of another version, or does not agree with itself.
    """
    return read(content(path), Path(path).name)


def content(path: str | Path) -> bytes:
    """Return the bytes of a record's file, no more than a record can have.

    Raises
    ------
    DataError
        The file cannot be read.
    """
    file = Path(path)
    try:
        with file.open("rb") as stream:
            return stream.read(LARGEST + 1)
    except OSError as error:
        raise DataError(f"The file cannot be read: {error.strerror}.", file=file.name) from None
    except ValueError:
        raise DataError("The file's name holds a NUL character.") from None


def read(record: bytes | str, name: str | None = None) -> Audit:
    """Return the audit that a record holds.

    Parameters
    ----------
    record : bytes or str
        Its content, as ``FORMATS["json"]`` writes it.
    name : str, optional
        The file's name, for messages.

    Raises
    ------
    DataError
        As of `load`.
    """
    raw = record.encode(errors="surrogatepass") if isinstance(record, str) else record
    if len(raw) > LARGEST:
        raise DataError(f"It has more than {LARGEST >> 20} MiB, and no record is that large.", file=name)
    try:
        return _audit(Node(parse(raw)))
    except DataError as error:
        raise DataError(str(error), file=name) from None


def _audit(record: Node) -> Audit:
    _of_our_schema(record)
    audit = Audit(
        verdict=_verdict(record["verdict"]),
        reasons=record["reasons"].each(Node.text),
        ledger=_ledger(record["data"]),
        groups=record["groups"].each(_group),
        findings=record["findings"].each(_finding),
        rules=record["rules"].each(_rule),
        not_evaluable=record["not_evaluable"].each(_not_evaluable),
        policy=_policy(record),
        paradoxes=record["paradoxes"].each(_paradox),
        notes=record["notes"].each(Node.text),
        inputs=record["inputs"].mapping(Node.table),
        versions=record["versions"].mapping(Node.text),
    )
    agreement.check(audit)
    _nothing_else(record, document(audit))
    return audit


def _of_our_schema(record: Node) -> None:
    found = record.value.get("schema") if isinstance(record.value, dict) else None
    if found == SCHEMA:
        return
    if isinstance(found, str) and found.startswith("fairaudit.audit/"):
        raise DataError(
            f"This record has the schema {found[:40]}, and this version of fairaudit ({__version__}) reads {SCHEMA}: "
            "render it with the version that wrote it."
        )
    raise DataError(f"This is no record of an audit (schema {SCHEMA}); `fairaudit check` writes one, audit.json.")


def _nothing_else(given: Node, known: Any) -> None:  # noqa: ANN401  any part of the document
    """Refuse what the audit read from a record does not hold, or holds otherwise."""
    if isinstance(given.value, dict) and isinstance(known, dict):
        for key in given.value:
            part = given[key]
            if key not in known:
                raise part.error(f"fairaudit {__version__} knows no such key; a later version may have written it.")
            _nothing_else(part, known[key])
        # later versions add keys: to a policy with a default, elsewhere with null
        for key in () if given.path.startswith("policy.") else known:
            if key not in given.value and known[key] is not None:
                raise given.error(f'the key "{key}" is missing.')
    elif isinstance(given.value, list) and isinstance(known, list | tuple) and len(known) == len(given.value):
        for i, value in enumerate(given.value):
            _nothing_else(Node(value, f"{given.path}[{i}]"), known[i])
    elif given.value != known or isinstance(given.value, bool) is not isinstance(known, bool):
        raise given.error("the record contradicts itself: this does not follow from the rest of it.")


def _verdict(node: Node) -> Verdict:
    return Verdict(node.word(_VERDICTS))


def _compare(node: Node) -> Compare:
    return cast("Compare", node.word(_COMPARES))


def _names(node: Node) -> dict[str, str]:
    return node.mapping(Node.text)


def _interval(node: Node) -> Interval:
    ends = node.each(lambda end: NAN if end.value is None else end.real())
    if len(ends) != 2:
        raise node.error("two ends of an interval are expected.")
    return Interval(*ends)


def _limit(node: Node) -> Limit:
    return Limit(**{key: node[key].number() for key in ("min", "max") if node.get(key) is not None})


def _ledger(node: Node) -> Ledger:
    missing, median, _ = node["missing"], node.get("score_median"), node["coverage"]
    return Ledger(
        predictions_rows=node["predictions_rows"].count(),
        attributes_rows=node["attributes_rows"].maybe(Node.count),
        matched=node["matched"].count(),
        predictions_without_attributes=node["predictions_without_attributes"].count(),
        attributes_without_predictions=node["attributes_without_predictions"].maybe(Node.count),
        repeated_ids=node["repeated_ids"].count(),
        missing_label=missing["label"].count(),
        missing_prediction=missing["prediction"].count(),
        missing_score=missing["score"].count(),
        missing_attributes=missing["attributes"].mapping(Node.count),
        scores_outside=node["scores_outside"].count(),
        threshold_differs=node["threshold_differs"].count(),
        score_median=None if median is None else median.number(),
        excluded=node["excluded"].mapping(Node.count),
    )


def _measured(node: Node) -> Measured:
    effective, customers, reason = node.get("effective"), node.get("customers"), node.get("reason")
    return Measured(
        value=node["value"].maybe(Node.real),
        interval=node["interval"].maybe(_interval),
        numerator=node["numerator"].maybe(Node.count),
        denominator=node["denominator"].maybe(Node.count),
        reason=None if reason is None else reason.text(),
        effective=None if effective is None else effective.number(),
        customers=None if customers is None else customers.count(),
    )


def _group(node: Node) -> Group:
    customers, scores = node.get("customers"), node.get("scores")
    return Group(
        group=_names(node["group"]),
        segment=_names(node["segment"]),
        n=node["n"].count(),
        metrics=node["metrics"].mapping(_measured),
        scores=() if scores is None else scores.each(_bin),
        customers=None if customers is None else customers.count(),
    )


def _bin(node: Node) -> ScoreBin:
    low, high = node["low"].number(), node["high"].number()
    return ScoreBin(low, high, node["n"].count(), node["labelled"].count(), node["positives"].count())


def _finding(node: Node) -> Finding:
    significance, shortfall = node.get("significance"), node.get("shortfall")
    if node["waiver"].value is not None:
        raise node["waiver"].error("null is expected.")
    leaning = node["leaning"].maybe(lambda one: one.word(("pass", "fail")))
    return Finding(
        rule=node["rule"].text(),
        metric=node["metric"].text(),
        estimand=node["estimand"].text(),
        compare=_compare(node["compare"]),
        group=_names(node["group"]),
        reference=node["reference"].maybe(_names),
        segment=_names(node["segment"]),
        value=node["value"].maybe(Node.real),
        interval=_interval(node["interval"]),
        interval_fail=_interval(node["interval_fail"]),
        level_fail=node["level_fail"].number(),
        limit=_limit(node["limit"]),
        verdict=_verdict(node["verdict"]),
        required=node["required"].flag(),
        exploratory=node["exploratory"].flag(),
        leaning=cast('Literal["pass", "fail"] | None', leaning),
        undecidable=node["undecidable"].flag(),
        reason=node["reason"].maybe(Node.text),
        provable=node["provable"].maybe(Node.real),
        group_rate=_measured(node["group_rate"]),
        reference_rate=node["reference_rate"].maybe(_measured),
        customers_needed=node["customers_needed"].maybe(_needed),
        shortfall=None if shortfall is None else shortfall.maybe(Node.whole),
        significance=None if significance is None else _significance(significance),
    )


def _needed(node: Node) -> Needed:
    return Needed(node["if_fair"].maybe(Node.count), node["as_observed"].maybe(Node.count))


def _significance(node: Node) -> Significance:
    return Significance(_verdict(node["literal"]), node["p_value"].number(), node["test"].word(_TESTS))


def _rule(node: Node) -> RuleResult:
    made = node["comparisons"]
    total, inside = made["population"], made["segments"]
    return RuleResult(
        id=node["id"].text(),
        metric=node["metric"].text(),
        compare=_compare(node["compare"]),
        limit=_limit(node["limit"]),
        verdict=_verdict(node["verdict"]),
        reason=node["reason"].text(),
        worst=node["worst"].maybe(_finding),
        compared=total["made"].count(),
        compared_in_segments=inside["made"].count(),
        failed=total["failed"].count(),
        failed_in_segments=inside["failed"].count(),
        undecided=total["undecided"].count(),
        undecided_in_segments=inside["undecided"].count(),
        correction=node["correction"].maybe(_correction),
        exploratory=node["exploratory"].flag(),
        provable=node["provable"]["population"].maybe(Node.real),
        provable_in_segments=node["provable"]["segments"].maybe(Node.real),
    )


def _correction(node: Node) -> Correction:
    return Correction(
        error=node["error"].number(),
        share=node["share"].number(),
        level=node["population"]["level"].maybe(Node.number),
        level_in_segments=node["segments"]["level"].maybe(Node.number),
        held_back=node["held_back"].count(),
    )


def _paradox(node: Node) -> Paradox:
    mix, segments = node["standardised"], node["segments"]
    return Paradox(
        kind=cast('Literal["reversal", "hidden"]', node["kind"].word(("reversal", "hidden"))),
        rule=node["rule"].text(),
        estimand=node["estimand"].text(),
        compare=_compare(node["compare"]),
        group=_names(node["group"]),
        reference=node["reference"].maybe(_names),
        column=node["column"].text(),
        value=node["value"].real(),
        interval=_interval(node["interval"]),
        standardised=Standardised(
            value=mix["value"].maybe(Node.real),
            interval=mix["interval"].maybe(_interval),
            coverage=mix["coverage"].maybe(Node.number),
            reason=mix["reason"].maybe(Node.text),
        ),
        compared=segments["compared"].count(),
        same_way=segments["same_way"].count(),
        failed=segments["failed"].each(Node.text),
    )


def _not_evaluable(node: Node) -> NotEvaluable:
    return NotEvaluable(
        rule=node["rule"].text(),
        metric=node["metric"].text(),
        group=_names(node["group"]),
        segment=_names(node["segment"]),
        reason=node["reason"].text(),
        n=node["n"].maybe(Node.count),
        denominator=node["denominator"].maybe(Node.count),
        blocks=node["blocks"].flag(),
    )


def _policy(record: Node) -> Policy:
    """Return the policy, read as strictly as one from a file, with the functions and places of its rules."""
    functions, places = record.get("functions"), record.get("places")
    values = record["policy"].table()
    rules = record["policy"]["rule"].each(lambda rule: _stated(rule, functions))
    try:
        policy = Policy.parse({**values, "rule": rules})
    except UsageError as error:
        raise DataError(str(error)) from None
    return policy if places is None else policy.placed(places.mapping(_place))


def _stated(rule: Node, functions: Node | None) -> dict[str, Any]:
    """Return a rule as the policy states it; the function of one that is no metric of ours is never called."""
    id_, _ = rule["id"].text(), rule["compare"].word(_COMPARES)
    found = None if functions is None else functions.get(id_)
    if found is None:
        return rule.table()
    return {**rule.table(), "metric": Score(found["function"].text(), found["scores"].flag(), rule["metric"].text())}


def _place(node: Node) -> Place:
    return Place(node["file"].text(), node["line"].maybe(Node.count))
