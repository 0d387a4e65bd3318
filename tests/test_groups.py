"""Every group's metrics in the population and in every segment, and labels that only the selected have."""

import pytest
from rows import reached, recount, selected, table

from fairaudit.cube import Cell, Cube
from fairaudit.groups import SCORE_BINS, every_group, score_bins, selective_labels
from fairaudit.metrics import PER_GROUP
from fairaudit.policy import Policy
from fairaudit.spec import MISSING


def policy(**data):
    return Policy.parse({"data": {"label": "y", "prediction": "p", "protected": ["sex"], **data}})


FAIR = reached(20, 40, rest=60, wrongly=15)


# --- the table ------------------------------------------------------------------------------------------------------


def test_everybody_comes_first_then_each_attribute_then_each_segment():
    stated = policy(protected=["sex", "age", "age*sex"], segments=["tier"])
    cube = table(
        stated,
        *(
            ({"sex": sex, "age": age, "tier": tier}, FAIR)
            for sex in ("m", "f")
            for age in ("old", "young")
            for tier in ("gold", "silver")
        ),
    )
    places = [(group.group, group.segment) for group in every_group(cube, stated)]
    assert places[0] == ({}, {})
    assert places[1:3] == [({"sex": "f"}, {}), ({"sex": "m"}, {})]
    assert places[3:5] == [({"age": "old"}, {}), ({"age": "young"}, {})]
    assert places[5] == ({"sex": "f", "age": "old"}, {}), "an intersection has two keys"
    assert places[9:11] == [({}, {"tier": "gold"}), ({}, {"tier": "silver"})]
    assert ({"sex": "m", "age": "old"}, {"tier": "silver"}) in places
    assert len(places) == len({repr(place) for place in places}) == 9 + 2 + 2 * 8


def test_a_segment_column_is_not_crossed_with_itself():
    stated = policy(protected=["sex", "tier"], segments=["tier"])
    cube = table(stated, ({"sex": "f", "tier": "gold"}, FAIR))
    places = [(group.group, group.segment) for group in every_group(cube, stated)]
    assert ({"sex": "f"}, {"tier": "gold"}) in places
    assert ({"tier": "gold"}, {"tier": "gold"}) not in places


def test_a_missing_value_is_a_group_of_its_own_and_stands_last():
    """FIELD trap 9: aequitas counts missing groups in the total and shows them in no row."""
    stated = policy()
    cube = table(stated, ({"sex": "f"}, FAIR), ({"sex": "m"}, FAIR), ({}, selected(1, 4)))
    groups = list(every_group(cube, stated))
    assert groups[-1].group == {"sex": MISSING}
    assert groups[-1].n == 4
    assert groups[-1].metrics["selection_rate"].value == 0.25
    assert sum(group.n for group in groups[1:]) == groups[0].n


def test_a_group_shows_every_metric_the_data_allow_with_its_counts():
    stated = policy()
    cube = table(stated, ({"sex": "f"}, FAIR), ({"sex": "m"}, FAIR))
    everybody, women, _ = every_group(cube, stated)
    scores = {"mean_score", "roc_auc", "calibration"}
    treatment = {"uplift", "relative_lift", "treated_outcome", "control_outcome"}
    assert set(women.metrics) == set(PER_GROUP) - scores - treatment
    rate = women.metrics["true_positive_rate"]
    assert (rate.value, rate.numerator, rate.denominator, rate.reason) == (0.5, 20, 40, None)
    assert rate.interval.low < 0.5 < rate.interval.high
    assert everybody.metrics["true_positive_rate"].denominator == 80
    assert women.scores == ()


def test_without_labels_only_the_metrics_that_need_none_are_shown():
    stated = Policy.parse({"data": {"prediction": "p", "protected": ["sex"]}})
    cube = table(stated, ({"sex": "f"}, selected(3, 10)))
    assert [set(group.metrics) for group in every_group(cube, stated)] == [{"selection_rate", "mean_prediction"}] * 2


def test_an_undefined_metric_is_shown_without_a_number_and_with_a_reason():
    stated = policy(labels="complete")
    cube = table(stated, ({"sex": "f"}, {"FP": 3, "TN": 7}), ({"sex": "m"}, FAIR))
    rate = {group.group.get("sex"): group for group in every_group(cube, stated)}["f"].metrics["true_positive_rate"]
    assert (rate.value, rate.interval, rate.denominator) == (None, None, 0)
    assert rate.reason == "nobody in its denominator"


def test_metrics_that_selective_labels_spoil_are_shown_without_a_number():
    stated = policy()
    cube = table(stated, ({"sex": "f"}, {"TP": 10, "FP": 10, "PASSED_UNLABELLED": 80}))
    everybody = next(iter(every_group(cube, stated)))
    for name, measured in everybody.metrics.items():
        if PER_GROUP[name].passed_labels:
            assert measured.value is None
            assert "labels are known for 100 % of those selected and 0 % of the others" in measured.reason
    assert everybody.metrics["precision"].value == 0.5
    assert everybody.metrics["selection_rate"].value == 0.2


