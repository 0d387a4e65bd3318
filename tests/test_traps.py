"""The traps of FIELD section 3 in which a peer's number or verdict was wrong, each on the rows that show it.

The number in a test's name is the trap's. 1 and 14 are about intervals in general; `test_intervals.py` holds the rest
of their answer (exact enumeration), as it does of 13. 6 (first part), 12, 21 and 22 concern reading rows.
"""

import math

import fairlearn.metrics
import numpy as np
import pandas as pd
import pytest
from rows import reached, recount, selected, table

from fairaudit import api, intervals
from fairaudit.__main__ import main
from fairaudit.comparison import Band
from fairaudit.cube import Count
from fairaudit.errors import DataError, UsageError
from fairaudit.findings import Verdict
from fairaudit.metrics import METRICS, PER_GROUP, find
from fairaudit.policy import Policy
from fairaudit.report import FORMATS
from fairaudit.spec import MISSING
from fairaudit.verdict import judge

PASS, FAIL, INCONCLUSIVE = Verdict.PASS, Verdict.FAIL, Verdict.INCONCLUSIVE


def policy(*rules, groups=None, verdict=None, **data):
    return Policy.parse(
        {
            "data": {"label": "y", "prediction": "p", "protected": ["g"], **data},
            "groups": groups or {},
            "verdict": verdict or {},
            "rule": list(rules) or [{"metric": "disparate_impact"}],
        }
    )


def audit(stated, *groups, **ledger):
    return judge(table(stated, *groups, **ledger), stated)


def rates(stated, **sizes):
    return audit(stated, *(({"g": name}, selected(*size)) for name, size in sizes.items()))


def group(found, name):
    return next(group for group in found.groups if group.group.get("g") == name)


def test_trap_1_intervals_of_pairs_contain_zero_under_perfect_fairness():
    """Fairlearn's percentile interval of max - min covered the true 0 in 0 of 30 runs with three groups of 100."""
    rng = np.random.default_rng(1)
    stated = policy({"metric": "statistical_parity", "max": 0.1})
    covered = 0
    for _ in range(30):
        found = rates(stated, **{name: (int(rng.binomial(100, 0.3)), 100) for name in "abc"})
        assert found.rules[0].compared == 3, "pairs, not the extremes"
        assert all(f.interval.low <= f.value <= f.interval.high for f in found.findings)
        covered += all(f.interval_fail.low <= 0 <= f.interval_fail.high for f in found.findings)
    assert covered >= 27


def test_trap_2_no_positives_are_no_rate_of_zero():
    assert fairlearn.metrics.true_positive_rate([0, 0], [0, 1]) == 0.0
    stated = policy({"metric": "equal_opportunity"}, labels="complete")
    found = audit(
        stated,
        ({"g": "a"}, reached(50, 50, rest=50)),
        ({"g": "b"}, {"TN": 50, "FP": 50}),
        ({"g": "c"}, reached(50, 50)),
    )
    assert group(found, "b").metrics["true_positive_rate"].value is None
    assert all(f.value == 0 for f in found.findings), "not 1.0, as with a rate of 0"
    assert found.verdict is INCONCLUSIVE


def test_trap_3_a_group_without_positives_does_not_disappear():
    stated = policy({"metric": "equalized_odds", "max": 0.1}, labels="complete")
    fair = reached(2500, 5000, rest=5000, wrongly=1000)
    found = audit(stated, ({"g": "a"}, fair), ({"g": "b"}, fair), ({"g": "c"}, {"TN": 4000, "FP": 1000}))
    assert found.verdict is INCONCLUSIVE
    assert ({"g": "c"}, "true positive rate rests on 0 of 5,000, fewer than min_size = 30") in [
        (entry.group, entry.reason) for entry in found.not_evaluable
    ]


