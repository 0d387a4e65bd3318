"""Each preset on whole files: what it measures, what it decides, and what it refuses to decide."""

import csv
import random

import pytest

import fairaudit
from fairaudit.findings import Verdict
from fairaudit.settings import preset

PASS, FAIL, INCONCLUSIVE = Verdict.PASS, Verdict.FAIL, Verdict.INCONCLUSIVE


def shop(folder, sizes, seed=3):
    """Write one file of customers: (sex, race) -> (selected, customers); labels and scores follow the decision."""
    chance = random.Random(seed)  # noqa: S311  test data
    rows = []
    for (sex, race), (chosen, n) in sizes.items():
        for i in range(n):
            selected = int(i < chosen)
            score = round(0.3 + 0.4 * selected + chance.uniform(-0.25, 0.25), 3)
            rows.append((selected, int(chance.random() < score), score, sex, race))
    chance.shuffle(rows)
    path = folder / "customers.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(("offered", "bought", "score", "sex", "race"))
        writer.writerows(rows)
    return path


def policy(name, **sections):
    data = {"prediction": "offered", "protected": ["sex"], **sections.pop("data", {})}
    return {"preset": name, "data": data, **sections}


SIZES = {("f", "x"): (400, 1000), ("m", "x"): (500, 1000), ("f", "y"): (450, 1000), ("m", "y"): (480, 1000)}


@pytest.fixture
def customers(tmp_path):
    return shop(tmp_path, SIZES)


# --- eu-evidence ----------------------------------------------------------------------------------------------------

EVERYTHING = {"label": "bought", "labels": "complete", "score": "score"}


def test_eu_evidence_measures_and_refuses_a_verdict_naming_every_rule_without_a_limit(customers):
    audit = fairaudit.audit(customers, policy=policy("eu-evidence", data=EVERYTHING))
    assert (audit.verdict, audit.exit_code) == (INCONCLUSIVE, 4)
    assert [reason.partition(":")[0] for reason in audit.reasons] == [rule.id for rule in audit.policy.rules]
    assert all("states no limit" in reason for reason in audit.reasons)
    assert {f.estimand for f in audit.findings} == {"selection rate", "true positive rate", "observed over expected"}
    assert all(f.value is not None and f.interval.low < f.value < f.interval.high for f in audit.findings)


def test_eu_evidence_decides_once_the_organisation_states_its_limits(customers):
    rules = [dict(rule) for rule in preset("eu-evidence").values["rule"]]
    rules[0]["min"], rules[1]["max"], rules[2]["min"], rules[2]["max"] = 0.7, 0.3, 0.5, 2
    stated = policy("eu-evidence", data=EVERYTHING, rule=rules)
    assert fairaudit.audit(customers, policy=stated).verdict is PASS
    rules[0]["min"] = 0.99
    assert fairaudit.audit(customers, policy=policy("eu-evidence", data=EVERYTHING, rule=rules)).verdict is FAIL
    del rules[1]["max"]
    rules[0]["min"] = 0.7
    half = fairaudit.audit(customers, policy=policy("eu-evidence", data=EVERYTHING, rule=rules))
    assert half.verdict is INCONCLUSIVE
    assert [reason.partition(":")[0] for reason in half.reasons] == ["true-positive-rate"]
