"""What one cell gives: rates, means, areas and calibration, each with its interval, and what each needs."""

import math
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from rows import recount
from scipy import stats

from fairaudit import intervals
from fairaudit.cube import Cell, Count
from fairaudit.estimands import (
    Mean,
    Odds,
    Rate,
    estimate,
    unmet,
)
from fairaudit.intervals import INF, Interval
from fairaudit.metrics import METRICS, PER_GROUP
from fairaudit.spec import Spec

SPEC = Spec(label="y", prediction="p", score="s", curves=((),), bins=20)
TPR = Rate("true positive rate", of=Count.TP, among=Count.TP | Count.FN)
NAMES = ("TP", "FP", "SELECTED_UNLABELLED", "FN", "TN", "PASSED_UNLABELLED")


def cell(**counts):
    every = [counts.get(name, 0) for name in NAMES]
    return Cell((*every, 0, 0, 0))


def ends(interval):
    return interval.low, interval.high


# --- rates ----------------------------------------------------------------------------------------------------------


def test_a_rate_is_its_definition():
    here = cell(TP=3, FN=1, FP=9, TN=7)
    assert TPR.counts(here) == (3, 4)
    assert TPR.size(here) == 4
    assert TPR.value(here, SPEC) == 0.75
    assert TPR.exact(here, SPEC) == Fraction(3, 4)
    assert TPR.interval(here, SPEC, 0.9) == intervals.rate(3, 4, 0.9)
    assert TPR.interval(here, SPEC, 0.9, "wilson") == intervals.rate(3, 4, 0.9, "wilson")


def test_a_rate_of_nobody_is_undefined():
    """FIELD trap 2: fairlearn calls the true positive rate of a group without positives 0."""
    nobody = cell(FP=9, TN=7)
    assert math.isnan(TPR.value(nobody, SPEC))
    assert TPR.exact(nobody, SPEC) is None
    assert TPR.interval(nobody, SPEC, 0.9) == Interval(0.0, 1.0)
    both = estimate(TPR, nobody, SPEC, 0.9)
    assert math.isnan(both.value)
    assert both.interval == Interval(0.0, 1.0)


@pytest.mark.parametrize(
    ("name", "needs"),
    [
        ("selection_rate", {"prediction"}),
        ("base_rate", {"label"}),
        ("true_positive_rate", {"label", "prediction"}),
        ("precision", {"label", "prediction"}),
        ("accuracy", {"label", "prediction"}),
        ("treatment_equality", {"label", "prediction"}),
        ("mean_score", {"score"}),
        ("mean_label", {"label mean"}),
        ("mean_prediction", {"prediction mean"}),
        ("roc_auc", {"label", "curve"}),
        ("calibration", {"label", "probability"}),
    ],
)
def test_what_a_metric_needs(name, needs):
    assert PER_GROUP[name].needs == needs


@pytest.mark.parametrize(
    "name", ["disparate_impact", "statistical_parity", "selection_rate", "mean_prediction", "mean_score"]
)
def test_metrics_that_need_no_label_can_be_audited_without_one(name):
    spec = Spec(prediction="p", score="s")
    assert unmet(METRICS[name].estimands[0].needs, spec) is None


@pytest.mark.parametrize(
    ("name", "used"),
    [
        ("selection_rate", False),
        ("precision", False),
        ("false_discovery_rate", False),
        ("true_positive_rate", True),
        ("false_negative_rate", True),
        ("false_positive_rate", True),
        ("true_negative_rate", True),
        ("negative_predictive_value", True),
        ("false_omission_rate", True),
        ("accuracy", True),
        ("base_rate", True),
        ("mean_label", True),
        ("mean_score", False),
        ("mean_prediction", False),
        ("treatment_equality", True),
        ("roc_auc", True),
        ("calibration", True),
    ],
)
def test_which_metrics_use_the_labels_of_those_who_were_not_selected(name, used):
    assert PER_GROUP[name].passed_labels is used


# --- odds -----------------------------------------------------------------------------------------------------------

ODDS = METRICS["treatment_equality"].estimands[0]


def test_treatment_equality_is_false_negatives_over_false_positives():
    here = cell(FN=6, FP=8, TP=50, TN=60)
    assert ODDS.value(here, SPEC) == pytest.approx(0.75)
    assert ODDS.size(here) == 14
    low, high = ends(intervals.rate(6, 14, 0.9))
    assert ends(ODDS.interval(here, SPEC, 0.9)) == pytest.approx((low / (1 - low), high / (1 - high)))


def test_odds_of_counts_are_exact():
    """DESIGN 5.2: a true 0.8 must not become 0.79999."""
    assert ODDS.exact(cell(FN=4, FP=10), SPEC) == Fraction(2, 5)
    assert ODDS.exact(cell(FN=4), SPEC) is None
    assert ODDS.exact(cell(), SPEC) is None


def test_odds_without_false_positives_are_undefined_and_have_no_upper_limit():
    here = cell(FN=6)
    assert math.isnan(ODDS.value(here, SPEC))
    assert ODDS.interval(here, SPEC, 0.9).high == INF
    assert ODDS.interval(here, SPEC, 0.9).low > 0


def test_odds_without_errors_are_undefined():
    assert math.isnan(ODDS.value(cell(TP=5), SPEC))
    assert ODDS.size(cell(TP=5)) == 0


def test_odds_are_of_any_rate():
    odds = Odds("odds of selection", Rate("", of=Count.SELECTED, among=Count.DECIDED))
    assert odds.needs == {"prediction"}
    assert not odds.passed_labels
    assert odds.value(cell(TP=1, TN=4), SPEC) == pytest.approx(0.25)


