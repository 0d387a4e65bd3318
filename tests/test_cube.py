"""The cube: counts that add up, whatever the order of the rows, the shards or the names."""

import random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from rows import recount

from fairaudit.cube import OUTCOMES, Cell, Count, Cube, Moments
from fairaudit.errors import DataError
from fairaudit.ledger import Ledger
from fairaudit.spec import MISSING, Spec

SPEC = Spec(
    label="y",
    prediction="p",
    score="s",
    attributes=("sex", "age"),
    views=((), ("sex",), ("age",), ("sex", "age")),
    curves=((), ("sex",)),
    bands={"age": (25, 40)},
    bins=20,
)
ROW = st.fixed_dictionaries(
    {
        "y": st.sampled_from([0, 1, None]),
        "p": st.sampled_from([0, 1, None]),
        "s": st.one_of(st.none(), st.floats(0, 1)),
        "sex": st.sampled_from(["female", "male", None]),
        "age": st.one_of(st.none(), st.integers(18, 80)),
    }
)
ROWS = st.lists(ROW, max_size=12)


def by_value(cube):
    """Return a cube as plain values that compare by ==."""
    return (
        {
            key: (cell.counts, dict(cell.moments), None if cell.histogram is None else cell.histogram.tolist())
            for key, cell in cube.cells.items()
        },
        cube.ledger,
    )


# --- outcomes -------------------------------------------------------------------------------------------------------


def test_the_nine_outcomes_are_disjoint_and_cover_every_row():
    assert len(OUTCOMES) == 9
    assert all(not (a & b) for i, a in enumerate(OUTCOMES) for b in OUTCOMES[:i])
    union = Count(0)
    for outcome in OUTCOMES:
        union |= outcome
    assert union == Count.ALL


@pytest.mark.parametrize(
    ("name", "members"),
    [
        ("SELECTED", "TP FP SELECTED_UNLABELLED"),
        ("PASSED", "FN TN PASSED_UNLABELLED"),
        ("DECIDED", "TP FP SELECTED_UNLABELLED FN TN PASSED_UNLABELLED"),
        ("POSITIVE", "TP FN UNDECIDED_POSITIVE"),
        ("NEGATIVE", "FP TN UNDECIDED_NEGATIVE"),
        ("LABELLED", "TP FP FN TN UNDECIDED_POSITIVE UNDECIDED_NEGATIVE"),
        ("BOTH", "TP FP FN TN"),
    ],
)
def test_a_set_of_outcomes_is_counted_by_adding_its_members(name, members):
    cell = Cell(tuple(range(1, 10)))
    assert cell.count(Count[name]) == sum(1 + OUTCOMES.index(Count[member]) for member in members.split())


def test_the_index_of_an_outcome_is_three_times_the_decision_plus_the_label():
    expected = [
        (Count.SELECTED, Count.POSITIVE, Count.TP),
        (Count.SELECTED, Count.NEGATIVE, Count.FP),
        (Count.PASSED, Count.POSITIVE, Count.FN),
        (Count.PASSED, Count.NEGATIVE, Count.TN),
    ]
    for decision, label, outcome in expected:
        assert decision & label == outcome
    assert [OUTCOMES.index(o) for o in (Count.TP, Count.FP, Count.FN, Count.TN, Count.UNKNOWN)] == [0, 1, 3, 4, 8]


# --- what is tabulated ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("roles", "measures"),
    [
        ({}, ()),
        ({"score": "s"}, ("score",)),
        ({"label": "y", "label_kind": "number"}, ("label",)),
        ({"label": "y"}, ()),
        ({"label_kind": "number"}, ()),
        ({"prediction": "p", "prediction_kind": "number"}, ("prediction",)),
        ({"prediction": "p"}, ()),
        ({"score": "s", "threshold": 0.5, "prediction": "p", "prediction_kind": "number"}, ("score",)),
    ],
)
def test_measures_are_the_columns_that_are_numbers(roles, measures):
    assert Spec(**roles).measures == measures


def test_bands_are_named_by_their_cuts():
    spec = Spec(attributes=("age",), bands={"age": (25, 40.5, 60)})
    assert spec.band_names("age") == ("under 25", "25 to <40.5", "40.5 to <60", "60 and over")
    assert Spec(bands={"age": (18,)}).band_names("age") == ("under 18", "18 and over")


