"""Folders and patterns of Parquet parts, and several files of predictions: everything is read, once, or refused."""

import hashlib
from pathlib import Path

import pandas as pd
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from forms import parquet, sqlite
from rows import write_csv

import fairaudit
from fairaudit.engines import Source
from fairaudit.engines.duckdb import DuckDB
from fairaudit.errors import DataError, UsageError
from fairaudit.policy import Policy

POLICY = Policy.parse(
    {
        "data": {"prediction": "p", "protected": ["g"]},
        "rule": [{"metric": "disparate_impact"}],
        "groups": {"min_size": 1},
    }
)
PARTS = Policy.parse(
    {
        **POLICY.model_dump(by_alias=True, exclude_unset=True),
        "data": {**POLICY.data.model_dump(exclude_unset=True), "parts": True},
    }
)
ROWS = [{"p": 1, "g": "a"}, {"p": 0, "g": "b"}, {"p": 1, "g": "b"}]


def seen(path):
    return DuckDB().describe(Source(Path(path), parts=True))


def refused(path, match):
    with pytest.raises(DataError, match=match) as caught:
        seen(path)
    assert "canary" not in str(caught.value)
    return caught.value


# --- parts ----------------------------------------------------------------------------------------------------------


def test_without_the_switch_a_folder_is_refused_and_says_so(tmp_path):
    with pytest.raises(DataError, match="folder; --parts"):
        fairaudit.tabulate(tmp_path, policy=POLICY)


def test_without_the_switch_a_pattern_is_the_name_of_a_file(tmp_path):
    parquet(tmp_path / "p1.parquet", ROWS)
    with pytest.raises(DataError, match="No such file"):
        fairaudit.tabulate(tmp_path / "p*.parquet", policy=POLICY)
    parquet(tmp_path / "p*.parquet", ROWS[:1])
    assert fairaudit.tabulate(tmp_path / "p*.parquet", policy=POLICY).ledger.predictions_rows == 1
    # nor does the switch expand the name of a file that there is
    assert fairaudit.tabulate(tmp_path / "p*.parquet", policy=PARTS).ledger.predictions_rows == 1


def test_a_plain_file_is_read_with_the_switch_as_without(tmp_path):
    file = write_csv(tmp_path / "all.csv", ROWS)
    assert fairaudit.tabulate(file, policy=PARTS) == fairaudit.tabulate(file, policy=POLICY)


def test_columns_are_matched_by_name_and_numbers_of_two_kinds_are_numbers(tmp_path):
    pq.write_table(pa.table({"p": [1, 0], "g": ["a", "b"]}), tmp_path / "0.parquet")
    pq.write_table(pa.table({"g": ["b", "a"], "p": [1.0, None]}), tmp_path / "1.parquet")
    found = seen(tmp_path)
    assert (found.rows, found["p"].values, found["p"].missing) == (4, (("1", 2), ("0", 1)), 1)


@pytest.mark.parametrize(
    ("second", "column", "match"),
    [
        ({"p": [1]}, "g", 'no such column in the part "1.parquet", but in the part "0.parquet"'),
        ({"p": [1], "G": ["b"]}, "g", "no such column"),
        ({"p": [1], "g": ["b"], "h": ["canary"]}, "h", 'stands in the part "1.parquet", but not in'),
        ({"p": ["canary"], "g": ["b"]}, "p", '"1.parquet" holds text here, and "0.parquet" whole numbers'),
        ({"p": [True], "g": ["b"]}, "p", "holds booleans here"),
        ({"p": [1], "g": [7]}, "g", "holds whole numbers here"),
    ],
)
def test_parts_of_other_columns_are_refused_with_part_and_column(tmp_path, second, column, match):
    pq.write_table(pa.table({"p": [1, 0], "g": ["a", "b"]}), tmp_path / "0.parquet")
    pq.write_table(pa.table(second), tmp_path / "1.parquet")
    assert refused(tmp_path, match).column == column


def test_what_lies_beside_the_parts_is_skipped_only_where_it_is_known(tmp_path):
    parquet(tmp_path / "part-0.parquet", ROWS)
    for name in ("_SUCCESS", "_metadata", "_common_metadata", ".part-0.parquet.crc", ".DS_Store"):
        (tmp_path / name).write_text("x")
    assert seen(tmp_path).rows == 3
    for name in ("readme.txt", "_part-1.parquet", "part-1.csv", "empty.parquet"):
        (tmp_path / name).write_text("")
        assert name in str(refused(tmp_path, "no Parquet file"))
        (tmp_path / name).unlink()