def test_trap_4_small_groups_are_not_filtered_out_to_pass():
    """fairpipe: a, b selected 100 %, c (20 customers) 0 %: difference 0.000000, PASS, exit 0."""
    stated = policy({"metric": "statistical_parity", "max": 0.1})
    named = rates(stated, a=(500, 500), b=(500, 500), c=(0, 20))
    assert (named.verdict, named.exit_code) == (INCONCLUSIVE, 4)
    missing = audit(stated, ({"g": "a"}, selected(150, 150)), ({"g": "b"}, selected(150, 150)), ({}, selected(0, 20)))
    assert (missing.verdict, missing.exit_code) == (INCONCLUSIVE, 4)


@pytest.mark.parametrize(
    ("a", "b", "value", "verdict"),
    [((0, 500), (250, 500), 0.0, FAIL), ((0, 500), (0, 500), None, INCONCLUSIVE)],
)
def test_trap_5_zero_is_the_worst_ratio_and_zero_over_zero_none(a, b, value, verdict):
    """Dalex skips NaN, smclarify reads 0/0 as 0, aequitas infinity as 10, equiboots as -1."""
    found = rates(policy(), a=a, b=b)
    assert (found.findings[0].value, found.verdict) == (value, verdict)


def test_trap_6_two_attributes_with_the_same_value_keep_their_own_results():
    """Aequitas writes its tests by value alone: two attributes that both have "Other" overwrite each other."""
    stated = policy(protected=["g", "h"])
    found = audit(
        stated,
        ({"g": "Other", "h": "x"}, selected(400, 1000)),
        ({"g": "y", "h": "Other"}, selected(200, 1000)),
        ({"g": "y", "h": "x"}, selected(100, 1000)),
    )
    rate = {tuple(one.group.items()): one.metrics["selection_rate"].value for one in found.groups}
    assert rate[("g", "Other"),] == 0.4
    assert rate[("h", "Other"),] == 0.2
    names = [(f.group, f.reference) for f in found.findings]
    assert ({"g": "y"}, {"g": "Other"}) in names
    assert ({"h": "Other"}, {"h": "x"}) in names


def test_trap_6_each_rate_is_tested_on_its_own_rows():
    """Aequitas keeps predicted positives only, so four rates share one p-value."""
    cell = table(policy(), ({"g": "a"}, {"TP": 1, "FP": 2, "FN": 4, "TN": 8})).cell()
    denominators = {name: PER_GROUP[name].size(cell) for name in PER_GROUP if name.endswith("rate")}
    assert denominators == {
        "selection_rate": 15,
        "base_rate": 15,
        "true_positive_rate": 5,
        "false_negative_rate": 5,
        "false_positive_rate": 10,
        "true_negative_rate": 10,
        "false_discovery_rate": 3,
        "false_omission_rate": 12,
    }


def test_trap_7_statistical_parity_does_not_depend_on_the_size_of_a_group():
    """Aequitas' ppr, a share of all selected, gives 0.1 for two equal rates in groups of 100 and 10."""
    stated = policy({"metric": "statistical_parity", "max": 0.1}, groups={"min_size": 10})
    assert rates(stated, a=(50, 100), b=(5, 10)).findings[0].value == 0.0


def test_trap_8_undefined_is_not_fair():
    """aequitas: an all-NaN column is fair; aedt-audit: nobody selected is no adverse impact."""
    for verdict in ({}, {"decide_on": "point"}):
        assert rates(policy(verdict=verdict), a=(0, 1000), b=(0, 1000)).verdict is INCONCLUSIVE


def test_trap_9_missing_groups_are_shown_and_counted():
    stated = policy(groups={"max_missing": 0.5})
    found = audit(stated, ({"g": "a"}, selected(50, 100)), ({"g": "b"}, selected(50, 100)), ({}, selected(7, 40)))
    assert group(found, MISSING).n == 40
    assert group(found, MISSING).metrics["selection_rate"].value == 7 / 40
    assert sum(one.n for one in found.groups if one.group) == found.everybody().n == 240


def test_trap_9_a_missing_label_is_not_a_negative():
    """Fair-Code scored it as one."""
    stated = policy()
    cell = recount(stated.spec(), [{"g": "a", "y": y, "p": 1} for y in (1, 0, None, float("nan"), "")]).cell()
    assert cell.count(Count.NEGATIVE) == 1
    assert METRICS["precision"].estimands[0].counts(cell) == (1, 2)
    assert METRICS["selection_rate"].estimands[0].counts(cell) == (5, 5)


