"""Merged cubes: days, regions and shards add up to the audit of their union."""

import json
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, Phase, assume, given, settings
from hypothesis import strategies as st
from public_data import read_rows
from rows import write_csv

import fairaudit
from fairaudit import Cube, DataError, cubefile
from fairaudit.engines import Source
from fairaudit.engines.duckdb import DuckDB
from fairaudit.ledger import Ledger
from fairaudit.report import FORMATS
from fairaudit.spec import Spec

VIEWS = ((), ("sex",), ("tier",), ("sex", "tier"))
SPEC = Spec(
    id="id", label="y", prediction="p", score="s", attributes=("sex", "tier"), views=VIEWS, curves=((), ("sex",)),
    bins=20, disjoint=True,
)  # fmt: skip
SPECS = st.sampled_from(
    [SPEC, replace(SPEC, weight="w"), replace(SPEC, threshold=0.5), replace(SPEC, label=None, score=None, curves=())]
)
CUSTOMERS = range(8)
# sums of such scores and weights, and their products, are exact in the cube's units
ROW = st.fixed_dictionaries(
    {
        "id": st.sampled_from(CUSTOMERS),
        "y": st.sampled_from([0, 1, None]),
        "p": st.sampled_from([0, 1, None]),
        "s": st.none() | st.integers(0, 64).map(lambda n: n / 64),
        "w": st.sampled_from([0.0, 0.25, 1.0, 2.5]),
    }
)
GROUPS = st.fixed_dictionaries(
    {"sex": st.sampled_from(["f", "m", None]), "tier": st.sampled_from(["a", "b"])}
)  # fmt: skip
ROWS = st.lists(ROW, min_size=1, max_size=20)
SHARDS = st.lists(st.integers(0, 2), min_size=len(CUSTOMERS), max_size=len(CUSTOMERS))
quick = settings(
    max_examples=25,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


def tabulate(folder, spec, predictions, people=None):
    second = None if people is None else Source(write_csv(folder / "people.csv", people))
    return DuckDB().tabulate(spec, Source(write_csv(folder / "predictions.csv", predictions)), second)


def shards(rows, places):
    found = [[row for row in rows if places[row["id"]] == shard] for shard in range(3)]
    return [part for part in found if part]


@quick
@given(SPECS, st.lists(st.tuples(ROW, GROUPS), min_size=1, max_size=20), SHARDS)
def test_shards_of_one_file_add_up_to_the_whole(tmp_path, spec, pairs, places):
    rows = [{**row, **groups} for row, groups in pairs]
    parts = [tabulate(tmp_path, spec, part) for part in shards(rows, places)]
    merged = sum(parts[1:], start=parts[0])
    whole = tabulate(tmp_path, spec, rows)
    assert merged.cells == whole.cells
    assert merged.ledger == whole.ledger
    assert Cube.zero(spec) + merged == merged + Cube.zero(spec) == merged


@quick
@given(SPECS, ROWS, SHARDS, st.lists(GROUPS, min_size=5, max_size=5))
def test_shards_that_share_a_customers_file_add_up_to_the_whole(tmp_path, spec, rows, places, groups):
    people = [{"id": i, **known} for i, known in enumerate(groups)]
    split = shards(rows, places)
    assume(all(any(row["id"] < len(people) for row in part) for part in split))
    parts = [tabulate(tmp_path, spec, part, people) for part in split]
    merged = sum(parts[1:], start=parts[0])
    whole = tabulate(tmp_path, spec, rows, people)
    assert merged.cells == whole.cells
    unknown = {} if len(parts) == 1 else {"attributes_rows": None, "attributes_without_predictions": None}
    assert merged.ledger == replace(whole.ledger, **unknown)


def test_what_does_not_add_is_not_known_after_a_merge():
    alone, joined = Ledger(predictions_rows=2, matched=2), Ledger(2, 9, 2, attributes_without_predictions=7)
    for both in (joined + joined, joined + joined + alone, alone + (joined + joined) + joined):
        assert (both.attributes_rows, both.attributes_without_predictions) == (None, None)
        assert both.coverage == 1
    assert (joined + alone).attributes_rows == (alone + joined).attributes_rows == 9
    assert Ledger() + joined == joined + Ledger() == joined


# --- adult, split in ten --------------------------------------------------------------------------------------------


POLICY = {
    "data": {
        "id": "customer_id", "label": "label", "labels": "complete", "prediction": "prediction", "score": "score",
        "protected": ["sex", "race", "age", "sex*race"], "segments": ["workclass"], "bands": {"age": [25, 40, 60]},
        "customers": "disjoint",
    },
    "groups": {"small": "report"},
    "rule": [
        {"metric": "disparate_impact", "min": 0.8},
        {"metric": "equal_opportunity", "max": 0.1},
        {"metric": "calibration", "min": 0.8, "max": 1.25},
    ],
}  # fmt: skip
CHANGED = {"inputs", "notes", "versions", "data"}


@pytest.fixture(scope="module")
def adult(tmp_path_factory):
    """Return the two files, and ten saved cubes of a tenth of the predictions each, joined with all the customers."""
    folder = tmp_path_factory.mktemp("adult")
    rows = read_rows("adult", "predictions.csv")
    people = write_csv(folder / "people.csv", read_rows("adult", "attributes.csv"))
    whole = write_csv(folder / "whole.csv", rows)
    cubes = []
    for tenth in range(10):
        part = write_csv(folder / f"{tenth}.csv", rows[tenth::10])
        cubes.append(folder / f"{tenth}.cube")
        fairaudit.tabulate(part, people, POLICY).save(cubes[-1])
    return whole, people, cubes


def test_adult_in_ten_cubes_is_adult(adult, tmp_path):
    whole, people, cubes = adult
    cube = fairaudit.tabulate(whole, people, POLICY)
    merged = cubefile.merge(cubes)
    assert merged.cells == cube.cells
    assert merged.ledger == replace(cube.ledger, attributes_rows=None, attributes_without_predictions=None)
    merged.save(tmp_path / "adult.cube")

    direct = fairaudit.audit(whole, people, POLICY)
    again = fairaudit.audit(tmp_path / "adult.cube", policy=POLICY)
    assert (again.verdict, again.findings, again.rules) == (direct.verdict, direct.findings, direct.rules)
    one, other = (json.loads(FORMATS["json"](audit)) for audit in (direct, again))
    assert {key: one[key] for key in one.keys() - CHANGED} == {key: other[key] for key in other.keys() - CHANGED}
    assert "merged from 10" in again.notes[0]
    assert other["inputs"]["cube"]["merged"] == 10
    assert other["data"]["attributes_rows"] is None
    assert other["data"]["reason"]
    for form in ("text", "markdown", "html"):
        assert "not known: cubes were merged" in FORMATS[form](again).replace("\u00a0", " ")


def test_a_tenth_of_adult_is_not_added_twice(adult):
    _, _, cubes = adult
    with pytest.raises(DataError, match="twice"):
        cubefile.merge([*cubes, cubes[3]])
