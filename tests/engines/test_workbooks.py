"""Workbooks: text stays text, what a cell shows is what is read, and what would be lost in silence is refused."""

import datetime as dt
import sys
import zipfile

import openpyxl
import pytest
from forms import workbook

import fairaudit
from fairaudit.engines import Source
from fairaudit.engines.duckdb import DuckDB
from fairaudit.errors import DataError, EngineError


def book(path, *rows, change=None):
    """Write rows into the only sheet of a workbook."""
    made = openpyxl.Workbook()
    for row in rows:
        made.active.append(row)
    if change is not None:
        change(made.active)
    made.save(path)
    return Source(path)


def rewritten(source, *replacements):
    """Replace bytes in the sheet, for what openpyxl does not write."""
    with zipfile.ZipFile(source.file) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    for old, new in replacements:
        sheet = parts["xl/worksheets/sheet1.xml"]
        assert old in sheet
        parts["xl/worksheets/sheet1.xml"] = sheet.replace(old, new)
    with zipfile.ZipFile(source.file, "w") as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return source


def seen(source):
    """Return each column's values, most frequent first, and how many are missing."""
    return {c.name: ([value for value, _ in c.values], c.missing) for c in DuckDB().describe(source).columns}


def refused(source, match):
    with pytest.raises(DataError, match=match) as caught:
        DuckDB().describe(source)
    assert "canary" not in str(caught.value)
    return caught.value


def test_cells_are_read_as_they_are_meant(tmp_path):
    source = book(
        tmp_path / "s.xlsx",
        ["id", "na", "whole", "real", "yes", "day", "time", "moment", "mixed", 2024],
        ["001", "NA", 7, 0.1, True, dt.date(2026, 1, 31), dt.time(9, 30), dt.datetime(2026, 1, 31, 9, 30), "1", "a"],
        ["001", "NA", 7.0, 0.1, True, dt.date(2026, 1, 31), dt.time(9, 30), dt.datetime(2026, 1, 31, 9, 30), 1, "a"],
        ["001", None, None, None, None, None, None, None, "x ", "a"],
    )
    assert seen(source) == {
        "id": (["001"], 0),
        "na": (["NA"], 1),
        "whole": (["7"], 1),
        "real": (["0.1"], 1),
        "yes": (["1"], 1),
        "day": (["2026-01-31"], 1),
        "time": (["09:30:00"], 1),
        "moment": (["2026-01-31T09:30:00"], 1),
        "mixed": (["1", "x "], 0),
        "2024": (["a"], 0),
    }
    found = DuckDB().describe(source)
    assert (found.format, found.rows, found["whole"].whole, found["real"].numeric) == ("xlsx", 3, True, True)


def test_blank_rows_and_columns_around_the_table_are_nothing(tmp_path):
    def blank(sheet):
        sheet["A9"].number_format = "0.00"
        sheet["F2"].number_format = "0.00"

    source = book(tmp_path / "s.xlsx", [], [None], ["id", "p"], ["1", 1], [None, None], ["2", 0], change=blank)
    assert seen(source) == {"id": (["1", "2"], 0), "p": (["0", "1"], 0)}


def test_a_wrong_size_in_the_file_hides_no_row(tmp_path):
    source = book(tmp_path / "s.xlsx", ["id", "p"], ["1", 1], ["2", 0])
    assert DuckDB().describe(rewritten(source, (b'ref="A1:B3"', b'ref="A1:A2"'))).rows == 2


def test_a_formula_gives_its_saved_value_and_an_empty_text_is_one(tmp_path):
    source = book(tmp_path / "s.xlsx", ["id", "p", "q"], ["1", "=1+1", '=""'], ["2", 2, None])
    source = rewritten(
        source,
        (b'<c r="B2"><f>1+1</f><v /></c>', b'<c r="B2"><f>1+1</f><v>2</v></c>'),
        (b'<c r="C2"><f>""</f><v /></c>', b'<c r="C2" t="str"><f>""</f><v></v></c>'),
    )
    assert seen(source) == {"id": (["1", "2"], 0), "p": (["2"], 0), "q": ([], 2)}


def test_a_formula_without_a_saved_value_is_refused_with_its_cell(tmp_path):
    error = refused(book(tmp_path / "s.xlsx", ["id", "p"], ["canary", 1], ["2", "=1+1"]), "Cell B3 holds a formula")
    assert error.line == 3


@pytest.mark.parametrize("value", ["#N/A", "#DIV/0!", "#REF!", "#VALUE!"])
def test_an_error_is_refused_with_its_cell(tmp_path, value):
    refused(book(tmp_path / "s.xlsx", ["canary", "p"], ["canary", 1], ["2", value]), "Cell B3 holds an error")


