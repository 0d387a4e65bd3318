"""Experiments and prices that others published: the numbers by hand with pandas, and what the audit says of them."""

import pandas as pd
import pytest
from public_data import folder
from scipy import stats

import fairaudit
from fairaudit.findings import Verdict
from fairaudit.policy import Policy

EXPERIMENT = {
    "id": "customer_id", "label": "label", "prediction": "prediction", "treatment": "treatment", "randomized": True,
    "values": ["spend"], "protected": ["zip_code", "newbie"],
}  # fmt: skip
PRICE = {"id": "customer_id", "prediction": "prediction", "stratum": "smoker", "protected": ["sex", "age_band"]}


def metric(audit, group, name):
    return next(g for g in audit.groups if g.group == group and not g.segment).metrics[name]


@pytest.fixture(scope="module")
def hillstrom():
    home = folder("hillstrom")
    rules = [
        {"metric": "benefit_parity", "max": 0.05},
        {"metric": "no_group_harmed", "min": 0},
        {"metric": "benefit_parity", "of": "spend", "max": 1},
    ]
    stated = Policy.parse({"data": EXPERIMENT, "rule": rules})
    rows = pd.read_csv(home / "predictions.csv").merge(pd.read_csv(home / "attributes.csv"), on="customer_id")
    return fairaudit.audit(home / "predictions.csv", home / "attributes.csv", stated), rows


def test_the_effect_of_the_mail_is_that_of_the_two_means(hillstrom):
    audit, rows = hillstrom
    for column, known in (("zip_code", rows.zip_code), ("newbie", rows.newbie.astype(str))):
        for value in known.unique():
            mine = rows[known == value]
            treated, control = (mine.label[mine.treatment == arm] for arm in (1, 0))
            found = metric(audit, {column: value}, "uplift")
            assert found.value == pytest.approx(treated.mean() - control.mean(), abs=1e-12)
    everybody = metric(audit, {}, "uplift")
    assert everybody.value == pytest.approx(
        rows.label[rows.treatment == 1].mean() - rows.label[rows.treatment == 0].mean()
    )


def test_every_group_gains_and_none_is_harmed(hillstrom):
    audit, _ = hillstrom
    verdicts = {rule.id: rule.verdict for rule in audit.rules}
    assert verdicts["benefit_parity"] is Verdict.PASS
    assert verdicts["no_group_harmed"] is Verdict.PASS
    assert verdicts["benefit_parity of spend"] is Verdict.INCONCLUSIVE


def test_the_interval_of_the_spend_is_nearly_welchs(hillstrom):
    audit, rows = hillstrom
    mine = rows[rows.newbie == 1]
    a, b = (mine.spend[mine.treatment == arm] for arm in (1, 0))
    welch = stats.ttest_ind(a, b, equal_var=False).confidence_interval(0.9)
    finding = next(f for f in audit.findings if f.rule == "benefit_parity of spend" and f.group == {"newbie": "0"})
    found = finding.reference_rate
    assert found.value == pytest.approx(a.mean() - b.mean(), abs=1e-9)
    assert found.interval.low == pytest.approx(welch.low, abs=0.002)
    assert found.interval.high == pytest.approx(welch.high, abs=0.002)


def test_a_price_by_sex_within_smokers_and_others():
    home = folder("insurance_price")
    stated = Policy.parse({"data": PRICE, "rule": [{"metric": "price_parity", "of": "prediction", "max": 1.25}]})
    audit = fairaudit.audit(home / "predictions.csv", home / "attributes.csv", stated)
    rows = pd.read_csv(home / "predictions.csv").merge(pd.read_csv(home / "attributes.csv"), on="customer_id")
    shares = rows.smoker.value_counts(normalize=True)
    within = rows.groupby(["sex", "smoker"]).prediction.mean().unstack()
    prices = (within * shares).sum(axis=1)
    finding = next(f for f in audit.findings if "sex" in f.group)
    assert finding.value == pytest.approx(prices.max() / prices.min(), rel=1e-9)
    assert finding.group == {"sex": prices.idxmax()}