def test_trap_10_a_missing_prediction_is_not_a_decision_against():
    """Fairlearn counts a NaN in y_pred as not selected."""
    stated = policy()
    cell = recount(stated.spec(), [{"g": "a", "y": 1, "p": p} for p in (1, 0, None, float("nan"))]).cell()
    assert METRICS["selection_rate"].estimands[0].counts(cell) == (1, 2)
    assert METRICS["true_positive_rate"].estimands[0].counts(cell) == (1, 2)


def weighted(weight_of_b):
    """Return rows of two groups, b selected half as often as a and weighted as stated."""
    groups = (("a", 80, 1.0), ("b", 40, weight_of_b))
    return pd.DataFrame([{"g": g, "y": 1, "p": int(i < k), "w": w} for g, k, w in groups for i in range(100)])


def test_trap_10_a_missing_weight_is_an_error_and_not_a_perfect_ratio(tmp_path):
    """Fairlearn: one NaN in sample_weight gives a demographic parity ratio of 1.0."""
    rows = weighted(1.0)
    rows.loc[150, "w"] = float("nan")
    theirs = fairlearn.metrics.demographic_parity_ratio(rows.y, rows.p, sensitive_features=rows.g, sample_weight=rows.w)
    assert theirs == 1.0
    rows.to_csv(tmp_path / "rows.csv", index=False)
    with pytest.raises(DataError, match="missing"):
        api.audit(tmp_path / "rows.csv", policy=policy(weight="w"))


def test_trap_10_a_group_whose_rows_weigh_nothing_has_no_rate():
    """Fairlearn's ratio of such a group is 1.0 as well."""
    rows = weighted(0.0)
    with np.errstate(invalid="ignore"):
        theirs = fairlearn.metrics.demographic_parity_ratio(
            rows.y, rows.p, sensitive_features=rows.g, sample_weight=rows.w
        )
    assert theirs == pytest.approx(1.0)
    stated = policy(weight="w")
    found = judge(recount(stated.spec(), rows.to_dict("records")), stated)
    assert group(found, "b").metrics["selection_rate"].value is None
    assert found.verdict is INCONCLUSIVE


def test_trap_11_text_labels_are_not_silently_negative(tmp_path):
    """Fairlearn's rates of "yes" and "no" are 0.0, since 1 never occurs."""
    pd.DataFrame({"g": ["a", "b"] * 50, "y": ["yes", "no"] * 50, "p": ["yes", "no", "no", "yes"] * 25}).to_csv(
        tmp_path / "rows.csv", index=False
    )
    with pytest.raises(DataError, match="positive"):
        api.audit(tmp_path / "rows.csv", policy=policy())
    cube = api.tabulate(tmp_path / "rows.csv", policy=policy(positive="yes"))
    assert METRICS["selection_rate"].estimands[0].counts(cube.cell()) == (50, 100)


def test_trap_11_scores_are_no_labels():
    """Fairlearn's selection_rate of scores is 0.0 without an error."""
    assert fairlearn.metrics.selection_rate([0, 1], [0.9, 0.2]) == 0.0
    stated = policy({"metric": "mean_prediction", "compare": "ratio", "min": 0.8})
    assert stated.spec().prediction_kind == "number"
    rows = [{"g": g, "y": 1, "p": p} for g in "ab" for p in (0.9, 0.2) * 40]
    found = judge(recount(stated.spec(), rows), stated)
    assert "selection_rate" not in found.everybody().metrics
    assert found.everybody().metrics["mean_prediction"].value == pytest.approx(0.55)


