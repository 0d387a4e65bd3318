"""Every metric equals fairlearn's and scikit-learn's number on the rows, group by group.

The two libraries call an empty denominator 0.0; ours is undefined, which is tested by name.
"""

import importlib
import math

import fairlearn.metrics
import numpy as np
import pandas as pd
import pytest
import sklearn.metrics
from fairlearn.metrics import MetricFrame
from public_data import read_rows
from rows import table
from scipy.spatial.distance import cityblock

from fairaudit.cube import Count
from fairaudit.estimands import Rate
from fairaudit.fairlearn_names import ALIASES
from fairaudit.groups import every_group
from fairaudit.metrics import METRICS, PER_GROUP
from fairaudit.policy import Policy
from fairaudit.spec import MISSING
from fairaudit.verdict import judge

RANDOM_SETS = 200


def policy(**data):
    return Policy.parse({"data": {"label": "label", "prediction": "prediction", "score": "score", **data}})


# --- what the libraries say of each metric --------------------------------------------------------------------------


def named(path):
    module, _, name = path.rpartition(".")
    return getattr(importlib.import_module(module), name)


def base_rate(y, _p):
    return fairlearn.metrics.mean_prediction(y, y)


def predictive_values(y, p):
    """Return scikit-learn's precision of either class, (negative, positive) predictive value."""
    return sklearn.metrics.precision_score(y, p, labels=[0, 1], average=None, zero_division=0.0)


def library_rates(y, p):
    """Return the rates that need labels and predictions as fairlearn or scikit-learn gives them: metric -> value."""
    negative, positive = predictive_values(y, p)
    return {
        "true_positive_rate": fairlearn.metrics.true_positive_rate(y, p),
        "false_positive_rate": fairlearn.metrics.false_positive_rate(y, p),
        "true_negative_rate": fairlearn.metrics.true_negative_rate(y, p),
        "false_negative_rate": fairlearn.metrics.false_negative_rate(y, p),
        "precision": positive,
        "negative_predictive_value": negative,
        "false_discovery_rate": 1 - positive,
        "false_omission_rate": 1 - negative,
        "accuracy": sklearn.metrics.accuracy_score(y, p),
    }


def library_margins(y, p):
    """Return the rates that need the labels or the predictions alone."""
    return {
        "selection_rate": fairlearn.metrics.selection_rate(y, p),
        "base_rate": fairlearn.metrics.mean_prediction(y, y),
    }


BOTH = ("label", "prediction")
RATES = {
    "selection_rate": (("prediction",), "all"),
    "base_rate": (("label",), "all"),
    "true_positive_rate": (BOTH, "label 1"),
    "false_positive_rate": (BOTH, "label 0"),
    "true_negative_rate": (BOTH, "label 0"),
    "false_negative_rate": (BOTH, "label 1"),
    "precision": (BOTH, "prediction 1"),
    "negative_predictive_value": (BOTH, "prediction 0"),
    "false_discovery_rate": (BOTH, "prediction 1"),
    "false_omission_rate": (BOTH, "prediction 0"),
    "accuracy": (BOTH, "all"),
}
"""Every rate: the columns that must be known of the rows it looks at, and which of these rows it divides by."""
SAME_RATE = {
    "disparate_impact": ("selection_rate",),
    "statistical_parity": ("selection_rate",),
    "equal_opportunity": ("true_positive_rate",),
    "equalized_odds": ("true_positive_rate", "false_positive_rate"),
    "predictive_equality": ("false_positive_rate",),
    "predictive_parity": ("precision",),
    "accuracy_parity": ("accuracy",),
}
OTHERS = {
    "treatment_equality",
    "mean_score",
    "mean_label",
    "mean_prediction",
    "roc_auc",
    "auc_parity",
    "calibration",
    "shuffle_distance",
}
PERSONALIZATION = {
    "benefit_parity",
    "no_group_harmed",
    "uplift",
    "relative_lift",
    "treated_outcome",
    "control_outcome",
    "price_parity",
    "standardized_mean_difference",
    "mean_value",
}
"""Held against SciPy, NumPy and pandas in test_uplift.py, test_amounts.py and real_data/test_personalization.py."""