def test_the_table_is_at_the_policys_confidence():
    cubes = [
        Policy.parse({"data": {"prediction": "p"}, "verdict": {"confidence": c, "interval": method}})
        for c, method in ((0.9, "exact"), (0.99, "exact"), (0.9, "wilson"))
    ]
    widths = []
    for stated in cubes:
        (everybody,) = every_group(table(stated, ({}, selected(30, 100))), stated)
        interval = everybody.metrics["selection_rate"].interval
        widths.append(interval.high - interval.low)
    assert widths[1] > widths[0] > widths[2]


def test_no_rows_make_one_empty_group():
    stated = policy()
    (everybody,) = every_group(Cube.zero(stated.spec()), stated)
    assert everybody.n == 0
    assert everybody.metrics["selection_rate"].value is None


# --- the score table ------------------------------------------------------------------------------------------------


def scored_policy(**data):
    return policy(score="s", segments=["tier"], **data)


ROWS = [
    {"sex": "f", "tier": "gold", "y": y, "p": 1, "s": s}
    for y, s in ((1, 0.97), (0, 0.96), (None, 0.95), (1, 1.0), (0, 0.0), (0, 0.049), (0, 0.05))
]


def test_the_score_table_has_twenty_equal_bins():
    stated = scored_policy()
    cube = recount(stated.spec(), ROWS)
    groups = list(every_group(cube, stated))
    for group in groups:
        if group.segment:
            assert group.scores == (), "only for groups of the whole population"
        else:
            assert len(group.scores) == SCORE_BINS == 20
            assert group.scores[0].low == 0.0
            assert group.scores[-1].high == 1.0
            assert all(a.high == b.low for a, b in zip(group.scores, group.scores[1:], strict=False))
            assert (group.scores[-1].n, group.scores[-1].labelled, group.scores[-1].positives) == (4, 3, 2)
            assert [b.n for b in group.scores[:2]] == [2, 1]
            assert sum(b.n for b in group.scores) == 7


def test_the_score_table_follows_the_declared_range():
    stated = scored_policy(score_range=[0, 10])
    cube = recount(stated.spec(), [{**row, "s": 10 * row["s"]} for row in ROWS])
    bins = score_bins(cube.cell(), cube)
    assert (bins[0].low, bins[0].high, bins[-1].high) == (0.0, 0.5, 10.0)


def test_scores_off_the_scale_have_no_table():
    stated = scored_policy()
    cube = recount(stated.spec(), [*ROWS, {"sex": "f", "tier": "gold", "y": 1, "p": 1, "s": 1.5}])
    assert cube.ledger.scores_outside == 1
    assert all(group.scores == () for group in every_group(cube, stated))
    everybody = next(iter(every_group(cube, stated)))
    assert "roc_auc" not in everybody.metrics
    assert everybody.metrics["mean_score"].value == pytest.approx((sum(r["s"] for r in ROWS) + 1.5) / 8)


def test_a_cell_without_a_histogram_has_no_score_table():
    assert score_bins(Cell(), Cube.zero(scored_policy().spec())) == ()


# --- labels that only the selected have -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("outcomes", "problem"),
    [
        (FAIR, None),
        ({"TP": 10, "FP": 10, "PASSED_UNLABELLED": 80}, "labels are known for 100 % of those selected and 0 % of"),
        ({"TP": 10, "FP": 10, "FN": 10, "TN": 40, "PASSED_UNLABELLED": 30}, "and 62 % of the others"),
        ({"TP": 10, "FP": 10, "FN": 10, "TN": 68, "PASSED_UNLABELLED": 2}, None),
        ({"TP": 10, "FP": 10, "TN": 80}, "nobody who was not selected has a positive label"),
        ({"FP": 20, "TN": 80}, None),
        ({"TP": 10, "FP": 10}, None),
        ({"FN": 10, "TN": 10}, None),
        ({"SELECTED_UNLABELLED": 10, "PASSED_UNLABELLED": 10}, None),
        ({"SELECTED_UNLABELLED": 10, "FN": 10, "TN": 10}, None),
        ({}, None),
    ],
    ids=[
        "labels for all",
        "none of the others",
        "fewer of the others",
        "nearly all of the others",
        "the others all negative",
        "no positive at all",
        "everybody selected",
        "nobody selected",
        "no labels",
        "only the others",
        "no rows",
    ],
)
def test_labels_that_only_the_selected_have_are_recognised(outcomes, problem):
    stated = policy()
    found = selective_labels(table(stated, ({"sex": "f"}, outcomes)), stated)
    assert (found is None) if problem is None else (problem in found and 'labels = "complete"' in found)


def test_labels_declared_complete_are_believed():
    stated = policy(labels="complete")
    assert selective_labels(table(stated, ({"sex": "f"}, {"TP": 10, "FP": 10, "TN": 80})), stated) is None