def test_trap_12_rows_belong_together_by_key_and_not_by_place(tmp_path):
    """Fairlearn pairs by position whatever the indices say, which turns the rates of these two groups round."""
    predictions = pd.DataFrame({"id": range(200), "y": 1, "p": [1] * 100 + [0] * 100})
    customers = pd.DataFrame({"id": range(200), "g": ["a"] * 100 + ["b"] * 100})
    by_place = fairlearn.metrics.MetricFrame(
        metrics=fairlearn.metrics.selection_rate,
        y_true=predictions.y,
        y_pred=predictions.p,
        sensitive_features=customers.g[::-1],
    )
    assert dict(by_place.by_group) == {"a": 0.0, "b": 1.0}
    predictions.to_csv(tmp_path / "predictions.csv", index=False)
    customers[::-1].to_csv(tmp_path / "customers.csv", index=False)
    found = api.audit(tmp_path / "predictions.csv", tmp_path / "customers.csv", policy(id="id"))
    assert [group(found, g).metrics["selection_rate"].value for g in "ab"] == [1.0, 0.0]


def test_trap_12_a_customer_with_two_sets_of_attributes_is_an_error(tmp_path):
    pd.DataFrame({"id": [1, 2, 3], "y": 1, "p": [1, 0, 1]}).to_csv(tmp_path / "predictions.csv", index=False)
    pd.DataFrame({"id": [1, 2, 2, 3], "g": list("abab")}).to_csv(tmp_path / "customers.csv", index=False)
    with pytest.raises(DataError, match=r"customers\.csv"):
        api.audit(tmp_path / "predictions.csv", tmp_path / "customers.csv", policy(id="id"))


@pytest.mark.parametrize("k", [0, 1])
def test_trap_13_one_row_is_no_certainty(k):
    """Fairlearn's bootstrap gives a group of one row the interval [1.0, 1.0]."""
    interval = intervals.rate(k, 1, 0.95)
    assert interval.high - interval.low > 0.95


def test_trap_15_opposite_gaps_do_not_cancel():
    """AIF360's average odds difference is 0 where FPR differs by +1 and TPR by -1."""
    stated = policy({"metric": "equalized_odds", "max": 0.1}, labels="complete")
    found = audit(
        stated, ({"g": "a"}, reached(100, 100, rest=100)), ({"g": "b"}, reached(0, 100, rest=100, wrongly=100))
    )
    assert {f.estimand: abs(f.value) for f in found.findings} == {"true positive rate": 1, "false positive rate": 1}
    assert found.verdict is FAIL
    alias = policy({"metric": "equalized_odds_difference", "max": 0.1}, labels="complete")
    cube = table(alias, ({"g": "a"}, reached(100, 100, rest=100)), ({"g": "b"}, reached(0, 100, rest=100, wrongly=100)))
    assert judge(cube, alias).rules[0].worst.value == 1


def test_trap_17_a_ratio_below_one_and_a_difference_below_zero_mean_worse_off():
    made = {"well": (600, 1000), "badly": (300, 1000)}
    assert rates(policy(), **made).findings[0].value == 0.5
    assert rates(policy({"metric": "statistical_parity", "max": 0.1}), **made).findings[0].value == pytest.approx(-0.3)


def test_trap_18_a_bad_group_does_not_drag_its_own_reference():
    """3 groups at 1, 1, 0: AIF360 and smclarify compare with the rest and read 0.5, 0.5 and 0."""
    found = rates(policy(), a=(1000, 1000), b=(1000, 1000), c=(0, 1000))
    assert found.verdict is FAIL
    assert {f.value for f in found.findings if f.group == {"g": "c"}} == {0.0}
    assert all(f.value == 1.0 for f in found.findings if f.group != {"g": "c"})


def test_trap_19_everybody_is_not_a_reference():
    """Fairlearn's to_overall gives 0.5 where between_groups gives 0.33."""
    assert "overall" not in Policy.model_json_schema()["$defs"]["Groups"]["properties"]["reference"]["enum"]
    found = rates(policy(), a=(300, 1000), b=(900, 1000))
    assert found.findings[0].value == pytest.approx(1 / 3)