@pytest.mark.parametrize(
    ("name", "match"),
    [
        ("_delta_log", "Delta table"),
        (".hoodie", "Hudi table"),
        ("_temporary", "still being written"),
        ("old", "no partition"),
    ],
)
def test_folders_that_are_more_than_parts_are_refused(tmp_path, name, match):
    parquet(tmp_path / "part-0.parquet", ROWS)
    (tmp_path / name).mkdir()
    refused(tmp_path, match)


def test_an_empty_folder_a_pattern_without_a_match_and_no_folder(tmp_path):
    refused(tmp_path, "no Parquet part")
    refused(tmp_path / "*.parquet", "No file matches")
    refused(tmp_path / "none", "no such file or folder")


def test_a_damaged_part_is_named(tmp_path):
    parquet(tmp_path / "0.parquet", ROWS)
    (tmp_path / "1.parquet").write_bytes(b"PAR1 canary PAR1")
    assert '"1.parquet" is damaged' in str(refused(tmp_path, "damaged"))


def test_partitions_are_columns_of_text(tmp_path):
    for folder in (
        "region=North%20West/year=2026",
        "year=2026/region=__HIVE_DEFAULT_PARTITION__",
        "region=01/year=2025",
    ):
        parquet(tmp_path / folder / "part-0.parquet", ROWS)
    found = seen(tmp_path)
    assert found.names == ("p", "g", "region", "year")
    assert found["region"].values == (("01", 3), ("North West", 3))
    assert (found["region"].missing, found["year"].values) == (3, (("2026", 6), ("2025", 3)))
    parquet(tmp_path / "region=South" / "part-0.parquet", ROWS)
    refused(tmp_path, "other partitions")


def test_a_column_that_is_a_partition_too_is_refused(tmp_path):
    parquet(tmp_path / "g=a" / "part-0.parquet", ROWS)
    assert refused(tmp_path, "names of their folders").column == "g"


def test_a_name_of_the_engines_own_is_refused(tmp_path):
    pq.write_table(pa.table({"p": [1], "File_Index": ["b"]}), tmp_path / "0.parquet")
    refused(tmp_path, "of its own")


def test_links_in_a_circle_end(tmp_path):
    parquet(tmp_path / "part-0.parquet", ROWS)
    (tmp_path / "a=b").symlink_to(tmp_path)
    refused(tmp_path, "partition")


def test_hostile_names_of_parts_are_only_names(tmp_path):
    for name in ("a'b.parquet", "*.parquet", "[x]?.parquet", "$HOME.parquet"):
        parquet(tmp_path / "p" / name, ROWS)
    assert seen(tmp_path / "p").rows == 12
    assert seen(tmp_path / "p" / "[[]x*").rows == 3


def test_the_row_of_a_fault_counts_through_all_parts(tmp_path):
    pq.write_table(pa.table({"p": ["1"] * 5, "g": ["a"] * 5}), tmp_path / "0.parquet")
    pq.write_table(pa.table({"p": ["0", "canary"], "g": ["b"] * 2}), tmp_path / "1.parquet")
    with pytest.raises(DataError) as caught:
        fairaudit.tabulate(tmp_path, policy=PARTS)
    assert (caught.value.file, caught.value.line, caught.value.column) == (tmp_path.name, 7, "p")


def test_every_part_is_in_the_record_with_its_digest(tmp_path):
    for i in range(3):
        parquet(tmp_path / f"{i}.parquet", ROWS)
    recorded = fairaudit.audit(tmp_path, policy=PARTS).inputs["predictions"]
    assert (recorded["name"], recorded["rows"]) == (tmp_path.name, 9)
    assert [part["name"] for part in recorded["files"]] == ["0.parquet", "1.parquet", "2.parquet"]
    digest = hashlib.sha256((tmp_path / "2.parquet").read_bytes()).hexdigest()
    assert (recorded["files"][2]["sha256"], recorded["files"][2]["bytes"]) == (
        digest,
        (tmp_path / "2.parquet").stat().st_size,
    )