def test_every_metric_of_the_table_is_compared_with_a_library():
    assert set(METRICS) == set(RATES) | set(SAME_RATE) | OTHERS | PERSONALIZATION


@pytest.mark.parametrize("name", [name for name, metric in METRICS.items() if metric.oracle])
def test_the_oracle_a_metric_names_is_the_one_used_here(name):
    rng = np.random.default_rng(5)
    y, p = rng.integers(0, 2, 50), rng.integers(0, 2, 50)
    arguments = {"base_rate": (y, y), "mean_score": (y, p), "mean_label": (y, y), "mean_prediction": (y, p)}
    expected = {**library_rates(y, p), **library_margins(y, p)}
    expected |= {"mean_score": p.mean(), "mean_label": y.mean(), "mean_prediction": p.mean()}
    value = named(METRICS[name].oracle)(*arguments.get(name, (y, p)))
    assert value == pytest.approx(expected[SAME_RATE.get(name, (name,))[0]], abs=1e-15)


@pytest.mark.parametrize(("name", "rates"), SAME_RATE.items())
def test_a_named_rule_compares_the_plain_rates(name, rates):
    ours = [(e.of, e.among) for e in METRICS[name].estimands]
    assert ours == [(e.of, e.among) for rate in rates for e in METRICS[rate].estimands]


# --- the rows as the libraries want them ----------------------------------------------------------------------------


def frame(predictions, attributes, columns):
    """Return the joined rows as a data frame: labels and predictions as numbers with gaps, missing groups by name."""
    rows = pd.DataFrame(predictions)
    if attributes is not None:
        rows = rows.merge(pd.DataFrame(attributes), on="customer_id", validate="one_to_one")
    for name in ("label", "prediction", "score"):
        rows[name] = pd.to_numeric(rows[name])
    for name in columns:
        rows[name] = rows[name].astype(object).where(rows[name].notna(), MISSING)
    return rows


def every_rate(y, p):
    """Return {rate: (the library's value, its denominator)}, as one metric for fairlearn's MetricFrame."""
    sizes = {
        "all": len(y),
        **{f"label {value}": int(np.sum(y == value)) for value in (0, 1)},
        **{f"prediction {value}": int(np.sum(p == value)) for value in (0, 1)},
    }
    wrong = sklearn.metrics.confusion_matrix(y, p, labels=[0, 1])
    values = {**library_rates(y, p), **library_margins(y, p)}
    found = {name: (value, sizes[RATES[name][1]]) for name, value in values.items()}
    return {**found, "FN and FP": (int(wrong[1, 0]), int(wrong[0, 1]))}


def margins(y, p):
    """Return the same for the rates that need one column alone."""
    return {name: (value, len(y)) for name, value in library_margins(y, p).items()}


def by_metric_frame(function, rows, view):
    """Return {key: what a function says} by fairlearn's MetricFrame."""
    by_group = MetricFrame(
        metrics=function, y_true=rows["label"], y_pred=rows["prediction"], sensitive_features=rows[list(view)]
    ).by_group.dropna()
    keys = [key if isinstance(key, tuple) else (key,) for key in by_group.index]
    return {tuple(zip(view, key, strict=True)): found for key, found in zip(keys, by_group, strict=True)}


def group_by_group(function, rows, view):
    """Return {key: what a function says} by calling it for each group of rows: faster on small data."""
    return {
        tuple(zip(view, key, strict=True)): function(part["label"].to_numpy(), part["prediction"].to_numpy())
        for key, part in rows.groupby(list(view))
    }