def test_trap_20_a_ratio_of_values_below_zero_is_refused():
    stated = policy({"metric": "mean_label", "compare": "ratio", "min": 0.8}, labels="complete")
    rows = [{"g": g, "p": 1, "y": sign * value} for g, sign in (("a", 1), ("b", -1)) for value in (0.9, 1.1) * 500]
    found = judge(recount(stated.spec(), rows), stated)
    assert found.verdict is INCONCLUSIVE
    assert found.findings[0].value is None
    assert found.findings[0].reason == "a ratio of values below 0 has no meaning"
    same = [{**row, "y": -abs(row["y"])} for row in rows]
    assert judge(recount(stated.spec(), same), stated).verdict is INCONCLUSIVE


TYPES = {
    "numbers": lambda values: values.astype(int),
    "fractions": lambda values: values.astype(float),
    "booleans": lambda values: values.astype(bool),
    "text": lambda values: values.astype(int).astype(str),
    "categories": lambda values: values.astype(int).astype(str).astype("category"),
}


@pytest.mark.parametrize(
    ("kind", "form"), [*((kind, "parquet") for kind in TYPES), ("numbers", "csv"), ("text", "csv")]
)
def test_trap_21_zero_and_one_mean_the_same_in_every_type(kind, form, tmp_path):
    """Aequitas refuses integers and categories, AIF360 text of pandas 3."""
    rows = pd.DataFrame({"g": ["a", "b"] * 100, "y": [1, 1, 0, 0] * 50, "p": [1, 0, 0, 1, 1] * 40})
    typed = rows.assign(y=TYPES[kind](rows.y), p=TYPES[kind](rows.p))
    file = tmp_path / f"rows.{form}"
    typed.to_csv(file, index=False) if form == "csv" else typed.to_parquet(file)
    expected = recount(policy().spec(), rows.to_dict("records"))
    assert dict(api.tabulate(file, policy=policy()).cells) == dict(expected.cells)


@pytest.mark.parametrize("kind", ["fractions", "booleans"])
def test_trap_21_text_that_only_looks_like_one_is_asked_about_and_not_guessed(kind, tmp_path):
    """In a text file 1.0 and True are texts of their own: an error that says how to name them, never a rate of 0."""
    values = TYPES[kind](pd.Series([1, 0] * 50))
    pd.DataFrame({"g": ["a", "a", "b", "b"] * 25, "y": values, "p": values}).to_csv(tmp_path / "rows.csv", index=False)
    with pytest.raises(DataError, match="positive value 1 never occurs"):
        api.audit(tmp_path / "rows.csv", policy=policy())
    cube = api.tabulate(tmp_path / "rows.csv", policy=policy(positive="1.0" if kind == "fractions" else "True"))
    assert METRICS["selection_rate"].estimands[0].counts(cube.cell()) == (50, 100)


def test_trap_22_a_score_at_the_threshold_is_selected_whatever_the_order_of_rows():
    stated = policy(score="s", threshold=0.5)
    rows = [{"g": "a", "y": 1, "p": 0, "s": s} for s in (0.5, 0.5, 0.4999, 0.5001)]
    for order in (rows, rows[::-1]):
        assert METRICS["selection_rate"].estimands[0].counts(recount(stated.spec(), order).cell()) == (3, 4)


def test_trap_23_nothing_passes_without_a_limit():
    for metric in METRICS.values():
        if metric.min is None and metric.max is None:
            for compare in ("value",) if metric.compare == "value" else ("ratio", "difference", "value"):
                rule = {"metric": metric.name, "compare": compare} | ({"of": "s"} if metric.needs_column else {})
                with pytest.raises(UsageError, match="no default limit"):
                    policy(rule)
                measured = policy(rule, verdict={"without_limit": "report"}, score="s")
                found = audit(measured, *(({"g": g}, reached(400, 800, rest=800, wrongly=200)) for g in "ab"))
                assert found.verdict is INCONCLUSIVE


