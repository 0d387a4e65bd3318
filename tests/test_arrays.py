"""Arrays in scikit-learn's form: the same audit as a table of the same rows."""

import fairlearn.metrics
import numpy as np
import pandas as pd
import polars as pl
import pytest

import fairaudit
from fairaudit.errors import DataError, UsageError

RULES = {"rule": [{"metric": "disparate_impact"}, {"metric": "equal_opportunity"}]}
RNG = np.random.default_rng(11)
N = 900
Y, P, S, W = (RNG.random(N) < 0.4).astype(int), (RNG.random(N) < 0.5).astype(int), RNG.random(N), RNG.random(N)
SEX = np.array(["f", "m", "x"])[RNG.integers(0, 3, N)]
AGE = np.array(["young", "old"])[RNG.integers(0, 2, N)]


def frame():
    return pd.DataFrame({"y": Y, "p": P, "s": S, "w": W, "sex": SEX, "age": AGE})


def same(arrays, policy=RULES, **data):
    """Hold an audit of arrays against one of a table."""
    roles = {"label": "y", "prediction": "p", "protected": ["sex"], **data}
    return fairaudit.audit(**arrays, policy=policy).findings, fairaudit.audit(
        frame(), policy={**policy, "data": roles}
    ).findings


@pytest.mark.parametrize("kind", [np.asarray, list, pd.Series, pl.Series, tuple], ids=lambda kind: kind.__module__)
def test_every_kind_of_array_is_the_table(kind):
    sex = {"sex": kind(SEX.tolist())}
    arrays, table = same({"y_true": kind(Y.tolist()), "y_pred": kind(P.tolist()), "sensitive_features": sex})
    assert arrays == table


def test_scores_and_weights():
    given = {"y_true": Y, "y_pred": P, "y_score": S, "sample_weight": W, "sensitive_features": {"sex": SEX}}
    arrays, table = same(given, {"rule": [{"metric": "auc_parity", "max": 0.2}]}, score="s", weight="w")
    assert arrays == table


def test_a_score_with_a_threshold_decides():
    found = fairaudit.audit(
        y_score=S, sensitive_features={"sex": SEX}, policy={**RULES, "data": {"score": "y_score", "threshold": 0.7}}
    ).everybody()
    assert found.metrics["selection_rate"].numerator == int((S >= 0.7).sum())


def test_the_values_are_fairlearns():
    ours = fairaudit.audit(
        y_true=Y,
        y_pred=P,
        sensitive_features=pd.DataFrame({"sex": SEX, "age": AGE}),
        policy={"rule": [{"metric": "demographic_parity_ratio", "min": 0.1, "protected": ["sex"]}]},
    )
    theirs = fairlearn.metrics.demographic_parity_ratio(Y, P, sensitive_features=SEX)
    assert ours.rules[0].worst.value == pytest.approx(theirs, abs=1e-12)
    assert ours.policy.data.protected == ("sex", "age")


@pytest.mark.parametrize(
    ("features", "names"),
    [
        (SEX, ("sensitive_feature",)),
        (pd.Series(SEX, name="sex"), ("sex",)),
        (np.column_stack([SEX, AGE]), ("sensitive_feature_0", "sensitive_feature_1")),
        (pl.DataFrame({"sex": SEX, "age": AGE}), ("sex", "age")),
        ({"sex": SEX, "age": AGE}, ("sex", "age")),
    ],
)
def test_groups_keep_or_get_a_name(features, names):
    found = fairaudit.audit(y_true=Y, y_pred=P, sensitive_features=features, policy=RULES)
    assert found.policy.data.protected == names


def test_a_policy_may_protect_one_feature_and_segment_by_another():
    data = {"protected": ["sex"], "segments": ["age"]}
    found = fairaudit.audit(
        y_true=Y, y_pred=P, sensitive_features={"sex": SEX, "age": AGE}, policy={**RULES, "data": data}
    )
    assert {tuple(finding.segment) for finding in found.findings} == {(), ("age",)}


def test_missing_values_are_missing():
    decisions = P.astype(float)
    decisions[:9] = np.nan
    found = fairaudit.audit(y_true=Y, y_pred=decisions, sensitive_features={"sex": SEX}, policy=RULES)
    assert found.ledger.missing_prediction == 9


@pytest.mark.parametrize(
    ("given", "error", "message"),
    [
        ({"y_true": Y, "y_pred": P[:-1], "sensitive_features": SEX}, DataError, "y_true 900, y_pred 899"),
        ({"y_true": Y, "y_pred": P}, UsageError, "sensitive_features"),
        ({"y_true": Y, "sensitive_features": SEX}, UsageError, "y_pred"),
        ({"y_pred": P.reshape(-1, 1), "sensitive_features": SEX}, DataError, "2 dimensions"),
        ({"y_pred": P, "sensitive_features": {"y_true": SEX}}, DataError, "name of another argument"),
        ({"y_pred": np.array([1, "secret", 2.5] * 300, dtype=object), "sensitive_features": SEX}, DataError, "mixes"),
        ({"y_pred": pd.Series(P), "sensitive_features": pd.Series(SEX)[::-1]}, DataError, "different indices"),
        ({"predictions": frame(), "y_pred": P, "sensitive_features": SEX}, UsageError, "not both"),
    ],
)
def test_arrays_that_do_not_fit_are_refused_without_a_value(given, error, message):
    with pytest.raises(error, match=message) as caught:
        fairaudit.audit(**given, policy=RULES)
    assert "secret" not in str(caught.value)


def test_series_with_one_index_are_taken_in_its_order():
    index = pd.Index(range(N))[::-1]
    found = fairaudit.audit(
        y_true=pd.Series(Y, index), y_pred=pd.Series(P, index), sensitive_features=pd.Series(SEX, index), policy=RULES
    )
    plain = fairaudit.audit(y_true=Y, y_pred=P, sensitive_features=SEX, policy=RULES)
    assert found.findings == plain.findings