def expected_rates(rows, view, disaggregate):
    """Yield (names of rates, {key: what the libraries say}), each on the rows whose columns are known."""
    if rows[list(BOTH)].notna().all(axis=None):
        parts = [(tuple(RATES), every_rate, rows)]
    else:
        parts = [
            (
                tuple(name for name, (needed, _) in RATES.items() if needed == columns),
                every_rate if columns == BOTH else margins,
                rows.dropna(subset=list(columns)),
            )
            for columns in (("prediction",), ("label",), BOTH)
        ]
    for names, function, part in parts:
        filled = part.assign(**{name: part[name].fillna(0).astype(int) for name in BOTH})
        if filled.empty:
            yield names, {}
        elif view:
            yield names, disaggregate(function, filled, view)
        else:
            yield names, {(): function(filled["label"], filled["prediction"])}


def check_rates(cube, rows, view, disaggregate=by_metric_frame):
    """Compare every count metric of every cell of a view; return how many numbers were compared."""
    compared = 0
    for names, expected in expected_rates(rows, view, disaggregate):
        for key, cell in cube.view(view).items() if view else [((), cube.cell())]:
            found = expected.get(key, {})
            for name in names:
                theirs, size = found.get(name, (None, 0))
                estimand = METRICS[name].estimands[0]
                k, n = estimand.counts(cell)
                ours = estimand.value(cell, cube.spec)
                assert n == size
                if n:
                    assert k == round(theirs * n)
                    assert ours == pytest.approx(theirs, rel=0, abs=1e-12)
                else:
                    assert math.isnan(ours), "an empty denominator is undefined, whatever the libraries say"
                compared += 1
            if "accuracy" in names:
                wrong = found.get("FN and FP", (0, 0))
                odds = METRICS["treatment_equality"].estimands[0]
                assert odds.rate.counts(cell) == (wrong[0], sum(wrong))
                if wrong[1]:
                    assert odds.value(cell, cube.spec) == pytest.approx(wrong[0] / wrong[1], rel=1e-12)
                else:
                    assert math.isnan(odds.value(cell, cube.spec))
                compared += 1
    return compared


def check_scores(cube, rows, view):
    """Compare the metrics that read scores, and the means, in every cell of a view."""
    expected = dict(iter(rows.groupby(list(view)))) if view else {(): rows}
    for key, cell in cube.view(view).items() if view else [((), cube.cell())]:
        part = expected[tuple(value for _, value in key)]
        means = {
            "mean_score": part["score"],
            "mean_label": part["label"],
            "mean_prediction": part["prediction"],
        }
        for name, column in means.items():
            estimand, values = METRICS[name].estimands[0], column.dropna()
            assert estimand.size(cell) == len(values)
            ours = estimand.value(cell, cube.spec)
            if len(values):
                assert ours == pytest.approx(fairlearn.metrics.mean_prediction(values, values), rel=0, abs=1e-12)
            else:
                assert math.isnan(ours)
        scored = part.dropna(subset=["score", "label"])
        ours = METRICS["calibration"].estimands[0].value(cell, cube.spec)
        if scored["score"].sum() > 0:
            assert ours == pytest.approx(scored["label"].sum() / scored["score"].sum(), rel=1e-9)
        else:
            assert math.isnan(ours)
        if view in cube.spec.curves:
            check_area(cell, cube.spec, scored)


def check_area(cell, spec, scored):
    area = METRICS["roc_auc"].estimands[0]
    assert METRICS["auc_parity"].estimands == (area,)
    bounds, ours = area.bounds(cell), area.value(cell, spec)
    assert area.size(cell) == min(scored["label"].sum(), (1 - scored["label"]).sum())
    if scored["label"].nunique() < 2:
        assert math.isnan(ours)
        assert math.isnan(bounds.low)
        return
    exact = sklearn.metrics.roc_auc_score(scored["label"], scored["score"])
    assert bounds.low - 1e-12 <= exact <= bounds.high + 1e-12
    # only pairs that share a bin can be ranked wrongly, so the value is within half the width of the bounds
    assert abs(ours - exact) <= (bounds.high - bounds.low) / 2 + 1e-12
    assert 0 <= bounds.low <= ours <= bounds.high <= 1


# --- the public data sets -------------------------------------------------------------------------------------------

