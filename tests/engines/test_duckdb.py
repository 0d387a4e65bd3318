"""The engine counts what a plain recount counts, in every format, and refuses what does not fit with file and line."""

from __future__ import annotations

import csv
import gzip
import json
import random
import statistics
from dataclasses import replace
from fractions import Fraction
from itertools import combinations, pairwise
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fairaudit.cube import MISSING, OUTCOMES, Count, Cube, Spec
from fairaudit.engines import Source
from fairaudit.engines.duckdb import DuckDB
from fairaudit.errors import DataError

if TYPE_CHECKING:
    from pathlib import Path


pytestmark = pytest.mark.usefixtures("any_head")
VIEWS = ((), ("g",), ("a",), ("g", "a"), ("s",), ("g", "s"), ("a", "s"), ("g", "a", "s"))
SPEC = Spec(
    id="id",
    label="y",
    prediction="p",
    score="q",
    attributes=("g", "a", "s"),
    views=VIEWS,
    curves=VIEWS[:7],
    disjoint=True,
)


def shop(n: int = 400, seed: int = 1) -> tuple[list[dict[str, str]], list[dict[str, str]]]:
    """Return predictions and attributes as a CSV holds them, with gaps on both sides."""
    draw = random.Random(seed)  # noqa: S311  no secret
    predictions = [
        {
            "id": f"{i:05d}",
            "p": draw.choice(["0", "1"]),
            "y": draw.choice(["0", "1", ""]),
            "q": "" if draw.random() < 0.05 else f"{draw.random():.4f}",
        }
        for i in range(n)
    ]
    attributes = [
        {
            "id": f"{i:05d}",
            "g": draw.choice(["F", "M", "NA", ""]),
            "a": draw.choice(["x y", "z'", 'q"']),
            "s": draw.choice(["1", "2"]),
        }
        for i in range(n // 10, n + n // 10)
    ]
    return predictions, attributes


def recount(spec: Spec, predictions: list[dict[str, str]], attributes: list[dict[str, str]]) -> dict:
    """Count outcomes per key, and score sums, the slow and obvious way."""
    people = {row["id"]: row for row in attributes}
    counts: dict = {}
    for row in predictions:
        if row["id"] not in people:
            continue
        person = row | people[row["id"]]
        decision = {"1": 0, "0": 1, "": 2}[person["p"]]
        truth = {"1": 0, "0": 1, "": 2}[person["y"]]
        for view in spec.views:
            key = tuple((name, person[name] or MISSING) for name in view)
            entry = counts.setdefault(key, ([0] * 9, []))
            entry[0][3 * decision + truth] += 1
            if person["q"]:
                entry[1].append(float(person["q"]))
    return counts


def as_csv(path: Path, rows: list[dict[str, str]], **options) -> Source:
    with path.open("w", encoding=options.pop("encoding", "utf-8"), newline="") as file:
        writer = csv.DictWriter(file, rows[0], **{"lineterminator": "\n", **options})
        writer.writeheader()
        writer.writerows(rows)
    return Source(path)


def as_gzip(path: Path, rows: list[dict[str, str]]) -> Source:
    plain = as_csv(path.with_suffix(".csv"), rows)
    packed = path.with_suffix(".csv.gz")
    packed.write_bytes(gzip.compress(plain.path.read_bytes()))
    return Source(packed)


def typed(rows: list[dict[str, str]]) -> list[dict]:
    """Give decisions, labels and scores the types they have in a dataframe with gaps."""
    kinds = {"p": int, "y": float, "q": float}
    return [{k: None if not v else kinds.get(k, str)(v) for k, v in row.items()} for row in rows]


def as_parquet(path: Path, rows: list[dict[str, str]]) -> Source:
    pq.write_table(pa.Table.from_pylist(typed(rows)), path.with_suffix(".parquet"))
    return Source(path.with_suffix(".parquet"))


def as_json_lines(path: Path, rows: list[dict[str, str]]) -> Source:
    target = path.with_suffix(".jsonl")
    target.write_text("".join(json.dumps(row) + "\n" for row in typed(rows)), encoding="utf-8")
    return Source(target)


def tabulate(tmp_path: Path, predictions: str | bytes, people: str | bytes | None = None, **changes) -> Cube:
    """Write texts to files and tabulate them."""
    sources = []
    for name, text in (("predictions.csv", predictions), ("attributes.csv", people)):
        if text is not None:
            (tmp_path / name).write_bytes(text.encode() if isinstance(text, str) else text)
            sources.append(Source(tmp_path / name))
    spec = replace(Spec(id="id", prediction="p", attributes=("g",), views=((), ("g",))), **changes)
    return DuckDB().tabulate(spec, *sources)


FORMS = {
    "csv": as_csv,
    "semicolons": lambda path, rows: as_csv(path, rows, delimiter=";"),
    "tabs": lambda path, rows: as_csv(path, rows, delimiter="\t"),
    "bars": lambda path, rows: as_csv(path, rows, delimiter="|"),
    "all quoted": lambda path, rows: as_csv(path, rows, quoting=csv.QUOTE_ALL),
    "byte order mark": lambda path, rows: as_csv(path, rows, encoding="utf-8-sig"),
    "windows lines": lambda path, rows: as_csv(path, rows, lineterminator="\r\n"),
    "utf-16": lambda path, rows: replace(as_csv(path, rows, encoding="utf-16"), encoding="utf-16"),
    "gzip": as_gzip,
    "parquet": as_parquet,
    "json lines": as_json_lines,
}


@pytest.mark.parametrize("form", FORMS)
def test_every_format_gives_the_recount(tmp_path, form):
    predictions, attributes = shop()
    first, second = FORMS[form](tmp_path / "p.csv", predictions), FORMS[form](tmp_path / "a.csv", attributes)
    cube = DuckDB().tabulate(SPEC, first, second)
    expected = recount(SPEC, predictions, attributes)
    assert set(cube.cells) == set(expected)
    for key, (counts, scores) in expected.items():
        cell = cube.cells[key]
        assert list(cell.counts) == counts
        moments = cell.sums("score", Count.ALL)
        assert moments.n == len(scores)
        assert float(Fraction(moments.total, 2**SPEC.scale)) == pytest.approx(sum(scores), abs=1e-9)
        assert float(Fraction(moments.squares, 2**SPEC.scale)) == pytest.approx(sum(q * q for q in scores), abs=1e-9)
        if tuple(name for name, _ in key) in SPEC.curves:
            assert cell.histogram.sum() == len(scores)
            bins = [min(999, int(q * 1000)) for q in scores]
            assert all(cell.histogram[:, b].sum() == bins.count(b) for b in set(bins))
        else:
            assert cell.histogram is None


def test_the_ledger_adds_up(tmp_path):
    predictions, attributes = shop()
    predictions += [{"id": "", "p": "1", "y": "", "q": ""}] * 3
    ledger = (
        DuckDB().tabulate(SPEC, as_csv(tmp_path / "p.csv", predictions), as_csv(tmp_path / "a.csv", attributes)).ledger
    )
    assert (ledger.predictions_rows, ledger.attributes_rows) == (403, 400)
    assert ledger.matched == 360
    assert ledger.predictions_without_attributes == 40
    assert ledger.attributes_without_predictions == 40
    assert ledger.excluded == {"missing id": 3}
    assert ledger.predictions_rows == (
        ledger.matched + ledger.predictions_without_attributes + sum(ledger.excluded.values())
    )
    people = {row["id"]: row for row in attributes}
    matched = [row | people[row["id"]] for row in predictions if row["id"] in people]
    assert ledger.missing_label == sum(not row["y"] for row in matched)
    assert ledger.missing_score == sum(not row["q"] for row in matched)
    assert ledger.missing_attributes == {"g": sum(not row["g"] for row in matched), "a": 0, "s": 0}


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(cuts=st.lists(st.integers(1, 399), min_size=1, max_size=3, unique=True), seed=st.integers(0, 99))
def test_shards_sum_to_the_whole_and_order_does_not_matter(tmp_path, cuts, seed):
    predictions, attributes = shop()
    people = as_csv(tmp_path / "a.csv", attributes)
    whole = DuckDB().tabulate(SPEC, as_csv(tmp_path / "p.csv", predictions), people)
    mixed = predictions[:]
    random.Random(seed).shuffle(mixed)  # noqa: S311  no secret
    turned = [dict(reversed(row.items())) for row in mixed]
    assert DuckDB().tabulate(SPEC, as_csv(tmp_path / "t.csv", turned), people) == whole
    edges = [0, *sorted(cuts), len(mixed)]
    known = {row["id"] for row in attributes}
    total = Cube.zero(SPEC)
    for low, high in pairwise(edges):
        if {row["id"] for row in mixed[low:high]} & known:
            total = total + DuckDB().tabulate(SPEC, as_csv(tmp_path / "s.csv", mixed[low:high]), people)
    assert total.cells == whole.cells
    assert total.ledger.matched == whole.ledger.matched


def test_text_stays_text(tmp_path):
    cube = tabulate(tmp_path, "id,p\n001,1\n1,0\n1e3,1\n", "id,g\n001,F\n1,F\n1e3,001\n")
    assert cube.cells[(("g", "F"),)].n == 2
    assert cube.cells[(("g", "001"),)].n == 1


def test_ids_beyond_the_precision_of_floats_stay_apart(tmp_path):
    big = 2**53
    cube = tabulate(tmp_path, f"id,p\n{big},1\n{big + 1},0\n", f"id,g\n{big},F\n{big + 1},M\n")
    assert cube.cells[(("g", "F"),)].count(Count.SELECTED) == 1
    assert cube.cells[(("g", "M"),)].count(Count.SELECTED) == 0


def test_columns_that_differ_only_by_case_are_two_columns(tmp_path):
    cube = tabulate(tmp_path, "id,P,p,G,g\n1,0,1,a,b\n", attributes=("g", "G"), views=((), ("g",), ("G",)))
    assert cube.cell().count(Count.SELECTED) == 1
    assert set(cube.cells) == {(), (("g", "b"),), (("G", "a"),)}


@pytest.mark.parametrize("name", ["a*b.csv", "[x].csv", "it's.csv", "q?.csv", "two words.csv", "-x.csv"])
def test_a_files_name_is_never_a_pattern(tmp_path, name):
    path = tmp_path / name
    path.write_text("id,p,g\n1,1,F\n")
    (tmp_path / "aXb.csv").write_text("id,p,g\n1,1,F\n2,1,F\n")
    assert DuckDB().describe(Source(path)).rows == 1


@pytest.mark.parametrize("name", ["g\" FROM x; COPY x TO 'pwned", "g'; DROP TABLE t0; --", "{g}", "c0", "joined"])
def test_a_columns_name_is_never_sql(tmp_path, name):
    rows = [{"id": "1", "p": "1", name: "F'; --"}, {"id": "2", "p": "0", name: 'M"'}]
    cube = DuckDB().tabulate(
        Spec(id="id", prediction="p", attributes=(name,), views=((), (name,))), as_csv(tmp_path / "f.csv", rows)
    )
    assert set(cube.cells) == {(), ((name, "F'; --"),), ((name, 'M"'),)}


def test_bands_are_closed_on_the_left(tmp_path):
    ages = [17, 24.5, 25, 39, 40, 99, ""]
    text = "id,p,age\n" + "".join(f"{i},1,{age}\n" for i, age in enumerate(ages))
    cube = tabulate(tmp_path, text, attributes=("age",), views=((), ("age",)), bands={"age": (25.0, 40.0)})
    groups = {key[0][1]: cell.n for key, cell in cube.cells.items() if key}
    assert groups == {"under 25": 2, "25 to <40": 2, "40 and over": 2, MISSING: 1}


def test_a_threshold_decides_and_counts_where_the_prediction_differs(tmp_path):
    text = "id,p,q,g\n1,1,0.5,F\n2,1,0.49,F\n3,0,0.9,F\n4,0,0.1,F\n5,1,,F\n"
    cube = tabulate(tmp_path, text, score="q", threshold=0.5)
    assert cube.cell().count(Count.SELECTED) == 2
    assert cube.cell().count(Count.DECIDED) == 4
    assert cube.ledger.threshold_differs == 2


@pytest.mark.parametrize(
    ("scores", "median", "selected"),
    [
        ([0.1, 0.5, 0.9], 0.5, 1),
        ([0.9, 0.25, 0.75, 0.1], 0.5, 2),
        ([0.5, 0.5, 0.5, 0.9], 0.5, 1),
        ([0.5, 0.5, 0.5, 0.1], 0.5, 0),
        ([0.7], 0.7, 0),
        ([-3, 5], 1.0, 1),
    ],
)
def test_the_median_selects_what_lies_above_it(tmp_path, scores, median, selected):
    text = "id,q,g\n" + "".join(f"{i},{score},F\n" for i, score in enumerate(scores)) + "99,,F\n"
    cube = tabulate(tmp_path, text, prediction=None, score="q", threshold="median")
    assert cube.ledger.score_median == median
    assert cube.cell().count(Count.SELECTED) == selected
    assert cube.cell().count(Count.DECIDED) == len(scores), "a row without a score is undecided"


def test_the_median_of_no_score_selects_nobody(tmp_path):
    cube = tabulate(tmp_path, "id,q,g\n1,,F\n", prediction=None, score="q", threshold="median")
    assert cube.ledger.score_median is None
    assert cube.cell().count(Count.DECIDED) == 0


def test_the_median_is_that_of_the_matched_rows(tabulate_alike):
    draw = random.Random(5)  # noqa: S311  no secret
    spec = Spec(id="id", score="q", threshold="median", attributes=("g",), views=((), ("g",)))
    for n in (7, 8, 51):
        people = [{"id": str(i), "g": draw.choice("FM")} for i in range(n)]
        rows = [{"id": str(i), "q": draw.choice(["", "0.1", "0.2", "0.25", "0.7"])} for i in range(n // 2, 2 * n)]
        cube = tabulate_alike(spec, rows, people)
        known = [float(row["q"]) for row in rows if row["q"] and int(row["id"]) < n]
        assert cube.ledger.score_median == statistics.median(known)


def test_the_median_counts_a_row_as_often_as_it_stands_for(tmp_path):
    text = "q,g,n\n0.1,F,2\n0.3,F,0\n0.5,M,1\n0.9,M,1\n"
    cube = tabulate(tmp_path, text, id=None, prediction=None, score="q", threshold="median", count="n")
    assert cube.ledger.score_median == statistics.median([0.1, 0.1, 0.5, 0.9]) == 0.3
    assert cube.cell().count(Count.SELECTED) == 2


def test_above_the_median_and_the_prediction_are_compared(tmp_path):
    cube = tabulate(tmp_path, "id,p,q,g\n1,1,0.5,F\n2,1,0.4,F\n3,0,0.9,F\n", score="q", threshold="median")
    assert cube.ledger.threshold_differs == 3


def test_a_table_of_counts_is_a_data_set(tmp_path):
    text = "p,g,n\n1,F,30\n0,F,70\n1,M,0\n0,M,5\n"
    cube = tabulate(tmp_path, text, id=None, count="n")
    assert cube.cells[(("g", "F"),)].count(Count.SELECTED) == 30
    assert cube.ledger.matched == cube.cell().n == 105


def test_labels_that_are_amounts_are_summed_exactly(tmp_path):
    text = "id,p,y,g\n1,1,10.5,F\n2,0,-3.25,F\n3,0,,F\n"
    cube = tabulate(tmp_path, text, label="y", label_kind="number")
    moments = cube.cell().sums("label", Count.ALL)
    assert (moments.n, Fraction(moments.total, 2**40), Fraction(moments.squares, 2**40)) == (
        2,
        Fraction(29, 4),
        Fraction(21 * 21, 4) + Fraction(169, 16),
    )


def test_scores_outside_the_range_are_counted(tmp_path):
    cube = tabulate(tmp_path, "id,p,q,g\n1,1,-1,F\n2,0,0.5,F\n3,0,7,F\n", score="q", curves=((),))
    assert cube.ledger.scores_outside == 2
    assert cube.cell().histogram.sum() == 3


def test_repeated_predictions_are_counted(tmp_path):
    cube = tabulate(tmp_path, "id,p\n1,1\n1,0\n2,1\n", "id,g\n1,F\n2,M\n")
    assert cube.ledger.repeated_ids == 1
    assert tabulate(tmp_path, "id,p,g\n1,1,F\n1,0,F\n2,1,F\n").ledger.repeated_ids == 1


def test_other_null_texts_are_missing_only_where_stated(tmp_path):
    path = tmp_path / "f.csv"
    path.write_text("id,p,g\n1,1,NA\n2,0,\n")
    spec = Spec(id="id", prediction="p", attributes=("g",), views=((), ("g",)))
    assert {key[0][1] for key in DuckDB().tabulate(spec, Source(path)).cells if key} == {"NA", MISSING}
    assert {key[0][1] for key in DuckDB().tabulate(spec, Source(path, null=("", "NA"))).cells if key} == {MISSING}


def rows(n: int, **columns) -> str:
    """Return a CSV of n rows, each column a function of the row's number."""
    head = ",".join(["id", *columns])
    return head + "\n" + "".join(",".join([str(i), *(str(f(i)) for f in columns.values())]) + "\n" for i in range(n))


SECRET = "jane.doe@example.org"
BAD = {
    "short row": ("id,p,g\n1,1,F\n2,0\n", {}, 3, None),
    "long row": ("id,p,g\n1,1,F\n2,0,F,x\n", {}, 3, None),
    "an empty field too many": ("id,p,g\n1,1,F\n2,0,F,\n", {}, 3, None),
    "short row after a line break in a field": (f'id,p,g\n1,1,"F\n{SECRET}"\n2,0\n', {}, 4, None),
    "unterminated quote": (f'id,p,g\n1,1,F\n2,0,"{SECRET}\n', {}, 3, None),
    "text after a quote": (f'id,p,g\n1,1,"F"{SECRET}\n', {}, 2, None),
    "no UTF-8": (b"id,p,g\n1,1,F\n2,0,\xe9\n", {}, 3, None),
    "NUL": (b"id,p,g\n1,1,F\n2,0,a\x00b\n", {}, 3, None),
    "name twice": ("id,p,g,g\n1,1,F,F\n", {}, 1, "g"),
    "empty name": ("id,p,,g\n1,1,F,F\n", {}, 1, None),
    "missing column": (f"id,p,gender\n1,1,{SECRET}\n", {}, None, "g"),
    "third decision": (f"id,p,g\n1,1,F\n2,0,F\n3,{SECRET},F\n", {}, 4, "p"),
    "third label": ("id,p,y,g\n1,1,1,F\n2,0,0,F\n3,0,2,F\n", {"label": "y"}, 4, "y"),
    "positive never occurs": (f"id,p,g\n1,{SECRET},F\n2,b,F\n", {}, None, "p"),
    "score is text": (f"id,p,q,g\n1,1,0.5,F\n2,1,{SECRET},F\n", {"score": "q"}, 3, "q"),
    "score is infinite": ("id,p,q,g\n1,1,0.5,F\n2,1,inf,F\n", {"score": "q"}, 3, "q"),
    "score is nan": ("id,p,q,g\n1,1,0.5,F\n2,1,nan,F\n", {"score": "q"}, 3, "q"),
    "score is huge": ("id,p,q,g\n1,1,0.5,F\n2,1,1e308,F\n", {"score": "q"}, 3, "q"),
    "negative count": ("p,g,n\n1,F,3\n0,F,-1\n", {"id": None, "count": "n"}, 3, "n"),
    "half a count": ("p,g,n\n1,F,3\n0,F,1.5\n", {"id": None, "count": "n"}, 3, "n"),
    "reserved group": ("id,p,g\n1,1,(missing)\n", {}, None, "g"),
    "identifier as a group": (rows(80, p=lambda i: i % 2, g=lambda i: f"{SECRET}{i}"), {}, None, "g"),
    "number as a group": (rows(80, p=lambda i: i % 2, g=lambda i: i), {}, None, "g"),
    "text in a banded number": (f"id,p,g\n1,1,30\n2,0,{SECRET}\n", {"bands": {"g": (25.0,)}}, 3, "g"),
    "header only": ("id,p,g\n", {}, None, None),
    "empty": ("", {}, None, None),
}


@pytest.mark.parametrize("case", BAD)
def test_what_does_not_fit_is_refused_with_its_place_and_no_value(tmp_path, case):
    text, changes, line, column = BAD[case]
    with pytest.raises(DataError) as caught:
        tabulate(tmp_path, text, **changes)
    error = caught.value
    assert error.line == line
    assert error.column == column
    seen: BaseException | None = error
    while seen is not None:
        assert SECRET not in str(seen)
        seen = seen.__cause__ or seen.__context__


def test_a_number_as_a_group_is_refused_with_bands_that_would_do(tmp_path):
    with pytest.raises(DataError, match=r"\[data\.bands\] g = \[\d+, \d+, \d+\]"):
        tabulate(tmp_path, rows(100, p=lambda i: i % 2, g=lambda i: i))


def test_attributes_with_a_repeated_id_are_refused(tmp_path):
    with pytest.raises(DataError, match="1 rows repeat an id"):
        tabulate(tmp_path, "id,p\n1,1\n2,0\n", "id,g\n1,F\n1,M\n2,F\n")
    with pytest.raises(DataError, match="1 rows repeat an id"):
        tabulate(tmp_path, "id,p\n1,1\n2,0\n", "id,g\n1,F\n2,F\n3,F\n3,F\n")


def test_no_match_at_all_is_an_error_with_both_counts(tmp_path):
    with pytest.raises(DataError, match="None of the 2 predictions found attributes among 3 rows"):
        tabulate(tmp_path, "id,p\n1,1\n2,0\n", "id,g\n01,F\n02,M\n03,F\n")


def test_a_column_in_both_files_is_ambiguous(tmp_path):
    with pytest.raises(DataError, match="stands in both files"):
        tabulate(tmp_path, "id,p,g\n1,1,F\n", "id,g\n1,F\n")


def test_a_misspelt_column_gets_the_nearest_name(tmp_path):
    with pytest.raises(DataError, match='Did you mean "offered"'):
        tabulate(tmp_path, "id,offered,g\n1,1,F\n", prediction="offred")


@pytest.mark.parametrize(
    ("name", "content"), [("m.pkl", b"\x80\x04x"), ("m.csv", b"\x80\x04\x95xx"), ("m.xlsx", b"PK\x03\x04")]
)
def test_pickles_and_damaged_workbooks_are_never_opened(tmp_path, name, content):
    (tmp_path / name).write_bytes(content)
    with pytest.raises(DataError, match=r"pickle|damaged"):
        DuckDB().describe(Source(tmp_path / name))


def test_a_missing_file_a_folder_and_a_damaged_archive(tmp_path):
    with pytest.raises(DataError, match="No such file"):
        DuckDB().describe(Source(tmp_path / "none.csv"))
    with pytest.raises(DataError, match="This is a folder"):
        DuckDB().describe(Source(tmp_path))
    whole = gzip.compress(b"id,p,g\n" + b"1,1,F\n" * 100_000)
    (tmp_path / "cut.csv.gz").write_bytes(whole[: len(whole) // 2])
    with pytest.raises(DataError, match="damaged"):
        DuckDB().describe(Source(tmp_path / "cut.csv.gz"))
    (tmp_path / "bad.parquet").write_bytes(b"PAR1 no parquet PAR1")
    with pytest.raises(DataError, match="damaged"):
        DuckDB().describe(Source(tmp_path / "bad.parquet"))


@pytest.mark.parametrize("value", [7, "seven", None])
@pytest.mark.parametrize("name", ["File_Row_Number", "file_row_number"])
def test_a_column_with_the_name_of_the_engines_row_number_is_no_row_number(tmp_path, name, value):
    predictions = [{"id": i % 3, "p": i % 2, name: value} for i in range(12)]
    people = [{"id": i, "g": "a", name: value} for i in range(3)]
    for file, rows in (("p", predictions), ("a", people)):
        pq.write_table(pa.Table.from_pylist(rows), tmp_path / f"{file}.parquet")
    spec = Spec(id="id", prediction="p", attributes=("g",), views=((), ("g",)))
    cube = DuckDB().tabulate(spec, Source(tmp_path / "p.parquet"), Source(tmp_path / "a.parquet"))
    assert cube.cell().customers(Count.ALL) == 3
    assert cube.cell().customers(Count.TP | Count.SELECTED_UNLABELLED) == 3
    assert DuckDB().describe(Source(tmp_path / "a.parquet"))[name].distinct == (value is not None)


@pytest.mark.parametrize("parts", [False, True], ids=["a file", "parts"])
@pytest.mark.parametrize("compression", ["snappy", "gzip", "zstd"])
def test_damaged_pages_of_a_parquet_file_are_a_fault_of_the_file(tmp_path, compression, parts):
    path = tmp_path / "damaged" / "0.parquet"
    path.parent.mkdir()
    rows = {"id": [f"{SECRET}{i * i}" for i in range(2000)], "p": [0, 1] * 1000, "g": ["F", "M"] * 1000}
    pq.write_table(pa.table(rows), path, compression=compression, use_dictionary=False)
    content = path.read_bytes()
    path.write_bytes(content[:60] + bytes(200) + content[260:])
    source = Source(path.parent if parts else path, parts=parts)
    spec = Spec(id="id", prediction="p", attributes=("g",), views=((), ("g",)))
    for read in (DuckDB().describe, lambda one: DuckDB().tabulate(spec, one)):
        with pytest.raises(DataError, match="is damaged") as caught:
            read(source)
        assert caught.value.file == source.name
        assert SECRET not in str(caught.value)


@pytest.mark.parametrize(
    "encoding", ["utf-16", "utf-32", "idna", "punycode", "undefined", "rot13", "hex", "none such", "a\0b"]
)
@pytest.mark.parametrize("form", ["csv", "jsonl"])
def test_an_encoding_that_does_not_fit_is_refused(tmp_path, encoding, form):
    text = f"id,p,g\n{SECRET},1,F\n" if form == "csv" else f'{{"id":"{SECRET}"}}\n'
    (tmp_path / f"f.{form}").write_text(text, encoding="utf-8")
    with pytest.raises(DataError, match="encoding") as caught:
        DuckDB().describe(Source(tmp_path / f"f.{form}", encoding))
    assert SECRET not in str(caught.value)


@pytest.mark.parametrize("text", ["id,p,g\n1,1,\\ud800\n", "id,p,\\ud800\n1,1,F\n"])
def test_half_a_character_is_refused(tmp_path, text):
    (tmp_path / "f.csv").write_text(text, encoding="utf-8")
    with pytest.raises(DataError, match="half of a character"):
        DuckDB().describe(Source(tmp_path / "f.csv", "unicode_escape"))


def test_a_name_as_long_as_a_file_is_refused(tmp_path):
    (tmp_path / "f.csv").write_text("id,p,g\n" + f"{SECRET},1,F\n" * 100, encoding="utf-8")
    with pytest.raises(DataError, match=r"a name of 2,507 characters; .*--encoding") as caught:
        DuckDB().describe(Source(tmp_path / "f.csv", "cp037"))
    assert len(str(caught.value)) < 200


def test_a_file_that_a_wrong_encoding_makes_one_name_is_not_quoted(tmp_path):
    rows = "".join(f"{SECRET}{i},1,F\n" for i in range(20))
    (tmp_path / "f.csv").write_bytes(
        f"id,p,g,one,two,three,four,five,six,seven,eight,nine,ten,more,end\n{rows}".encode()
    )
    spec = Spec(prediction="p", attributes=("g",), views=((), ("g",)))
    with pytest.raises(DataError, match="There is no such column") as caught:
        DuckDB().tabulate(spec, Source(tmp_path / "f.csv", "cp037"))
    assert len(str(caught.value)) < 200
    assert SECRET.encode().decode("cp037") not in str(caught.value)


def test_describe_says_what_a_column_holds(tmp_path):
    text = rows(100, age=lambda i: 20 + i % 50, g=lambda i: "F" if i % 3 else "", q=lambda i: i / 100)
    (tmp_path / "f.csv").write_text(text)
    seen = DuckDB().describe(Source(tmp_path / "f.csv"))
    assert (seen.format, seen.encoding, seen.delimiter, seen.rows) == ("csv", "utf-8", ",", 100)
    assert seen.names == ("id", "age", "g", "q")
    assert (seen["g"].missing, seen["g"].distinct, seen["g"].values) == (34, 1, (("F", 66),))
    assert (seen["age"].numeric, seen["age"].whole, seen["age"].minimum, seen["age"].maximum) == (True, True, 20, 69)
    assert (seen["q"].numeric, seen["q"].whole) == (True, False)
    assert seen["id"].values == ()


def test_describe_without_a_scan_reads_the_head_alone(tmp_path):
    (tmp_path / "f.csv").write_text("id,p,g\n1,1,F\n" + "2,0\n" * 50_000)
    seen = DuckDB().describe(Source(tmp_path / "f.csv"), ())
    assert (seen.names, seen.rows) == (("id", "p", "g"), None)


def test_sound_files_of_an_odd_form_are_read(tmp_path):
    for number, content in enumerate(
        [b"id,p,g\r\n1,1,F\n2,0,M\r\n", b"id,p,g\r1,1,F\r2,0,M\r", b"id,p,g\n1,1,F\n2,0,M", b"id,p,g\n1,1,F\n\n2,0,M\n"]
    ):
        path = tmp_path / f"{number}.csv"
        path.write_bytes(content)
        assert DuckDB().describe(Source(path)).rows == 2


def test_outcomes_stand_in_the_order_that_cells_use():
    assert [outcome.value for outcome in OUTCOMES] == [2**i for i in range(9)]


def test_many_attributes_with_many_values_do_not_overflow_their_key(tmp_path):
    names = tuple("abcdef")
    rows_ = [
        {"id": str(i), "p": str(i % 2), **{name: f"v{(i * 7 + j) % 49:02d}" for j, name in enumerate(names)}}
        for i in range(500)
    ]
    spec = Spec(id="id", prediction="p", attributes=names, views=((), *((name,) for name in names)))
    cube = DuckDB().tabulate(spec, as_csv(tmp_path / "f.csv", rows_))
    for name in names:
        expected = [row[name] for row in rows_]
        assert all(cube.cells[((name, value),)].n == expected.count(value) for value in set(expected))


def test_a_null_text_means_missing_in_a_typed_column_too(tmp_path):
    table = pa.table(
        {"id": ["1", "2", "3"], "p": [1, 0, -1], "y": [1.0, -1.0, 0.0], "q": [0.5, -1.0, 0.25], "g": [7, 7, -1]}
    )
    pq.write_table(table, tmp_path / "f.parquet")
    spec = Spec(id="id", label="y", prediction="p", score="q", attributes=("g",), views=((), ("g",)), curves=((),))
    cube = DuckDB().tabulate(spec, Source(tmp_path / "f.parquet", null=("", "-1")))
    assert cube.cell().count(Count.DECIDED) == 2
    assert cube.cell().count(Count.LABELLED) == 2
    assert cube.cell().sums("score", Count.ALL).n == cube.cell().histogram.sum() == 2
    assert cube.cells[(("g", MISSING),)].n == 1
    assert (cube.ledger.missing_prediction, cube.ledger.missing_label, cube.ledger.missing_score) == (1, 1, 1)
    assert cube.ledger.scores_outside == 0


def test_the_row_of_a_fault_in_a_parquet_file_is_the_first_one(tmp_path):
    decisions = ["0", "1"] * 400_000
    decisions[300_000] = decisions[700_000] = SECRET
    pq.write_table(pa.table({"p": decisions, "g": ["F"] * 800_000}), tmp_path / "f.parquet", row_group_size=50_000)
    spec = Spec(prediction="p", attributes=("g",), views=((), ("g",)))
    for _ in range(3):
        with pytest.raises(DataError) as caught:
            DuckDB().tabulate(spec, Source(tmp_path / "f.parquet"))
        assert caught.value.line == 300_001


def test_a_rare_positive_value_among_many_is_not_said_to_be_absent(tmp_path):
    text = rows(400, p=lambda i: 1 if i == 399 else i % 20 + 100, g=lambda _: "F")
    with pytest.raises(DataError, match="neither the positive value nor the one other"):
        tabulate(tmp_path, text)


@pytest.mark.parametrize(
    ("rows", "together", "curved", "what"),
    [
        (20_000, 4, False, r"make 1,\d{3},\d{3} cells, more than 1,000,000"),
        (500, 2, True, "make 72,828 histograms of scores, more than 50,000"),
    ],
)
def test_more_cells_than_memory_holds_are_refused(tmp_path, rows, together, curved, what):
    names = [f"a{i}" for i in range(8)]
    lines = (f"{i % 2},{i / rows},{','.join(f'v{i * (j + 1) % 53 % 50}' for j in range(8))}\n" for i in range(rows))
    path = tmp_path / "wide.csv"
    path.write_text(f"p,s,{','.join(names)}\n{''.join(lines)}", encoding="utf-8")
    views = ((), *combinations(names, together))
    spec = Spec(
        prediction="p", score="s", attributes=tuple(names), views=views, curves=views if curved else (), max_groups=50
    )
    with pytest.raises(DataError, match=what):
        DuckDB().tabulate(spec, Source(path))


def test_nan_in_a_parquet_file_is_missing_whatever_the_files_statistics_say(tmp_path):
    """Parquet's statistics leave NaN out, from which DuckDB concluded that a label without a value was negative."""
    path = tmp_path / "all.parquet"
    label = pa.array([1.0, 0.0, float("nan")] * 40, from_pandas=False)
    score = pa.array([0.5, float("nan"), 0.25, 0.75] * 30, from_pandas=False)
    pq.write_table(pa.table({"y": label, "p": [1, 0] * 60, "s": score, "g": ["f", "m", "f"] * 40}), path)
    assert label.null_count == 0
    cube = DuckDB().tabulate(
        Spec(label="y", prediction="p", score="s", attributes=("g",), views=((), ("g",)), curves=((),)), Source(path)
    )
    assert (cube.ledger.missing_label, cube.ledger.missing_score) == (40, 30)
    assert cube.cell().count(Count.NEGATIVE) == 40
    assert cube.cell().sums("score", Count.ALL).n == 90


def test_columns_that_differ_in_capitals_alone_keep_their_names(tmp_path):
    path = tmp_path / "all.parquet"
    pq.write_table(pa.table({"p": [1, 0, 1], "g": [{"a": 1}] * 3, "G": ["f", "m", "f"], "P": [0, 0, 0]}), path)
    cube = DuckDB().tabulate(Spec(prediction="p", attributes=("G",), views=((), ("G",))), Source(path))
    assert {key[0][1]: cell.count(Count.SELECTED) for key, cell in cube.view(("G",)).items()} == {"f": 2, "m": 0}
    assert DuckDB().describe(Source(path), ()).names == ("p", "g", "G", "P")


def test_two_columns_of_one_name_in_a_parquet_file_are_refused(tmp_path):
    path = tmp_path / "all.parquet"
    pq.write_table(
        pa.Table.from_arrays([pa.array([1, 0]), pa.array(["f", "m"]), pa.array([0, 0])], ["p", "g", "p"]), path
    )
    with pytest.raises(DataError, match="Two columns have this name"):
        DuckDB().tabulate(Spec(prediction="p", attributes=("g",), views=((),)), Source(path))
