"""Each preset on whole files: what it measures, what it decides, and what it refuses to decide."""

import csv
import random
import statistics

import pytest
from statsmodels.stats.proportion import proportions_ztest

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


# --- four-fifths ----------------------------------------------------------------------------------------------------


def test_four_fifths_holds_the_highest_rate_against_every_group_of_two_percent(tmp_path):
    sizes = {("f", "x"): (700, 1000), ("m", "x"): (720, 1000), ("f", "y"): (300, 1000), ("m", "z"): (0, 30)}
    stated = policy("four-fifths", data={"protected": ["sex", "race"]})
    audit = fairaudit.audit(shop(tmp_path, sizes), policy=stated)
    assert audit.verdict is FAIL
    (worst,) = audit.failures[:1]
    assert (worst.group, worst.reference) == ({"sex": "f"}, {"sex": "m"})
    race = next(f for f in audit.failures if "race" in f.group)
    assert (race.group, race.reference) == ({"race": "y"}, {"race": "x"})
    assert race.value == pytest.approx(0.3 / 0.71)
    assert race.significance.literal is FAIL
    assert race.significance.p_value < 0.001
    assert [(e.group, e.n, e.blocks) for e in audit.not_evaluable] == [({"race": "z"}, 30, False)]


def test_four_fifths_of_a_harm_is_about_those_left_alone(tmp_path):
    sizes = {("f", "x"): (700, 1000), ("m", "x"): (300, 1000)}
    stated = policy("four-fifths", data={"outcome": "harm"})
    (failure,) = fairaudit.audit(shop(tmp_path, sizes), policy=stated).failures
    assert (failure.group, failure.estimand) == ({"sex": "f"}, "rate of not being selected")


def test_the_file_wins_over_the_preset(customers):
    stated = policy("four-fifths", groups={"min_share": 0}, rule=[{"metric": "statistical_parity", "max": 0.2}])
    audit = fairaudit.audit(customers, policy=stated)
    assert audit.policy.groups.min_share == 0
    assert audit.policy.verdict.significance, "what the file does not say stays the preset's"
    assert {f.metric for f in audit.findings} == {"statistical_parity"}


# --- nyc-ll144 ------------------------------------------------------------------------------------------------------

CROSSED = {"protected": ["sex", "race", "sex*race"]}
UNKNOWN = {("", "x"): (20, 50), ("m", "z"): (3, 30)}


def ratios(audit, *columns):
    """Return group -> impact ratio, the group with the highest rate as 1."""
    found = [f for f in audit.findings if tuple(f.group) == columns]
    return {tuple(f.group.values()): f.value for f in found} | {tuple(f.reference.values()): 1.0 for f in found}


def test_ll144_reports_impact_ratios_of_each_attribute_and_their_intersection_and_decides_nothing(tmp_path):
    sizes = SIZES | UNKNOWN
    audit = fairaudit.audit(shop(tmp_path, sizes), policy=policy("nyc-ll144", data=CROSSED))
    assert (audit.verdict, audit.exit_code) == (INCONCLUSIVE, 0)
    assert audit.reasons == ("impact-ratio: the policy states no limit, so nothing is decided",)
    both = {group: chosen / n for group, (chosen, n) in SIZES.items()}
    assert ratios(audit, "sex", "race") == pytest.approx({group: rate / 0.5 for group, rate in both.items()})
    female, male = (400 + 450) / 2000, (500 + 480 + 3) / 2030
    assert ratios(audit, "sex") == pytest.approx({("f",): female / male, ("m",): 1})
    assert ratios(audit, "race") == pytest.approx({("x",): (920 / 2050) / (930 / 2000), ("y",): 1})
    assert all(f.interval.low < f.value < f.interval.high for f in audit.findings)


def test_ll144_counts_the_unknown_and_lists_what_it_leaves_out_with_number_and_rate(tmp_path):
    audit = fairaudit.audit(shop(tmp_path, SIZES | UNKNOWN), policy=policy("nyc-ll144", data=CROSSED))
    groups = {tuple(group.group.items()): group for group in audit.groups}
    unknown = groups[(("sex", "(missing)"),)]
    assert (unknown.n, unknown.metrics["selection_rate"].value) == (50, 0.4)
    left_out = [entry.group for entry in audit.not_evaluable]
    assert left_out == [{"race": "z"}, {"sex": "m", "race": "z"}]
    assert groups[(("race", "z"),)].n == 30
    assert groups[(("race", "z"),)].metrics["selection_rate"].value == 0.1


def test_ll144_of_scores_is_the_share_above_the_median_of_everybody(tmp_path):
    path = shop(tmp_path, SIZES | UNKNOWN)
    with path.open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    middle = statistics.median(float(row["score"]) for row in rows)
    above = {
        sex: statistics.fmean(float(row["score"]) > middle for row in rows if row["sex"] == sex) for sex in ("f", "m")
    }
    data = {"prediction": None, "score": "score", "threshold": "median"}
    audit = fairaudit.audit(path, policy=policy("nyc-ll144", data=data))
    assert audit.ledger.score_median == middle
    assert ratios(audit, "sex") == pytest.approx({("f",): above["f"] / above["m"], ("m",): 1})


def test_ll144_with_a_limit_of_ones_own_decides(customers):
    rules = [dict(rule) | {"min": 0.8} for rule in preset("nyc-ll144").values["rule"]]
    assert fairaudit.audit(customers, policy=policy("nyc-ll144", rule=rules)).verdict is PASS


# --- ad-delivery ----------------------------------------------------------------------------------------------------


def test_ad_delivery_holds_the_shuffle_distance_against_a_tenth(tmp_path):
    alike = {("f", "x"): (900, 9000), ("m", "x"): (1000, 10000)}
    audit = fairaudit.audit(shop(tmp_path, alike), policy=policy("ad-delivery"))
    assert audit.verdict is PASS
    men = {("f", "x"): (300, 9000), ("m", "x"): (1600, 10000)}
    audit = fairaudit.audit(shop(tmp_path, men), policy=policy("ad-delivery"))
    assert audit.verdict is FAIL
    assert audit.failures[0].value == pytest.approx(1600 / 1900 - 10 / 19)


# --- credit-practice ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("women", "verdict"), [(1900, PASS), (1750, PASS), (1400, FAIL)])
def test_credit_practice_fails_under_four_fifths_and_lets_the_watch_band_pass(tmp_path, women, verdict):
    sizes = {("f", "x"): (women, 4000), ("m", "x"): (2000, 4000)}
    audit = fairaudit.audit(shop(tmp_path, sizes), policy=policy("credit-practice"))
    assert audit.verdict is verdict
    assert audit.findings[0].significance.p_value == pytest.approx(
        proportions_ztest([women, 2000], [4000, 4000])[1], rel=1e-9
    )


def test_credit_practice_of_refusals_compares_those_not_refused(tmp_path):
    sizes = {("f", "x"): (2600, 4000), ("m", "x"): (2000, 4000)}
    stated = policy("credit-practice", data={"outcome": "harm"})
    audit = fairaudit.audit(shop(tmp_path, sizes), policy=stated)
    assert audit.findings[0].value == pytest.approx(1400 / 2000)
    assert audit.verdict is FAIL
