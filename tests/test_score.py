"""Score: any metric of scikit-learn or fairlearn on a cell equals the metric on the rows, and so does its jackknife."""

import math

import numpy as np
import pytest
import sklearn.metrics
from rows import recount
from scipy import stats

from fairaudit.cube import Cell
from fairaudit.errors import UsageError
from fairaudit.intervals import INF, Interval
from fairaudit.score import Score
from fairaudit.spec import Spec

SPEC = Spec(label="y", prediction="p", score="s", curves=((),), bins=20)
NAMES = [
    "accuracy_score",
    "balanced_accuracy_score",
    "cohen_kappa_score",
    "f1_score",
    "hamming_loss",
    "jaccard_score",
    "matthews_corrcoef",
    "precision_score",
    "recall_score",
    "zero_one_loss",
    "mean_squared_error",
    "true_positive_rate",
    "selection_rate",
]


def function(name):
    import fairlearn.metrics

    return getattr(sklearn.metrics, name, None) or getattr(fairlearn.metrics, name)


def labels(seed, n=40):
    rng = np.random.default_rng(seed)
    y = rng.integers(0, 2, n)
    return y, np.where(rng.random(n) < 0.75, y, 1 - y)


def cell(y, p):
    unlabelled = [{"y": None, "p": 1}, {"y": 1, "p": None}]
    return recount(SPEC, [{"y": int(a), "p": int(b)} for a, b in zip(y, p, strict=True)] + unlabelled).cell()


def counted(tp=0, fp=0, fn=0, tn=0):
    return Cell((tp, fp, 0, fn, tn, 0, 0, 0, 0))


@pytest.mark.parametrize("name", NAMES)
def test_the_value_on_a_cell_is_the_value_on_the_rows(name):
    for seed in range(5):
        y, p = labels(seed)
        score = Score(name)
        assert score.value(cell(y, p), SPEC) == pytest.approx(function(name)(y, p), abs=1e-12)
        assert score.size(cell(y, p)) == len(y)


@pytest.mark.parametrize("name", NAMES)
def test_the_interval_is_the_delete_one_jackknife_on_the_rows(name):
    for seed in range(3):
        y, p = labels(seed)
        n = len(y)
        without = np.array([function(name)(np.delete(y, i), np.delete(p, i)) for i in range(n)])
        error = math.sqrt((n - 1) / n * ((without - without.mean()) ** 2).sum())
        t = stats.t.ppf(0.95, n - 1)
        value = function(name)(y, p)
        interval = Score(name).interval(cell(y, p), SPEC, 0.9)
        assert (interval.low, interval.high) == pytest.approx((value - t * error, value + t * error), abs=1e-12)


def test_the_jackknife_of_a_mean_is_the_usual_interval_of_a_mean():
    y, p = labels(9)
    right = (y == p).astype(float)
    expected = stats.t.interval(0.9, len(y) - 1, right.mean(), stats.sem(right))
    interval = Score("accuracy_score").interval(cell(y, p), SPEC, 0.9)
    assert (interval.low, interval.high) == pytest.approx(expected, abs=1e-12)


def test_a_metric_of_scores_takes_the_middle_of_each_bin():
    middles = (np.arange(20) + 0.5) / 20
    rng = np.random.default_rng(2)
    y = rng.integers(0, 2, 80)
    s = middles[np.clip(rng.integers(0, 20, 80) + 4 * y, 0, 19)]
    here = recount(SPEC, [{"y": int(a), "p": 0, "s": float(b)} for a, b in zip(y, s, strict=True)]).cell()
    for name in ("roc_auc_score", "brier_score_loss", "log_loss", "average_precision_score"):
        score = Score(name, scores=True)
        assert score.needs == {"label", "curve"}
        assert score.size(here) == 80
        assert score.value(here, SPEC) == pytest.approx(function(name)(y, s), abs=1e-12)


def test_the_middles_follow_the_declared_range_of_the_score():
    spec = Spec(label="y", score="s", score_range=(-10, 10), curves=((),), bins=20)
    here = recount(spec, [{"y": 1, "s": 9.2}, {"y": 0, "s": -9.9}]).cell()
    _, scores, weights = Score("roc_auc_score", scores=True).rows(here, spec)
    assert scores.tolist() == [9.5, -9.5]
    assert weights.tolist() == [1, 1]