PUBLIC = {
    "adult": {
        "protected": ["sex", "race", "age_band", "sex*race", "sex*age_band"],
        "segments": ["education", "workclass", "marital_status"],
    },
    "bank_marketing": {
        "protected": ["age_band", "marital", "age_band*marital"],
        "segments": ["job", "education", "housing_loan", "balance_band"],
    },
}


@pytest.fixture(scope="module", params=PUBLIC)
def public(request, tabulate_alike):
    """Return policy, cube and rows of one of the public data sets."""
    stated = policy(id="customer_id", **PUBLIC[request.param])
    predictions, attributes = (read_rows(request.param, f"{kind}.csv") for kind in ("predictions", "attributes"))
    cube = tabulate_alike(stated.spec(), predictions, attributes)
    return stated, cube, frame(predictions, attributes, stated.attributes())


def test_public_data_counts_and_rates_in_every_group_intersection_and_segment(public):
    stated, cube, rows = public
    compared = sum(check_rates(cube, rows, view) for view in stated.spec().views)
    assert compared > 2000


def test_public_data_means_calibration_and_area(public):
    stated, cube, rows = public
    for view in stated.spec().views:
        check_scores(cube, rows, view)


def test_public_data_area_is_within_a_bin_of_scikit_learn(public):
    _, cube, rows = public
    exact = sklearn.metrics.roc_auc_score(rows["label"], rows["score"])
    assert METRICS["roc_auc"].estimands[0].value(cube.cell(), cube.spec) == pytest.approx(exact, abs=1e-3)


def test_public_data_groups_show_the_numbers_of_the_cells(public):
    stated, cube, _ = public
    seen = 0
    for group in every_group(cube, stated):
        both = {**group.group, **group.segment}
        key = tuple((name, both[name]) for name in stated.attributes() if name in both)
        for name, measured in group.metrics.items():
            if measured.value is not None:
                assert measured.value == PER_GROUP[name].value(cube.cell(key), cube.spec)
                seen += 1
    assert seen > 1000


def test_public_data_is_matched_in_full(public):
    _, cube, rows = public
    assert cube.ledger.matched == len(rows) == cube.cell().n
    assert cube.ledger.coverage == 1


# --- two hundred random data sets -----------------------------------------------------------------------------------


def random_rows(seed):
    """Return rows with groups of very different sizes, gaps everywhere, and groups of one class or decision."""
    rng = np.random.default_rng(seed)
    n = int(rng.integers(5, 160))
    a = rng.choice([f"a{i}" for i in range(rng.integers(2, 5))], n)
    b = rng.choice(["x", "y", "z"], n, p=[0.7, 0.28, 0.02])
    s = rng.choice(["new", "old"], n)
    score = rng.choice(np.linspace(0, 1, 21), n) if seed % 3 else rng.random(n).round(6)
    label = (rng.random(n) < 0.2 + 0.6 * score).astype(float)
    prediction = (score + rng.normal(0, 0.2, n) > 0.5).astype(float)
    for column, group in ((label, "a0"), (prediction, "a1")):
        if rng.random() < 0.5:
            column[a == group] = rng.integers(0, 2)
    gaps = {name: rng.random() * 0.3 * (rng.random() < 0.6) for name in ("label", "prediction", "score", "a", "b")}
    columns = {"label": label, "prediction": prediction, "score": score, "a": a, "b": b, "s": s}
    return [
        {name: None if rng.random() < gaps.get(name, 0) else column[i].item() for name, column in columns.items()}
        for i in range(n)
    ]


RANDOM_POLICY = policy(protected=["a", "b", "a*b"], segments=["s"])


@pytest.mark.parametrize("seeds", [range(start, start + 20) for start in range(0, RANDOM_SETS, 20)], ids=str)
def test_random_data_sets(seeds, tabulate_alike):
    views = RANDOM_POLICY.spec().views
    for seed in seeds:
        made = random_rows(seed)
        cube = tabulate_alike(RANDOM_POLICY.spec(), made)
        rows = frame(made, None, RANDOM_POLICY.attributes())
        # the whole and one of the others: each is met dozens of times
        for view in (views[0], views[1 + seed % (len(views) - 1)]):
            check_rates(cube, rows, view, group_by_group)
            check_scores(cube, rows, view)


