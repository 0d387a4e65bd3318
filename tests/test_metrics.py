"""METRICS: every row is complete, every formula and every oracle it names is true."""

import importlib
import re

import fairlearn.metrics
import numpy as np
import pytest

from fairaudit.cube import Cell, Count
from fairaudit.errors import UsageError
from fairaudit.estimands import Odds, Rate
from fairaudit.fairlearn_names import ALIASES
from fairaudit.metrics import METRICS, PER_GROUP, find
from fairaudit.spec import Spec

SPEC = Spec(label="y", prediction="p", score="s")
DESIGN_RATES = [
    "selection_rate",
    "base_rate",
    "true_positive_rate",
    "false_positive_rate",
    "true_negative_rate",
    "false_negative_rate",
    "precision",
    "negative_predictive_value",
    "false_discovery_rate",
    "false_omission_rate",
    "accuracy",
]
DESIGN_RULES = [
    "disparate_impact",
    "statistical_parity",
    "equal_opportunity",
    "equalized_odds",
    "predictive_equality",
    "predictive_parity",
    "accuracy_parity",
    "treatment_equality",
    "auc_parity",
    "calibration",
    "shuffle_distance",
]
PERSONALIZATION = [
    "benefit_parity",
    "no_group_harmed",
    "price_parity",
    "standardized_mean_difference",
    "uplift",
    "relative_lift",
    "treated_outcome",
    "control_outcome",
    "mean_value",
]
HARMFUL = ("false_positive_rate", "false_negative_rate", "false_discovery_rate", "false_omission_rate")


def test_the_table_holds_every_metric_of_the_design():
    means = ["mean_score", "mean_label", "mean_prediction"]
    assert set(METRICS) == {*DESIGN_RATES, *DESIGN_RULES, *means, "roc_auc", *PERSONALIZATION}
    assert list(METRICS)[: len(DESIGN_RULES)] == DESIGN_RULES, "named rules come first"


@pytest.mark.parametrize("metric", METRICS.values(), ids=METRICS)
def test_a_row_is_complete(metric):
    assert re.fullmatch(r"[A-Z].*\?", metric.asks)
    for sentence in (metric.use, metric.avoid):
        assert re.fullmatch(r"[A-Z].*\.", sentence)
    assert re.search(r"\d{4}", metric.source), "a source has a year"
    assert metric.formula
    assert metric.estimands
    assert all(estimand.name for estimand in metric.estimands)
    assert METRICS[metric.name] is metric


@pytest.mark.parametrize("metric", [m for m in METRICS.values() if m.oracle], ids=lambda m: m.name)
def test_the_oracle_exists(metric):
    module, _, name = metric.oracle.rpartition(".")
    assert callable(getattr(importlib.import_module(module), name))


COUNTED = [m for m in METRICS.values() if all(isinstance(e, Rate | Odds) for e in m.estimands)]


@pytest.mark.parametrize("metric", COUNTED, ids=lambda m: m.name)
def test_the_printed_formula_is_what_is_computed(metric):
    """The formula in words of counts, evaluated, gives the estimand's value."""
    rng = np.random.default_rng(7)
    formulas = [part.strip() for part in metric.formula.split(",")[0].split(" and ")]
    assert len(formulas) == len(metric.estimands)
    for _ in range(5):
        tp, fp, fn, tn = (int(x) for x in rng.integers(1, 50, 4))
        cell = Cell((tp, fp, 0, fn, tn, 0, 0, 0, 0))
        counts = {"TP": tp, "FP": fp, "FN": fn, "TN": tn, "n": tp + fp + fn + tn}
        for formula, estimand in zip(formulas, metric.estimands, strict=True):
            expected = eval(formula, {"__builtins__": {}}, counts)  # noqa: S307  a formula of our own table
            assert estimand.value(cell, SPEC) == pytest.approx(expected, abs=1e-12)


def test_selection_rate_is_over_everybody_with_a_decision_and_base_rate_over_everybody_with_a_label():
    cell = Cell(tuple(range(1, 10)))
    assert PER_GROUP["selection_rate"].counts(cell) == (1 + 2 + 3, 1 + 2 + 3 + 4 + 5 + 6)
    assert PER_GROUP["base_rate"].counts(cell) == (1 + 4 + 7, 1 + 4 + 7 + 2 + 5 + 8)
    assert PER_GROUP["true_positive_rate"].counts(cell) == (1, 1 + 4)