def test_merged_cells_are_refused_with_their_range(tmp_path):
    rows = (["id", "region"], ["1", "canary"], ["2", None])
    source = book(tmp_path / "s.xlsx", *rows, change=lambda sheet: sheet.merge_cells("B2:B3"))
    refused(source, "Cells B2:B3 are merged")


@pytest.mark.parametrize(
    ("rows", "match"),
    [
        ((["id", "p", "id"], ["1", 1, 2]), 'column "id": Two columns have this name'),
        ((["id", None, "p"], ["1", 1, 2]), "line 1: Column B of the header has no name"),
        ((["id", " ", "p"], ["1", 1, 2]), "Column B of the header has no name"),
        ((["Customers of 2026"], ["id", "p"], ["1", 1]), "line 2: Cell B2 holds a value, but its column has no name"),
        ((["id", "p"], ["1", 1], ["2", 0, None, "canary"]), "Cell D3 holds a value"),
        ((), "no columns"),
    ],
)
def test_a_header_that_is_none_is_refused(tmp_path, rows, match):
    refused(book(tmp_path / "s.xlsx", *rows), match)


def test_a_value_that_does_not_fit_is_told_with_the_row_of_the_sheet(tmp_path):
    rows = [["p", "g"], *([i % 2, "a"] for i in range(40_000)), [], ["canary", "b"], ["canary", "b"]]
    source = book(tmp_path / "s.xlsx", *rows)
    with pytest.raises(DataError) as caught:
        fairaudit.tabulate(source.path, policy={"data": {"prediction": "p", "protected": ["g"]}})
    assert (caught.value.file, caught.value.line, caught.value.column) == ("s.xlsx", 40_003, "p")
    assert "canary" not in str(caught.value)


def test_of_several_sheets_one_must_be_named(tmp_path):
    path = workbook(tmp_path / "s.xlsx", Decisions=[{"p": 1}], Customers=[{"g": "a"}])
    assert '"Decisions", "Customers"' in str(refused(Source(path), "several sheets"))
    assert 'Did you mean "Customers"' in str(refused(Source(path, table="Custmers"), "no such sheet"))
    assert list(seen(Source(path, table="Customers"))) == ["g"]


def other_zip(path, *names):
    with zipfile.ZipFile(path, "w") as archive:
        for name in names:
            archive.writestr(name, "x")
    return path


@pytest.mark.parametrize(
    ("names", "match"),
    [
        (("[Content_Types].xml", "xl/workbook.bin"), r"binary workbook \(\.xlsb\)"),
        (("mimetype", "content.xml"), r"OpenDocument file \(\.ods\)"),
        (("a.csv",), "zip archive"),
        (("[Content_Types].xml", "word/document.xml"), "zip archive"),
        (("[Content_Types].xml", "xl/workbook.xml"), "damaged"),
    ],
)
def test_other_archives_are_refused_with_what_to_do(tmp_path, names, match):
    refused(Source(other_zip(tmp_path / "s.xlsx", *names)), match)


def test_old_damaged_and_cut_workbooks_are_refused(tmp_path):
    (tmp_path / "old.xls").write_bytes(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600))
    refused(Source(tmp_path / "old.xls"), r"\.xls.*password")
    whole = book(tmp_path / "s.xlsx", ["id", "p"], ["canary", 1]).file.read_bytes()
    (tmp_path / "cut.xlsx").write_bytes(whole[: len(whole) // 2])
    refused(Source(tmp_path / "cut.xlsx"), "damaged")
    refused(rewritten(Source(tmp_path / "s.xlsx"), (b"</sheetData>", b"")), "damaged")


def test_an_archive_that_unpacks_without_end_is_refused_unread(tmp_path):
    with zipfile.ZipFile(tmp_path / "s.xlsx", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("[Content_Types].xml", "x")
        with archive.open("xl/worksheets/sheet1.xml", "w") as part:
            for _ in range(128):
                part.write(bytes(1 << 20))
    refused(Source(tmp_path / "s.xlsx"), "unpacks to far more")


def test_a_workbook_is_known_by_its_content(tmp_path):
    source = book(tmp_path / "table.dat", ["id", "p"], ["1", 1])
    assert DuckDB().describe(source).format == "xlsx"


def test_a_reader_that_is_not_installed_is_named(tmp_path, monkeypatch):
    source = book(tmp_path / "s.xlsx", ["id", "p"], ["1", 1])
    monkeypatch.setitem(sys.modules, "openpyxl", None)
    with pytest.raises(EngineError, match=r"pip install 'fairaudit-toolkit\[excel\]'"):
        DuckDB().describe(source)