def test_the_shuffle_distance_is_half_the_city_block_distance_of_both_audiences():
    stated = Policy.parse(
        {
            "data": {"prediction": "p", "protected": ["g"]},
            "groups": {"min_size": 1},
            "rule": [{"metric": "shuffle_distance", "max": 0.1}],
        }
    )
    rng = np.random.default_rng(8)
    for _ in range(10):
        rows = pd.DataFrame({"g": rng.choice(list("abcd"), 300), "p": rng.integers(0, 2, 300)})
        counts = rows.groupby("g")["p"].agg(["sum", "count"])
        groups = [({"g": g}, {"SELECTED_UNLABELLED": k, "PASSED_UNLABELLED": n - k}) for g, k, n in counts.itertuples()]
        (found,) = judge(table(stated, *groups), stated).findings
        eligible = rows["g"].value_counts(normalize=True).sort_index()
        reached = rows.loc[rows["p"] == 1, "g"].value_counts(normalize=True).reindex(eligible.index, fill_value=0)
        assert found.value == pytest.approx(cityblock(reached, eligible) / 2, abs=1e-12)


def test_random_data_sets_hold_what_they_are_made_for():
    made = [random_rows(seed) for seed in range(RANDOM_SETS)]
    assert any(row["label"] is None for rows in made for row in rows)
    assert any(row["a"] is None for rows in made for row in rows)
    assert any(sum(row["b"] == "z" for row in rows) == 1 for rows in made)
    assert any(len({row["label"] for row in rows if row["a"] == "a0"}) == 1 for rows in made)


# --- fairlearn's names ----------------------------------------------------------------------------------------------


def alias_policy(name, outcome="benefit", protected=("g",), min_size=1):
    limit = {"min": 0.8} if name.endswith("ratio") else {"max": 0.1}
    return Policy.parse(
        {
            "data": {
                "label": "label",
                "prediction": "prediction",
                "outcome": outcome,
                "labels": "complete",
                "protected": list(protected),
            },
            "groups": {"min_size": min_size},
            "rule": [{"metric": name, **limit}],
        }
    )


def fairlearn_number(name, rows, group="g"):
    function = getattr(fairlearn.metrics, name)
    y, p = ([row[column] for row in rows] for column in ("label", "prediction"))
    return function(y, p, sensitive_features=[row[group] for row in rows])


def labelled_rows(seed, groups=4):
    """Return rows without gaps in which every group has positives and negatives, selected and not."""
    rng = np.random.default_rng(seed)
    every = [(g, y, p) for g in range(groups) for y in (0, 1) for p in (0, 1)]
    more = zip(rng.integers(0, groups, 60), rng.integers(0, 2, 60), rng.integers(0, 2, 60), strict=True)
    return [
        {"g": f"g{g}", "h": f"h{(g + y) % 2}", "label": int(y), "prediction": int(p)} for g, y, p in (*every, *more)
    ]


@pytest.mark.parametrize("outcome", ["benefit", "harm"])
@pytest.mark.parametrize("name", ALIASES)
def test_the_worst_value_of_an_alias_is_fairlearns_number(name, outcome, tabulate):
    for seed in range(5):
        rows = labelled_rows(seed)
        stated = alias_policy(name, outcome)
        (rule,) = judge(tabulate(stated.spec(), rows), stated).rules
        assert rule.worst.value == pytest.approx(fairlearn_number(name, rows), rel=0, abs=1e-12)