def test_the_defaults_of_the_design():
    assert str(METRICS["disparate_impact"].min) == "0.80"
    assert METRICS["disparate_impact"].compare == "ratio"
    assert str(METRICS["equal_opportunity"].max) == "0.10"
    assert METRICS["equal_opportunity"].compare == "difference"
    others = [m for name, m in METRICS.items() if name not in ("disparate_impact", "equal_opportunity")]
    assert all(m.min is None and m.max is None for m in others), "a rule without a default limit must state one"


@pytest.mark.parametrize(
    ("name", "compare"),
    [
        ("disparate_impact", "ratio"),
        ("statistical_parity", "difference"),
        ("equal_opportunity", "difference"),
        ("equalized_odds", "difference"),
        ("predictive_equality", "difference"),
        ("predictive_parity", "difference"),
        ("accuracy_parity", "difference"),
        ("treatment_equality", "ratio"),
        ("auc_parity", "difference"),
        ("calibration", "value"),
        ("shuffle_distance", "value"),
    ],
)
def test_how_a_named_rule_compares(name, compare):
    assert METRICS[name].compare == compare
    assert find(name) == (METRICS[name], compare)


@pytest.mark.parametrize("name", DESIGN_RATES)
def test_a_plain_rate_does_not_say_how_it_is_compared(name):
    assert find(name) == (METRICS[name], None)


@pytest.mark.parametrize("name", DESIGN_RATES)
def test_errors_are_best_low_and_benefits_high(name):
    assert METRICS[name].best == ("lowest" if name in HARMFUL else "highest")


def test_when_selection_is_a_harm_the_favourable_outcome_is_judged():
    impact, opportunity = METRICS["disparate_impact"], METRICS["equal_opportunity"]
    (not_selected,) = impact.judged("harm")
    assert (not_selected.of, not_selected.among) == (Count.PASSED, Count.DECIDED)
    (true_negative,) = opportunity.judged("harm")
    assert (true_negative.of, true_negative.among) == (Count.TN, Count.FP | Count.TN)
    assert impact.judged("benefit") == impact.estimands
    assert opportunity.judged("benefit") == opportunity.estimands
    assert impact.best_for("harm") == opportunity.best_for("harm") == "highest", "of the favourable outcome"


@pytest.mark.parametrize(
    ("name", "benefit", "harm"),
    [
        ("selection_rate", "highest", "lowest"),
        ("base_rate", "highest", "lowest"),
        ("mean_score", "highest", "lowest"),
        ("true_negative_rate", "highest", "highest"),
        ("false_positive_rate", "lowest", "lowest"),
        ("precision", "highest", "highest"),
        ("equalized_odds", None, None),
    ],
)
def test_the_good_end_of_a_selection_changes_sides_with_a_harm(name, benefit, harm):
    assert METRICS[name].best_for("benefit") == benefit
    assert METRICS[name].best_for("harm") == harm


def test_a_lowest_end_that_flips_becomes_the_highest():
    from dataclasses import replace

    assert replace(METRICS["false_positive_rate"], harm_flips=True).best_for("harm") == "highest"


def test_every_group_shows_each_plain_metric_once():
    assert set(PER_GROUP) == {
        *DESIGN_RATES,
        "mean_score",
        "mean_label",
        "mean_prediction",
        "roc_auc",
        "treatment_equality",
        "calibration",
        "uplift",
        "relative_lift",
        "treated_outcome",
        "control_outcome",
    }


@pytest.mark.parametrize("alias", ALIASES)
def test_an_alias_is_a_function_of_fairlearn_and_resolves(alias):
    assert callable(getattr(fairlearn.metrics, alias))
    metric, compare = find(alias)
    assert METRICS[metric.name] is metric
    assert alias.endswith(compare)


def test_every_difference_and_ratio_of_fairlearn_has_an_alias():
    theirs = {name for name in fairlearn.metrics.__all__ if name.endswith(("_difference", "_ratio"))}
    assert theirs - set(ALIASES) == {"zero_one_loss_difference", "zero_one_loss_ratio"}


def test_an_unknown_metric_offers_the_nearest_name():
    with pytest.raises(UsageError, match=r'There is no metric "disparate_impct".*Did you mean "disparate_impact"'):
        find("disparate_impct")
    with pytest.raises(UsageError, match="fairaudit explain"):
        find("zzz")
