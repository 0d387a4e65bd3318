"""The first rows are enough where they are typical; what the bytes of a file tell is what a parser finds."""

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fairaudit.engines import Source, inputs
from fairaudit.engines.duckdb import DuckDB
from fairaudit.engines.files import scan
from fairaudit.errors import DataError
from fairaudit.spec import Spec

SPEC = Spec(id="id", label="y", prediction="p", score="s", attributes=("g",), views=((), ("g",)))
TYPICAL = [f"c{i},{i % 2},{i // 2 % 2},0.{i},{'fm'[i % 3 > 0]}" for i in range(40)]


@pytest.fixture
def looks(monkeypatch):
    """Return the numbers of rows that each look at a table was limited to."""
    seen, real = [], inputs.survey

    def watched(*arguments, head=None, **named):
        seen.append(head)
        return real(*arguments, head=head, **named)

    monkeypatch.setattr(inputs, "HEAD", 20)
    monkeypatch.setattr(inputs, "survey", watched)
    return seen


def tabulate(folder, rows):
    path = folder / "all.csv"
    path.write_text("\n".join(["id,p,y,s,g", *rows, ""]), encoding="utf-8")
    return DuckDB().tabulate(SPEC, Source(path))


def test_typical_rows_are_read_once(tmp_path, looks):
    assert tabulate(tmp_path, TYPICAL).ledger.matched == 40
    assert looks == [20]


@pytest.mark.parametrize(
    "odd", ["x,1,1,0.5,another", "x,1,1,7,f", "x,,,,"], ids=["a group not seen before", "a large score", "no value"]
)
def test_a_row_that_the_first_ones_do_not_explain_is_counted(tmp_path, looks, odd):
    cube = tabulate(tmp_path, [*TYPICAL, odd])
    assert cube.ledger.matched == 41
    assert sum(cell.n for cell in cube.view(("g",)).values()) == 41
    assert looks == ([20, None] if "another" in odd else [20])


@pytest.mark.parametrize(
    ("odd", "message"),
    [
        ("x,2,1,0.5,f", 'line 42, column "p": 1 values are neither'),
        ("x,1,no,0.5,f", 'line 42, column "y": 1 values are neither'),
        ("x,1,1,high,f", 'line 42, column "s": 1 values are no finite number'),
        ("x,1,1,2e9,f", 'line 42, column "s": Values lie beyond 1,000,000,000'),
        ("x,1,1,0.5", "line 42: The row has 4 fields, but the header has 5"),
    ],
)
def test_a_fault_far_down_is_refused_with_its_line(tmp_path, looks, odd, message):
    with pytest.raises(DataError) as caught:
        tabulate(tmp_path, [*TYPICAL, odd])
    assert message in str(caught.value)
    assert looks[0] == 20


@pytest.mark.parametrize("first", [[f"c{i},0,1,0.5,f" for i in range(20)], [f"c{i},{i},1,0.5,f" for i in range(20)]])
def test_first_rows_that_are_not_typical_are_not_relied_on(tmp_path, looks, first):
    rest = [f"d{i},1,0,0.5,m" for i in range(20)]
    if first[1].startswith("c1,0"):
        assert tabulate(tmp_path, first + rest).ledger.matched == 40
    else:
        with pytest.raises(DataError, match="neither the positive value"):
            tabulate(tmp_path, first + rest)
    assert looks == [20, None]


FIELD = st.sampled_from(["", "a", "ab", " ", '"x"', '"a""b"', '"a,b"', '"a\nb"', "é", "\0", "x\ry"])
END = st.sampled_from(["\n", "\r\n", "\n\n", "\r"])


@given(st.lists(st.tuples(st.lists(FIELD, min_size=1, max_size=3), END), min_size=1, max_size=8), st.booleans())
def test_the_bytes_of_a_file_tell_its_rows_or_nothing(tmp_path_factory, rows, ended):
    text = "".join(",".join(fields) + end for fields, end in rows)
    text = text if ended else text.rstrip("\r\n")
    if not text:
        return
    path = tmp_path_factory.mktemp("bytes") / "file.csv"
    path.write_bytes(text.encode())
    found = scan(path, ",")
    assert found.suspicious == any(bad in text for bad in ("\0", ",\n", ",\r"))
    if found.rows is not None:
        parsed = list(csv.reader(io.StringIO(text.replace("\0", "0"), newline="")))
        assert found.rows == len(parsed) - 1
        assert all(parsed[1:])


@pytest.mark.parametrize("block", [1, 2, 3, 7])
def test_a_fault_on_the_edge_of_two_blocks_is_seen(tmp_path, monkeypatch, block):
    monkeypatch.setattr("fairaudit.engines.files._BLOCK", block)
    path = tmp_path / "file.csv"
    for text, rows, suspicious in (("a,b\n1,2\n", 1, False), ("a,b\n1,\n", 1, True), ("a\n\n1\n", None, False)):
        path.write_text(text, encoding="utf-8")
        assert (scan(path, ",").rows, scan(path, ",").suspicious) == (rows, suspicious)