@pytest.mark.parametrize("unfair", [True, False])
def test_trap_23_the_command_and_the_library_are_one_gate(unfair, tmp_path, monkeypatch, capsys):
    """Fairpipe's two gates disagreed, and without a threshold its command always exits 0."""
    monkeypatch.chdir(tmp_path)
    share = 0.3 if unfair else 0.5
    rows = [{"g": g, "y": 1, "p": int(i < p * 2000)} for g, p in (("a", 0.5), ("b", share)) for i in range(2000)]
    pd.DataFrame(rows).to_csv("rows.csv", index=False)
    found = api.audit("rows.csv", policy=policy())
    code = main(
        ["check", "rows.csv", "--prediction", "p", "--protected", "g", "--rule", "disparate_impact", "--no-out"]
    )
    assert (found.verdict, code) == ((FAIL, 1) if unfair else (PASS, 0))
    assert code == found.exit_code
    assert found.verdict.value.upper() in capsys.readouterr().out


def test_trap_24_a_number_below_the_limit_is_not_printed_as_the_limit():
    """aedt-audit: 0.796 must not stand as 0.80 beside "below 0.8"."""
    stated = policy(verdict={"decide_on": "point"})
    text = FORMATS["text"](rates(stated, a=(39_980, 100_000), b=(50_000, 100_000)))
    row = next(line for line in text.splitlines() if line.startswith("disparate_impact"))
    assert row.split()[1:4] == [">=", "0.80", "0.7996"]
    assert "79.96 times for every 100 times that g b were" in " ".join(text.split())


def test_trap_24_a_ratio_of_0_796_is_below_four_fifths():
    """Dalex rounds rates to three digits before it divides."""
    point = {"verdict": {"decide_on": "point"}}
    assert rates(policy(**point), a=(39799, 100000), b=(50000, 100000)).verdict is FAIL
    assert rates(policy(**point), a=(39999, 100000), b=(50000, 100000)).verdict is FAIL
    assert rates(policy(**point), a=(40000, 100000), b=(50000, 100000)).verdict is PASS
    assert rates(policy(), a=(398, 1000), b=(500, 1000)).findings[0].value == 0.398 / 0.5


def test_trap_25_the_band_of_a_ratio_is_written_down():
    """Aequitas 0.8 to 1.25, jurity 0.8 to 1.2, fairlearn at most 1: ours follows from the one stated limit."""
    (rule,) = policy().rules
    assert Band.of(rule, any_pair=True).ends == Band.of(rule, any_pair=False).ends == (0.8, 1.25)


def test_trap_26_a_metric_that_cannot_be_had_is_in_the_verdict():
    """Smclarify logs that a metric failed and returns the rest."""
    stated = policy({"metric": "disparate_impact"}, {"metric": "auc_parity", "max": 0.1})
    found = rates(stated, a=(5000, 10000), b=(5000, 10000))
    assert [rule.verdict for rule in found.rules] == [PASS, INCONCLUSIVE]
    assert found.verdict is INCONCLUSIVE


def test_trap_27_names_mean_what_the_field_means():
    """Aequitas' "Statistical Parity" is a share of all selected, veritastool's calibration a gap of two precisions."""
    metric, compare = find("statistical_parity")
    assert (metric.estimands[0].of, metric.estimands[0].among) == (Count.SELECTED, Count.DECIDED)
    assert compare == "difference"
    stated = policy({"metric": "calibration", "min": 0.8}, score="s")
    cell = recount(stated.spec(), [{"g": "a", "y": y, "p": 1, "s": 0.5} for y in (1, 1, 1, 0)]).cell()
    assert METRICS["calibration"].estimands[0].value(cell, stated.spec()) == pytest.approx(1.5)


def test_trap_14_the_limits_of_a_rate_cover_it_as_often_as_they_say():
    """Fairpipe's BCa was resampled twice: check by counting (here the mean of a price, by simulation)."""
    rng = np.random.default_rng(14)
    covered = 0
    for _ in range(2000):
        values = rng.gamma(4.0, 25.0, 60)
        interval = intervals.mean(60, float(values.mean()), float(values.var(ddof=1)), 0.90)
        covered += interval.low <= 100.0 <= interval.high
    assert abs(covered / 2000 - 0.90) < 4 * math.sqrt(0.09 / 2000)
