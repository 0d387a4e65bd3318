"""Customers that repeat and rows that are weighted: the engine's sums are those of the plain recount."""

from dataclasses import astuple, replace

import numpy as np
import pytest
from rows import recount, write_csv

from fairaudit.cube import Count
from fairaudit.engines import Source
from fairaudit.engines.duckdb import DuckDB
from fairaudit.errors import DataError
from fairaudit.spec import Spec

pytestmark = pytest.mark.usefixtures("any_head")

VIEWS = ((), ("sex",), ("tier",), ("sex", "tier"))
PLAIN = Spec(
    id="id", label="y", prediction="p", score="s", attributes=("sex", "tier"), views=VIEWS, curves=((), ("sex",))
)
WEIGHTED = replace(PLAIN, weight="w")


def sample(seed, rows=400, customers=60, *, moving=False):
    """Return predictions of customers that repeat, and the customers; `moving`: the tier changes between rows."""
    rng = np.random.default_rng(seed)
    predictions = [
        {
            "id": int(rng.integers(customers)),
            "p": rng.choice([1, 0, None], p=[0.4, 0.55, 0.05]),
            "y": rng.choice([1, 0, None], p=[0.3, 0.6, 0.1]),
            "s": None if rng.random() < 0.1 else round(float(rng.random()), 3),
            "w": float(rng.choice([0.0, 0.25, 1.0, 2.5, 1 / 3])),
            **({"tier": str(rng.choice(["a", "b"]))} if moving else {}),
        }
        for _ in range(rows)
    ]
    people = [
        {"id": i, "sex": str(rng.choice(["f", "m"])), **({} if moving else {"tier": str(rng.choice(["a", "b"]))})}
        for i in range(customers)
    ]
    return predictions, people


def counted(folder, spec, predictions, people=None):
    second = None if people is None else Source(write_csv(folder / "people.csv", people))
    return DuckDB().tabulate(spec, Source(write_csv(folder / "predictions.csv", predictions)), second)


def same(cube, other):
    """Hold two cubes together: exactly, but products of weighted totals to the last digits of a float."""
    plain = [{key: replace(cell, clusters=None) for key, cell in one.cells.items()} for one in (cube, other)]
    assert plain[0] == plain[1]
    assert cube.ledger == other.ledger
    for key, cell in cube.cells.items():
        mine, theirs = cell.clusters, other.cells[key].clusters
        assert mine.customers == theirs.customers
        assert dict(mine.products) == pytest.approx(dict(theirs.products), rel=1e-14)
        for name, spread in mine.spreads.items():
            assert astuple(spread) == pytest.approx(astuple(theirs.spreads[name]), rel=1e-13)
    if cube.spec.weight is None:
        assert cube == other


@pytest.mark.parametrize("spec", [PLAIN, WEIGHTED], ids=["plain", "weighted"])
@pytest.mark.parametrize("moving", [False, True], ids=["settled", "moving"])
@pytest.mark.parametrize("seed", range(3))
def test_customers_that_repeat_are_counted_as_by_hand(tmp_path, spec, moving, seed):
    predictions, people = sample(seed, moving=moving)
    cube = counted(tmp_path, spec, predictions, people)
    same(cube, recount(spec, predictions, people))
    weighing = {row["id"] for row in predictions if spec.weight is None or row["w"] > 0}
    assert cube.cell().customers(Count.ALL) == len(weighing)


@pytest.mark.parametrize("spec", [PLAIN, WEIGHTED], ids=["plain", "weighted"])
def test_one_file_with_repeated_and_missing_ids(tmp_path, spec):
    predictions, people = sample(7)
    by_id = {row["id"]: row for row in people}
    rows = [{**by_id[row["id"]], **row, "id": None if i % 9 == 0 else row["id"]} for i, row in enumerate(predictions)]
    same(counted(tmp_path, spec, rows), recount(spec, rows))


def test_weights_without_an_id_make_every_row_a_customer(tmp_path):
    spec = Spec(prediction="p", weight="w", attributes=("sex",), views=((), ("sex",)))
    rows = [{"p": i % 3 == 0, "w": 0.5 + i % 4, "sex": "fm"[i % 2]} for i in range(40)]
    cube = counted(tmp_path, spec, rows)
    same(cube, recount(spec, rows))
    assert cube.cell().customers(Count.ALL) == 40


def test_without_repeats_and_weights_nothing_is_kept_of_customers(tmp_path):
    spec = Spec(id="id", prediction="p")
    assert counted(tmp_path, spec, [{"id": i, "p": 1} for i in range(5)]).cell().clusters is None


def test_weights_and_frequencies_multiply(tmp_path):
    spec = Spec(prediction="p", weight="w", count="n")
    once = Spec(prediction="p", weight="w")
    boxes = [{"p": 1, "w": 0.5, "n": 3}, {"p": 0, "w": 2.0, "n": 2}]
    cell = counted(tmp_path, spec, boxes).cell()
    rows = [{"p": box["p"], "w": box["w"]} for box in boxes for _ in range(box["n"])]
    assert cell.counts == recount(once, rows).cell().counts
    assert cell.weights == recount(once, rows).cell().weights


@pytest.mark.parametrize(
    ("weight", "message"), [("-1", "negative"), ("", "missing"), ("inf", "finite"), ("nan", "finite"), ("x", "finite")]
)
def test_weights_that_are_none_are_refused_with_their_place(tmp_path, weight, message):
    path = tmp_path / "p.csv"
    path.write_text(f"p,w\n1,1\n0,{weight}\n", encoding="utf-8")
    with pytest.raises(DataError, match=message) as caught:
        DuckDB().tabulate(Spec(prediction="p", weight="w"), Source(path))
    assert caught.value.column == "w"
    assert caught.value.line == (None if weight == "" else 3)


@pytest.mark.parametrize("weight", [1e-9, 1e9])
def test_weights_in_a_unit_that_would_be_lost_are_refused(tmp_path, weight):
    rows = [{"p": i % 2, "w": weight} for i in range(10)]
    with pytest.raises(DataError, match="another unit"):
        counted(tmp_path, Spec(prediction="p", weight="w"), rows)


def test_rows_that_stand_for_several_customers_have_no_id(tmp_path):
    rows = [{"id": i % 5, "p": 1, "n": 1} for i in range(10)]
    with pytest.raises(DataError, match="repeat an id"):
        counted(tmp_path, Spec(id="id", prediction="p", count="n"), rows)
    with pytest.raises(DataError, match="one file"):
        counted(tmp_path, Spec(id="id", prediction="p", count="n"), rows, [{"id": i} for i in range(5)])