# --- means ----------------------------------------------------------------------------------------------------------

VALUES = st.lists(st.floats(-1e6, 1e6), min_size=2, max_size=30)


@pytest.mark.parametrize(
    ("of", "spec"),
    [
        ("score", Spec(score="s")),
        ("label", Spec(label="s", label_kind="number")),
        ("prediction", Spec(prediction="s", prediction_kind="number")),
    ],
)
def test_a_mean_of_numbers_has_students_interval(of, spec):
    values = np.random.default_rng(3).gamma(2, 30, 40).round(2)
    here = recount(spec, [{"s": value} for value in [*values, None]]).cell()
    mean = Mean("mean", of=of)
    assert mean.size(here) == 40
    assert mean.value(here, spec) == pytest.approx(values.mean(), rel=1e-12)
    expected = stats.t.interval(0.9, 39, values.mean(), stats.sem(values))
    assert ends(mean.interval(here, spec, 0.9)) == pytest.approx(expected, rel=1e-9)


@given(VALUES)
def test_a_mean_is_the_mean(values):
    spec = Spec(score="s")
    here = recount(spec, [{"s": value} for value in values]).cell()
    assert Mean("", of="score").value(here, spec) == pytest.approx(math.fsum(values) / len(values), abs=1e-6, rel=1e-9)


@pytest.mark.parametrize(("of", "k", "n"), [("label", 12, 40), ("prediction", 10, 40)])
def test_a_mean_of_two_values_is_their_rate(of, k, n):
    here = cell(TP=7, FN=5, FP=3, TN=25)
    mean = Mean("mean", of=of)
    assert mean.size(here) == n
    assert mean.value(here, SPEC) == k / n


def test_a_mean_of_two_values_that_were_all_the_same_is_not_certain():
    """FIELD trap 13: a group in which everybody has the same value must not get an interval without width."""
    for here in (cell(TP=40), cell(TN=40)):
        interval = Mean("mean label", of="label").interval(here, SPEC, 0.9)
        assert interval.high - interval.low > 0.05


def test_a_mean_of_nothing_is_undefined():
    for of in ("score", "label", "prediction"):
        mean = Mean("mean", of=of)
        assert mean.size(Cell()) == 0
        assert math.isnan(mean.value(Cell(), SPEC))
        assert mean.interval(Cell(), SPEC, 0.9) in (Interval(-INF, INF), Interval(0.0, 1.0))


def test_one_value_has_no_interval():
    spec = Spec(score="s")
    here = recount(spec, [{"s": 3.5}]).cell()
    assert Mean("", of="score").interval(here, spec, 0.9) == Interval(-INF, INF)


def test_a_mean_is_exact():
    spec = Spec(score="s")
    here = recount(spec, [{"s": value} for value in (0.5, 0.25)]).cell()
    assert Mean("", of="score").exact(here, spec) == Fraction(3, 8)
    assert Mean("", of="score").exact(Cell(), spec) is None


# --- what the data cannot give --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("needs", "spec", "reason"),
    [
        ({"label"}, Spec(prediction="p"), "no label column"),
        ({"prediction"}, Spec(label="y"), "no prediction, nor a score with a threshold"),
        ({"score"}, Spec(label="y"), "no score column"),
        ({"curve"}, Spec(label="y"), "no score column"),
        ({"probability"}, Spec(label="y"), "no score column"),
        ({"label mean"}, Spec(), "no label column"),
        ({"prediction mean"}, Spec(), "no prediction"),
        ({"label"}, Spec(label="y", label_kind="number"), "the label is a number, not one of two values"),
        ({"prediction"}, Spec(prediction="p", prediction_kind="number"), "the prediction is a number"),
        ({"label mean"}, Spec(label="y", positive="yes"), "the label is a category, which has no mean"),
        ({"prediction mean"}, Spec(prediction="p", positive="yes"), "the prediction is a category"),
        ({"probability"}, Spec(score="s", score_range=(0, 10)), "not a probability between 0 and 1"),
        ({"probability"}, Spec(score="s", score_range=(-1, 1)), "not a probability between 0 and 1"),
    ],
)
def test_the_reason_why_the_data_cannot_answer(needs, spec, reason):
    assert reason in unmet(frozenset(needs), spec)


@pytest.mark.parametrize(
    ("needs", "spec"),
    [
        ({"label", "prediction"}, Spec(label="y", prediction="p")),
        ({"prediction"}, Spec(score="s", threshold=0.5)),
        ({"prediction"}, Spec(score="s", threshold=0.5, prediction="p", prediction_kind="number")),
        ({"label mean"}, Spec(label="y", label_kind="number", positive="yes")),
        ({"label mean", "prediction mean"}, Spec(label="y", prediction="p")),
        ({"curve", "score"}, Spec(score="s", score_range=(0, 10))),
        ({"probability"}, Spec(score="s", score_range=(0, 0.5))),
    ],
)
def test_data_that_can_answer(needs, spec):
    assert unmet(frozenset(needs), spec) is None


@pytest.mark.parametrize("need", ["curve", "probability"])
def test_scores_outside_the_declared_range_make_curves_not_evaluable(need):
    reason = unmet(frozenset({need}), Spec(score="s"), scores_outside=1200)
    assert "1,200 scores lie outside 0 to 1" in reason
    assert unmet(frozenset({"score"}), Spec(score="s"), scores_outside=1200) is None