@pytest.mark.parametrize("name", ALIASES)
def test_an_alias_counts_groups_too_small_to_be_judged_as_fairlearn_does(name, tabulate):
    rows = [*labelled_rows(1, groups=2) * 8, *labelled_rows(2, groups=3)[8:12]]
    rows = [row for row in rows if row["g"] != "g2"] + [
        {"g": "g2", "label": y, "prediction": p} for y in (0, 1) for p in (0, 1, 1, 1, y)
    ]
    stated = alias_policy(name, min_size=30)
    audit = judge(tabulate(stated.spec(), rows), stated)
    assert {"g": "g2"} in [entry.group for entry in audit.not_evaluable]
    assert audit.rules[0].worst.value == pytest.approx(fairlearn_number(name, rows), rel=0, abs=1e-12)


@pytest.mark.parametrize("name", ALIASES)
def test_with_two_attributes_an_alias_is_the_worse_of_fairlearns_two_numbers(name, tabulate):
    rows = labelled_rows(3)
    stated = alias_policy(name, protected=("g", "h"))
    numbers = [fairlearn_number(name, rows, group) for group in ("g", "h")]
    worse = min(numbers) if name.endswith("ratio") else max(numbers)
    (rule,) = judge(tabulate(stated.spec(), rows), stated).rules
    assert rule.worst.value == pytest.approx(worse, rel=0, abs=1e-12)


def test_an_alias_of_nobody_selected_has_no_ratio():
    stated = alias_policy("demographic_parity_ratio")
    cube = table(stated, ({"g": "a"}, {"TN": 40}), ({"g": "b"}, {"TN": 50}))
    assert judge(cube, stated).rules[0].worst.value is None


@pytest.mark.parametrize(
    ("name", "function", "outcomes"),
    [
        ("true_positive_rate", fairlearn.metrics.true_positive_rate, {"FP": 3, "TN": 4}),
        ("false_negative_rate", fairlearn.metrics.false_negative_rate, {"FP": 3, "TN": 4}),
        ("false_positive_rate", fairlearn.metrics.false_positive_rate, {"TP": 3, "FN": 4}),
        ("true_negative_rate", fairlearn.metrics.true_negative_rate, {"TP": 3, "FN": 4}),
        ("precision", lambda y, p: predictive_values(y, p)[1], {"FN": 3, "TN": 4}),
        ("negative_predictive_value", lambda y, p: predictive_values(y, p)[0], {"TP": 3, "FP": 4}),
    ],
)
def test_where_the_libraries_call_an_empty_denominator_zero_ours_is_undefined(name, function, outcomes):
    labels = [int(what in ("TP", "FN")) for what, n in outcomes.items() for _ in range(n)]
    predictions = [int(what in ("TP", "FP")) for what, n in outcomes.items() for _ in range(n)]
    assert function(labels, predictions) == 0.0
    cell = table(policy(), ({}, outcomes)).cell()
    estimand = METRICS[name].estimands[0]
    assert isinstance(estimand, Rate)
    assert estimand.counts(cell) == (0, 0)
    assert math.isnan(estimand.value(cell, policy().spec()))
    assert estimand.exact(cell, policy().spec()) is None


def test_an_alias_leaves_out_a_group_whose_rate_is_undefined_where_fairlearn_takes_it_for_zero():
    stated = alias_policy("equal_opportunity_difference")
    cube = table(
        stated,
        ({"g": "a"}, {"TP": 30, "FN": 10, "TN": 5}),
        ({"g": "b"}, {"TP": 20, "FN": 20, "TN": 5}),
        ({"g": "c"}, {"TN": 50}),
    )
    rows = [
        {"g": names, "label": int(what in (Count.TP, Count.FN)), "prediction": int(what is Count.TP)}
        for names, counts in (("a", (30, 10, 5)), ("b", (20, 20, 5)), ("c", (0, 0, 50)))
        for what, n in zip((Count.TP, Count.FN, Count.TN), counts, strict=True)
        for _ in range(n)
    ]
    assert fairlearn_number("equal_opportunity_difference", rows) == 0.75
    audit = judge(cube, stated)
    assert audit.rules[0].worst.value == pytest.approx(0.25)
    assert {"g": "c"} in [entry.group for entry in audit.not_evaluable]