def test_empty_outcomes_are_left_out():
    y, p, weight = Score("accuracy_score").rows(counted(tp=3, tn=4), SPEC)
    assert (y.tolist(), p.tolist(), weight.tolist()) == ([1, 0], [1, 0], [3, 4])


def test_a_function_of_ones_own_is_called_like_the_others():
    def net_gain(y_true, y_pred, sample_weight=None):
        return np.average(10.0 * y_true * y_pred - y_pred, weights=sample_weight)

    y, p = labels(4)
    score = Score(net_gain)
    assert score.name == "net gain"
    assert score.value(cell(y, p), SPEC) == pytest.approx(net_gain(y, p), abs=1e-12)
    assert Score(net_gain, title="profit").name == "profit"
    assert Score(lambda *_, **__: 0.0).name == "<lambda>"
    assert Score("f1_score").name == "f1 score"


def test_a_score_needs_both_columns_and_every_label():
    assert Score("f1_score").needs == {"label", "prediction"}
    assert Score("f1_score").passed_labels


@pytest.mark.parametrize("here", [Cell(), counted(tp=1)])
def test_under_two_rows_nothing_is_known(here):
    assert Score("accuracy_score").interval(here, SPEC, 0.9) == Interval(-INF, INF)


def test_of_an_empty_cell_the_value_is_undefined():
    assert math.isnan(Score("accuracy_score").value(Cell(), SPEC))
    assert Score("roc_auc_score", scores=True).size(Cell()) == 0


@pytest.mark.parametrize(
    ("name", "here"),
    [
        ("precision_score", counted(fn=20, tn=20)),
        ("recall_score", counted(fp=20, tn=20)),
        ("roc_auc_score", counted(fp=20, tn=20)),
        ("cohen_kappa_score", counted(tn=40)),
        ("log_loss", counted(fp=20, tn=20)),
    ],
)
def test_what_the_library_warns_of_as_undefined_is_undefined_and_not_zero(name, here):
    """FIELD trap 2: a group without positives must not get a recall of 0."""
    assert math.isnan(Score(name).value(here, SPEC))
    assert Score(name).interval(here, SPEC, 0.9) == Interval(-INF, INF)


@pytest.mark.parametrize(
    ("name", "here"),
    [
        ("accuracy_score", counted(tp=15, tn=15)),
        ("accuracy_score", counted(fp=15, fn=15)),
        ("f1_score", counted(tp=30, tn=10)),
        ("true_positive_rate", counted(fp=20, tn=20)),
    ],
)
def test_where_the_jackknife_sees_no_variation_no_certainty_is_claimed(name, here):
    """FIELD trap 13: 30 of 30 right is no proof of 100 %; a group of one kind of row must not get a width of 0."""
    assert Score(name).interval(here, SPEC, 0.9) == Interval(-INF, INF)


def test_a_value_that_one_row_makes_undefined_has_no_interval():
    assert Score("recall_score").value(counted(tp=1, tn=20), SPEC) == 1.0
    assert Score("recall_score").interval(counted(tp=1, tn=20), SPEC, 0.9) == Interval(-INF, INF)


def test_warnings_of_the_library_stay_out_of_the_audit():
    # a single class: scikit-learn warns; pytest turns any warning into an error
    assert Score("balanced_accuracy_score").value(counted(tp=3, fn=1), SPEC) == 0.75


def test_an_unknown_name_offers_the_nearest_one():
    with pytest.raises(UsageError, match=r'"f1_scor" is no metric of scikit-learn.* Did you mean "f1_score"'):
        Score("f1_scor").value(counted(tp=3, tn=3), SPEC)


@pytest.mark.parametrize("name", ["demographic_parity_difference", "confusion_matrix"])
def test_what_counts_cannot_answer_is_refused_with_a_sentence(name):
    with pytest.raises(UsageError, match="cannot be computed from counts"):
        Score(name).value(counted(tp=3, fp=2, fn=1, tn=3), SPEC)