# --- several files --------------------------------------------------------------------------------------------------


def test_files_of_several_kinds_are_put_together_by_name(tmp_path):
    given = [
        write_csv(tmp_path / "1.csv", ROWS),
        parquet(tmp_path / "2.parquet", [{"g": "a", "p": 1.0}, {"g": None, "p": None}]),
        sqlite(tmp_path / "3.db", t=({"g": "", "p": ""}, [{"g": "b", "p": "0"}])),
        pl.DataFrame({"g": ["a"], "p": [True]}),
        pd.DataFrame({"p": [1], "g": ["a"]}),
    ]
    cube = fairaudit.tabulate(given, policy=POLICY)
    together = [*ROWS, *({"p": p, "g": g} for p, g in ((1, "a"), (None, None), (0, "b"), (1, "a"), (1, "a")))]
    assert cube == fairaudit.tabulate(write_csv(tmp_path / "all.csv", together), policy=POLICY)


def test_every_file_is_in_the_record_with_its_rows(tmp_path):
    given = [write_csv(tmp_path / "1.csv", ROWS), write_csv(tmp_path / "2.csv", ROWS[:1])]
    recorded = fairaudit.audit(given, policy=POLICY).inputs["predictions"]["files"]
    assert [(one["name"], one["rows"]) for one in recorded] == [("1.csv", 3), ("2.csv", 1)]
    assert recorded[1]["sha256"] == hashlib.sha256(given[1].read_bytes()).hexdigest()


@pytest.mark.parametrize(
    ("second", "column"),
    [([{"p": 1}], "g"), ([{"p": 1, "g": "a", "more": "canary"}], "more"), ([{"P": 1, "g": "a"}], "p")],
)
def test_files_of_other_columns_are_refused_with_file_and_column(tmp_path, second, column):
    given = [write_csv(tmp_path / "1.csv", ROWS), write_csv(tmp_path / "2.csv", second)]
    with pytest.raises(DataError) as caught:
        fairaudit.tabulate(given, policy=POLICY)
    assert (caught.value.file, caught.value.column) == ("2.csv", column)
    assert "canary" not in str(caught.value)


def test_a_file_that_is_given_twice_is_refused(tmp_path):
    file = write_csv(tmp_path / "1.csv", ROWS)
    (tmp_path / "link.csv").symlink_to(file)
    frame = pl.DataFrame(ROWS)
    for given in (
        [file, file],
        [file, tmp_path / "x" / ".." / "1.csv"],
        [str(file), tmp_path / "link.csv"],
        [frame, frame],
    ):
        (tmp_path / "x").mkdir(exist_ok=True)
        with pytest.raises(UsageError, match="twice"):
            fairaudit.tabulate(given, policy=POLICY)


def test_what_is_no_list_of_predictions_is_refused(tmp_path):
    file = write_csv(tmp_path / "1.csv", ROWS)
    with pytest.raises(UsageError, match="empty"):
        fairaudit.tabulate([], policy=POLICY)
    with pytest.raises(UsageError, match="only predictions may be a list"):
        fairaudit.tabulate(file, [file], policy=POLICY)
    with pytest.raises(UsageError, match="neither a file nor a frame"):
        fairaudit.tabulate([{"p": 1}], policy=POLICY)
    both = Policy.parse({"data": {"prediction": "p", "protected": ["g"], "attributes_table": "t"}})
    for given in (pl.DataFrame(ROWS), [file, write_csv(tmp_path / "2.csv", ROWS)]):
        with pytest.raises(UsageError, match="name the database or workbook"):
            fairaudit.tabulate(given, policy=both)


@pytest.mark.parametrize("write", [write_csv, parquet])
def test_a_fault_in_one_of_several_files_is_told_with_its_place(tmp_path, write):
    sound, faulty = [{"p": "1", "g": "a"}] * 4, [{"p": "0", "g": "a"}, {"p": "canary", "g": "b"}]
    given = [write_csv(tmp_path / "1.csv", sound), write(tmp_path / "2", faulty)]
    with pytest.raises(DataError) as caught:
        fairaudit.tabulate(given, policy=POLICY)
    assert (caught.value.file, caught.value.column) == ("2", "p")
    assert caught.value.line == (3 if write is write_csv else 2)
    assert "canary" not in str(caught.value)
