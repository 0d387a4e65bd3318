"""Whole audits of public data sets: the numbers of a plain recount, the verdicts the data are known for."""

from __future__ import annotations

import csv
import math
from collections import defaultdict
from pathlib import Path

import pytest

import fairaudit
from fairaudit import Verdict

HERE = Path(__file__).parent
DATA = HERE.parents[2] / "shared" / "data"

pytestmark = pytest.mark.skipif(not DATA.is_dir(), reason="the folder ../shared/data is not beside this checkout")


def audited(name: str) -> fairaudit.Audit:
    folder = DATA / name
    return fairaudit.audit(folder / "predictions.csv", folder / "attributes.csv", policy=HERE / f"{name}.toml")


def joined(name: str) -> list[dict[str, str]]:
    folder = DATA / name
    with (folder / "attributes.csv").open(encoding="utf-8") as file:
        attributes = {row["customer_id"]: row for row in csv.DictReader(file)}
    with (folder / "predictions.csv").open(encoding="utf-8") as file:
        return [row | attributes[row["customer_id"]] for row in csv.DictReader(file)]


def group(audit: fairaudit.Audit, segment: dict[str, str] | None = None, **names: str):
    return next(g for g in audit.groups if g.group == names and g.segment == (segment or {}))


def findings(audit: fairaudit.Audit, rule: str, segment: dict[str, str] | None = None, **names: str):
    return [f for f in audit.findings if (f.rule, f.group, f.segment) == (rule, names, segment or {})]


@pytest.mark.parametrize("name", ["adult", "bank_marketing", "compas"])
def test_every_group_and_segment_has_the_rates_of_a_plain_recount(name):
    audit, rows = audited(name), joined(name)
    assert audit.ledger.matched == len(rows)
    banded = set(audit.policy.data.bands)
    checked = 0
    for entry in audit.groups:
        where = entry.group | entry.segment
        if banded & set(where):
            continue
        chosen = [r for r in rows if all((r[column] or "(missing)") == value for column, value in where.items())]
        assert entry.n == len(chosen)
        pairs = [(r["label"], r["prediction"]) for r in chosen]
        tp, fn = pairs.count(("1", "1")), pairs.count(("1", "0"))
        fp, tn = pairs.count(("0", "1")), pairs.count(("0", "0"))
        for metric, of, among in (
            ("selection_rate", tp + fp, len(pairs)),
            ("true_positive_rate", tp, tp + fn),
            ("false_positive_rate", fp, fp + tn),
            ("precision", tp, tp + fp),
            ("accuracy", tp + tn, len(pairs)),
        ):
            measured = entry.metrics[metric]
            assert (measured.numerator, measured.denominator) == (of, among)
            assert measured.value == (of / among if among else None)
            checked += 1
    assert checked > 100


def test_bands_of_a_numeric_age_are_closed_on_the_left():
    audit, rows = audited("adult"), joined("adult")
    counts = defaultdict(int)
    for row in rows:
        age = int(row["age"])
        counts["under 25" if age < 25 else "25 to <40" if age < 40 else "40 to <60" if age < 60 else "60 and over"] += 1
    assert {g.group["age"]: g.n for g in audit.groups if set(g.group) == {"age"} and not g.segment} == counts


def test_adult_income_predictions_fail_women():
    audit = audited("adult")
    assert audit.verdict is Verdict.FAIL
    (finding,) = findings(audit, "disparate_impact", sex="Female")
    assert finding.verdict is Verdict.FAIL
    assert finding.reference == {"sex": "Male"}
    assert finding.interval_fail.high < 0.8


def test_the_bank_offers_the_campaign_to_the_old_and_not_to_the_middle_aged():
    audit = audited("bank_marketing")
    rates = {
        g.group["age"]: g.metrics["selection_rate"].value
        for g in audit.groups
        if set(g.group) == {"age"} and not g.segment
    }
    assert max(rates, key=rates.__getitem__) == "60 and over"
    assert audit.verdict is Verdict.FAIL


def test_compas_judges_who_is_not_called_a_risk():
    audit = audited("compas")
    assert audit.verdict is Verdict.FAIL
    spared = findings(audit, "disparate_impact", race="African-American")[0]
    assert spared.estimand == "rate of not being selected"
    assert spared.verdict is Verdict.FAIL
    assert math.isclose(
        spared.group_rate.value, 1 - group(audit, race="African-American").metrics["selection_rate"].value
    )
    wrongly = findings(audit, "equal_opportunity", race="African-American")[0]
    assert wrongly.estimand == "true negative rate"
    assert wrongly.verdict is Verdict.FAIL
    # 18 people are too few to be judged, and are named
    assert any(entry.group == {"race": "Native American"} and entry.n == 18 for entry in audit.not_evaluable)


def test_berkeley_shows_the_paradox():
    audit = audited("ucb_admissions")
    (total,) = findings(audit, "disparate_impact", gender="Female")
    assert total.verdict is Verdict.FAIL
    assert total.value == pytest.approx((557 / 1835) / (1198 / 2691))
    in_departments = [f for f in audit.findings if f.segment]
    assert not any(f.verdict is Verdict.FAIL for f in in_departments)
    # in department A the women are admitted more often, so that the men are the group and the women the reference
    (dept_a,) = [f for f in in_departments if f.segment == {"dept": "A"}]
    assert dept_a.group == {"gender": "Male"}


def test_counts_and_rows_of_berkeley_give_the_same_numbers():
    rows = audited("ucb_admissions")
    counts = fairaudit.audit(DATA / "ucb_admissions" / "counts.csv", policy=HERE / "ucb_admissions_counts.toml")
    assert counts.ledger.matched == rows.ledger.matched == 4526
    assert [g.n for g in counts.groups] == [g.n for g in rows.groups]
    assert [(f.value, f.interval, f.verdict) for f in counts.findings] == [
        (f.value, f.interval, f.verdict) for f in rows.findings
    ]
