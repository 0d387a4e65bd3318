"""Demands that exclude each other, and rules that nothing can answer, said before and after the data are read."""

from __future__ import annotations

import math

import pytest
from rows import reached, table

from fairaudit.demands import impossible, unanswerable
from fairaudit.policy import Policy

CALIBRATION = {"id": "cal", "metric": "calibration", "min": 0.8, "max": 1.25}
ODDS = {"id": "odds", "metric": "equalized_odds", "max": 0.1}
REACHED = {"id": "reached", "metric": "equal_opportunity", "max": 0.1}
WRONGLY = {"id": "wrongly", "metric": "false_positive_rate", "compare": "ratio", "max": 1.25}
PRECISION = {"id": "precision", "metric": "predictive_parity", "max": 0.1}


def policy(*rules: dict, verdict: dict | None = None, **data: object) -> Policy:
    named = {"label": "y", "prediction": "p", "score": "s", "protected": ["g"], **data}
    return Policy.parse({"data": named, "rule": list(rules), "verdict": verdict or {}})


# --- rules that exclude each other ----------------------------------------------------------------------------------


def test_why_chouldechova_2017_is_right() -> None:
    """With equal error rates the precision is that of the base rate: the formula of the paper, on counts."""
    true_positive, false_positive = 0.7, 0.1
    found = [base * true_positive / (base * true_positive + (1 - base) * false_positive) for base in (0.2, 0.4)]
    assert not math.isclose(*found, abs_tol=0.1)


@pytest.mark.parametrize(
    ("rules", "asks", "ids", "source"),
    [
        ((CALIBRATION, ODDS), "calibration", '"cal" and "odds"', "Kleinberg"),
        ((ODDS, CALIBRATION), "calibration", '"cal" and "odds"', "Kleinberg"),
        ((CALIBRATION, REACHED, WRONGLY), "calibration", '"cal" and "reached" and "wrongly"', "Kleinberg"),
        ((PRECISION, ODDS), "equal precision", '"precision" and "odds"', "Chouldechova"),
        (
            (CALIBRATION, {"id": "theirs", "metric": "equalized_odds_difference", "max": 0.1}),
            "calibration",
            '"cal" and "theirs"',
            "Kleinberg",
        ),
    ],
)
def test_rules_that_exclude_each_other_are_named_with_their_source(
    rules: tuple, asks: str, ids: str, source: str
) -> None:
    (said,) = impossible(policy(*rules))
    assert said.startswith(f"g: {asks} and equal error rates ({ids}) cannot both hold exactly where base rates differ")
    assert source in said


@pytest.mark.parametrize(
    "rules",
    [
        (CALIBRATION, REACHED),
        (PRECISION, WRONGLY),
        (CALIBRATION, PRECISION),
        (ODDS,),
        ({**CALIBRATION, "protected": ["g"]}, {**ODDS, "protected": ["h"]}),
        ({"metric": "precision", "compare": "value", "min": 0.3}, ODDS),
    ],
)
def test_rules_that_can_hold_together_are_not(rules: tuple) -> None:
    assert list(impossible(policy(*rules, protected=["g", "h"]))) == []


def test_what_is_only_measured_demands_nothing() -> None:
    stated = policy({"metric": "calibration"}, ODDS, verdict={"without_limit": "report"})
    assert list(impossible(stated)) == []


def test_with_labels_the_base_rates_stand_beside_it() -> None:
    stated = policy(PRECISION, ODDS, labels="complete", score=None)
    cube = table(stated, ({"g": "a"}, reached(50, 100, rest=300)), ({"g": "b"}, reached(100, 200, rest=200)))
    (said,) = impossible(stated, cube)
    assert said.endswith("base rates here: a 25.0 %; b 50.0 %")


def test_labels_that_only_the_selected_have_give_no_base_rate() -> None:
    stated = policy(PRECISION, ODDS, score=None)
    only_seen = {"TP": 50, "FP": 20, "PASSED_UNLABELLED": 200}
    cube = table(stated, ({"g": "a"}, only_seen), ({"g": "b"}, only_seen))
    (said,) = impossible(stated, cube)
    assert "base rates here" not in said


# --- rules that nothing can answer ----------------------------------------------------------------------------------


def test_a_rule_that_needs_a_label_is_named_where_no_label_is_stated() -> None:
    stated = policy(
        REACHED, {"metric": "disparate_impact"}, {"metric": "base_rate", "compare": "ratio", "min": 0.8}, label=None
    )
    assert list(unanswerable(stated)) == [
        'the rule "reached" (equal_opportunity) cannot be judged: there is no label column',
        'the rule "base_rate" cannot be judged: there is no label column',
    ]


def test_a_column_that_may_still_be_found_is_not_missed() -> None:
    stated = policy({"metric": "disparate_impact"}, {"metric": "mean_score", "compare": "ratio", "min": 0.8})
    assert list(unanswerable(stated.model_copy(update={"data": stated.data.model_copy(update={"score": None})}))) == []
    assert list(unanswerable(policy({"metric": "disparate_impact"}, prediction=None))) == []


def test_a_score_that_is_no_probability_cannot_be_calibrated() -> None:
    (said,) = unanswerable(policy(CALIBRATION, score_range=[0, 100]))
    assert said.endswith("the score is not a probability between 0 and 1")


def test_everything_stated_is_answerable() -> None:
    assert list(unanswerable(policy(CALIBRATION, ODDS, PRECISION))) == []