def test_a_band_is_closed_on_the_left():
    cube = recount(SPEC, [{"age": age} for age in (24, 25, 39.9, 40, None)])
    assert {key[0][1]: cell.n for key, cell in cube.view(("age",)).items()} == {
        "under 25": 1,
        "25 to <40": 2,
        "40 and over": 1,
        MISSING: 1,
    }


def test_a_view_lists_bands_by_value_names_by_text_and_missing_last():
    rows = [{"age": age, "sex": sex} for age in (70, None, 10, 30) for sex in ("male", None, "female")]
    view = recount(SPEC, rows).view(("age",))
    assert [key[0][1] for key in view] == ["under 25", "25 to <40", "40 and over", MISSING]
    both = recount(SPEC, rows).view(("sex", "age"))
    assert [key[0][1] for key in both] == ["female"] * 4 + ["male"] * 4 + [MISSING] * 4
    assert [key[1][1] for key in both][:4] == ["under 25", "25 to <40", "40 and over", MISSING]


def test_a_view_of_attributes_that_were_not_counted_is_empty():
    assert recount(SPEC, [{"sex": "male"}]).view(("region",)) == {}


def test_a_group_nobody_is_in_is_an_empty_cell():
    cube = recount(SPEC, [{"sex": "male"}])
    assert cube.cell((("sex", "unknown"),)) == Cell()
    assert cube.cell((("sex", "unknown"),)).n == 0
    assert cube.cell().n == 1


# --- adding up ------------------------------------------------------------------------------------------------------


@given(ROWS, ROWS)
def test_cubes_of_shards_sum_to_the_cube_of_the_whole(some, others):
    assert recount(SPEC, some) + recount(SPEC, others) == recount(SPEC, some + others)


@given(ROWS, ROWS, ROWS)
def test_merging_is_associative_and_commutative_with_zero(a, b, c):
    a, b, c = (recount(SPEC, rows) for rows in (a, b, c))
    assert (a + b) + c == a + (b + c)
    assert a + b == b + a
    assert a + Cube.zero(SPEC) == Cube.zero(SPEC) + a == a


@given(st.lists(ROW, min_size=2, max_size=12), st.randoms(use_true_random=False))
def test_the_order_of_rows_and_columns_changes_nothing(rows, chance):
    shuffled = [dict(chance.sample(sorted(row.items()), len(row))) for row in chance.sample(rows, len(rows))]
    assert by_value(recount(SPEC, shuffled)) == by_value(recount(SPEC, rows))


@given(ROWS)
def test_the_cells_of_each_view_sum_to_the_whole(rows):
    cube = recount(SPEC, rows)
    for view in SPEC.views[1:]:
        total = sum(cube.view(view).values(), start=Cell())
        assert total.counts == cube.cell().counts
        assert total.moments == dict(cube.cell().moments) or not rows


@given(st.lists(ROW, min_size=1, max_size=12))
def test_a_histogram_holds_every_score_once_by_label(rows):
    cell = recount(SPEC, rows).cell()
    scored = [row for row in rows if row["s"] is not None]
    assert cell.histogram.sum() == len(scored) == cell.sums("score", Count.ALL).n
    for i, label in enumerate((1, 0, None)):
        assert cell.histogram[i].sum() == sum(row["y"] == label for row in scored)


def test_sums_of_real_values_are_exact_in_any_order():
    values = [0.1, 0.2, 0.3, 1e6, -1e6, 1e-9] * 50
    cells = []
    for seed in range(3):
        random.Random(seed).shuffle(values)  # noqa: S311  an order, not a secret
        cells.append(recount(SPEC, [{"s": value} for value in values]).cell())
    assert cells[0].moments == cells[1].moments == cells[2].moments
    assert len({sum(values[i:] + values[:i]) for i in range(len(values))}) > 1, "floats would differ"


def test_sums_are_taken_over_the_outcomes_asked_for():
    cube = recount(SPEC, [{"y": 1, "p": 1, "s": 0.5}, {"y": 0, "p": 1, "s": 0.25}, {"y": None, "p": 0, "s": 0.75}])
    unit = 2**SPEC.scale
    assert cube.cell().sums("score", Count.TP) == Moments(1, unit // 2, unit // 4)
    assert cube.cell().sums("score", Count.LABELLED) == Moments(2, 3 * unit // 4, 5 * unit // 16)
    assert cube.cell().sums("score", Count.ALL).n == 3


def test_a_cell_without_a_histogram_takes_the_others():
    scores = np.ones((3, 20), dtype=np.int64)
    with_scores, without = Cell(histogram=scores), Cell()
    assert (with_scores + without).histogram is scores
    assert (without + with_scores).histogram is scores
    assert (without + without).histogram is None
    assert np.array_equal((with_scores + with_scores).histogram, 2 * scores)


def test_a_cell_equals_another_with_the_same_numbers_only():
    scores = np.ones((3, 20), dtype=np.int64)
    assert Cell(histogram=scores) == Cell(histogram=scores.copy())
    assert Cell(histogram=scores) != Cell(histogram=2 * scores)
    assert Cell(histogram=scores) != Cell()
    assert Cell((1,) * 9) != Cell()
    assert Cell() != "a cell"
    with pytest.raises(TypeError, match="unhashable"):
        hash(Cell())


def test_cubes_counted_differently_are_not_merged():
    other = Spec(label="z", prediction="p", attributes=("sex", "age"))
    with pytest.raises(DataError, match="different settings"):
        recount(SPEC, []) + Cube.zero(other)


def test_cubes_that_may_share_customers_are_not_merged():
    spec = Spec(prediction="p", disjoint=False)
    with pytest.raises(DataError, match="share customers"):
        recount(spec, [{"p": 1}]) + recount(spec, [{"p": 0}])


@pytest.mark.parametrize("shards", [("first", "second"), ("second", "first")])
def test_a_merge_that_might_split_a_customer_is_refused_unless_said_to_be_safe(shards):
    rows = {"first": [{"id": 1, "p": 1}, {"id": 1, "p": 0}], "second": [{"id": 2, "p": 1}]}
    unsaid, safe = Spec(id="id", prediction="p"), Spec(id="id", prediction="p", disjoint=True)
    with pytest.raises(DataError, match='customers = "disjoint"'):
        recount(unsaid, rows[shards[0]]) + recount(unsaid, rows[shards[1]])
    merged = recount(safe, rows[shards[0]]) + recount(safe, rows[shards[1]])
    assert merged.cells == recount(safe, [*rows["first"], *rows["second"]]).cells


def test_the_same_customers_on_two_days_are_not_merged_as_if_they_were_others():
    spec = Spec(id="id", prediction="p")
    with pytest.raises(DataError, match="share customers"):
        recount(spec, [{"id": 1, "p": 1}]) + recount(spec, [{"id": 1, "p": 0}])


# --- the ledger -----------------------------------------------------------------------------------------------------


def test_the_ledger_adds_up():
    spec = Spec(id="id", label="y", prediction="p", attributes=("sex",), views=((), ("sex",)))
    predictions = [{"id": i, "y": 1, "p": 0} for i in (1, 1, 2, 3, 9)] + [{"id": 4, "y": None, "p": None}]
    customers = [{"id": i, "sex": sex} for i, sex in ((1, "f"), (2, "m"), (3, None), (4, "m"), (5, "f"))]
    cube = recount(spec, predictions, customers)
    assert cube.ledger == Ledger(
        predictions_rows=6,
        attributes_rows=5,
        matched=5,
        predictions_without_attributes=1,
        attributes_without_predictions=1,
        repeated_ids=1,
        missing_label=1,
        missing_prediction=1,
        missing_attributes={"sex": 1},
    )
    assert cube.ledger.matched == cube.cell().n
    assert cube.ledger.coverage == pytest.approx(5 / 6)


def test_nothing_has_no_coverage():
    assert Ledger().coverage != Ledger().coverage  # NaN


def test_ledgers_add_number_by_number_and_reason_by_reason():
    a = Ledger(predictions_rows=3, matched=2, missing_attributes={"sex": 1}, excluded={"no id": 1})
    b = Ledger(predictions_rows=5, matched=5, missing_attributes={"sex": 2, "age": 1})
    both = a + b
    assert (both.predictions_rows, both.matched) == (8, 7)
    assert both.missing_attributes == {"sex": 3, "age": 1}
    assert both.excluded == {"no id": 1}
    assert a + Ledger() == a


def test_cubes_that_were_cut_at_their_own_medians_are_not_merged():
    spec = Spec(score="s", threshold="median")
    rows = [{"s": 0.1}, {"s": 0.4}, {"s": 0.9}]
    one = recount(spec, rows)
    assert one.ledger.score_median == 0.4
    with pytest.raises(DataError, match="median of its own scores"):
        one + one
