"""Saved cubes: what comes back is what was saved, and nothing else is ever read as a cube."""

import hashlib
import random
import re
from dataclasses import astuple, replace

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rows import recount

from fairaudit import Cube, DataError, UsageError, cubefile
from fairaudit.cube import OUTCOMES, Cell, Clusters, Moments, Spread, Weights
from fairaudit.cubefile import decode, encode, is_cube
from fairaudit.ledger import Ledger
from fairaudit.spec import MISSING, Spec

HOSTILE = ("", "a b", 'say "x"', "'; DROP", "line\nbreak", "\x00", "\u202eright", "é", "😀", MISSING, "0" * 64, "1e5")
TRAPS = ("fairaudit.sha256\x18@" + "a" * 64, "fairaudit.format\x18\x10fairaudit.cube/9", "PAR1", "fairaudit.spec")
NAMES = st.one_of(st.sampled_from(HOSTILE + TRAPS), st.text(max_size=5))
BIG = st.one_of(st.integers(-(2**200), 2**200), st.integers(0, 100))
ROWS = st.integers(0, 2**63 - 1)
FLOATS = st.floats(allow_nan=False, allow_infinity=False)
NINE = len(OUTCOMES)


def nine(values):
    return st.tuples(*[values] * NINE)


def grids(bins, dtype, values):
    flat = st.lists(values, min_size=3 * bins, max_size=3 * bins)
    return flat.map(lambda numbers: np.array(numbers, dtype=dtype).reshape(3, bins))


@st.composite
def specs(draw):
    columns = tuple(draw(st.lists(NAMES, max_size=3, unique=True)))
    views = tuple(tuple(columns[:n]) for n in range(len(columns) + 1))
    cuts = st.lists(FLOATS, min_size=1, max_size=3, unique=True).map(lambda c: tuple(sorted(c)))
    return Spec(
        id=draw(st.none() | NAMES),
        label=draw(st.none() | NAMES),
        score=draw(st.none() | NAMES),
        threshold=draw(st.none() | st.just("median") | FLOATS | st.integers(-5, 5)),
        positive=draw(NAMES),
        label_kind=draw(st.sampled_from(["binary", "number"])),
        count=draw(st.none() | NAMES),
        weight=draw(st.none() | NAMES),
        attributes=columns,
        views=views,
        curves=views[: draw(st.integers(0, len(views)))],
        bands={name: draw(cuts) for name in columns[:1]},
        score_range=draw(st.sampled_from([(0, 1), (0.0, 1.0), (-1e300, 300.5)])),
        bins=draw(st.integers(1, 4)),
        disjoint=draw(st.sampled_from([None, True, False])),
        protected=columns[:1],
        outcome=draw(st.sampled_from(["benefit", "harm"])),
    )


def clusters():
    return st.builds(
        Clusters,
        st.dictionaries(st.integers(1, 511), ROWS, max_size=3),
        st.dictionaries(st.tuples(st.integers(0, 8), st.integers(0, 8)), BIG, max_size=3),
        st.dictionaries(NAMES, st.builds(Spread, ROWS, BIG, BIG, BIG), max_size=2),
    )


def cells(bins):
    return st.builds(
        Cell,
        nine(ROWS),
        st.dictionaries(NAMES, nine(st.builds(Moments, ROWS, BIG, BIG, BIG)), max_size=2),
        st.none() | grids(bins, np.int64, ROWS),
        st.none() | st.builds(Weights, nine(BIG), nine(BIG)),
        st.none() | clusters(),
        st.none() | grids(bins, np.float64, FLOATS),
    )


LEDGERS = st.builds(
    Ledger,
    predictions_rows=st.integers(0, 2**80),
    attributes_rows=st.none() | ROWS,
    attributes_without_predictions=st.none() | ROWS,
    missing_attributes=st.dictionaries(NAMES, ROWS, max_size=3),
    score_median=st.none() | FLOATS,
    excluded=st.dictionaries(NAMES, ROWS, max_size=2),
)


@st.composite
def cubes(draw):
    spec = draw(specs())
    keys = st.sampled_from(spec.views).flatmap(lambda view: st.tuples(*(st.tuples(st.just(n), NAMES) for n in view)))
    found = draw(st.dictionaries(keys, cells(spec.bins), max_size=3))
    return Cube(spec, found, draw(LEDGERS))


def shuffled(mapping, chance):
    return dict(chance.sample(sorted(mapping.items()), len(mapping)))


SPEC = Spec(label="y", prediction="p", score="s", attributes=("sex",), views=((), ("sex",)), curves=((),), bins=20)
SMALL = recount(
    SPEC, [{"y": i % 2, "p": i % 3 % 2, "s": i / 40, "sex": ("f", "m", None)[i % 3]} for i in range(40)]
)  # fmt: skip


@pytest.fixture(scope="module")
def content():
    return encode(SMALL)


def sealed(content):
    """Return a content with the checksum that fits it."""
    place = list(re.finditer(rb"fairaudit\.sha256..([0-9a-f]{64})", content, re.DOTALL))[-1].span(1)
    blank = content[: place[0]] + b"0" * 64 + content[place[1] :]
    return blank[: place[0]] + hashlib.sha256(blank).hexdigest().encode() + blank[place[1] :]


# --- what comes back ------------------------------------------------------------------------------------------------


@settings(max_examples=60)
@given(cubes())
def test_every_number_comes_back_exactly(cube):
    again = decode(encode(cube), "a.cube")
    assert again == cube
    for key, cell in cube.cells.items():
        mine = again.cells[key]
        for one, other in ((mine.histogram, cell.histogram), (mine.weighted_histogram, cell.weighted_histogram)):
            assert (one is None) == (other is None)
            assert one is None or one.dtype == other.dtype
        assert all(type(n) is int for moments in mine.moments.values() for one in moments for n in astuple(one))


@settings(max_examples=40)
@given(cubes(), st.randoms(use_true_random=False))
def test_equal_cubes_are_equal_files(cube, chance):
    def turned(cell):
        whole = cell.clusters and Clusters(
            shuffled(cell.clusters.customers, chance),
            shuffled(cell.clusters.products, chance),
            shuffled(cell.clusters.spreads, chance),
        )
        return replace(cell, moments=shuffled(cell.moments, chance), clusters=whole)

    ledger = replace(cube.ledger, missing_attributes=shuffled(cube.ledger.missing_attributes, chance))
    other = Cube(cube.spec, {key: turned(cell) for key, cell in shuffled(cube.cells, chance).items()}, ledger)
    assert other == cube
    assert encode(other) == encode(cube)
    assert encode(decode(encode(cube), "a.cube")) == encode(cube)


@settings(max_examples=40)
@given(cubes(), cubes())
def test_different_cubes_are_different_files(one, other):
    assert (encode(one) == encode(other)) == (one == other)


def test_a_file_comes_back_as_the_cube(tmp_path):
    for path in (tmp_path / "new" / "day.cube", str(tmp_path / "day.parquet")):
        SMALL.save(path)
        assert Cube.load(path) == SMALL
        assert is_cube(path)
    assert sorted(p.name for p in tmp_path.iterdir()) == ["day.parquet", "new"]


def test_an_empty_cube_comes_back():
    assert decode(encode(Cube.zero(SPEC)), "a.cube") == Cube.zero(SPEC)


def test_a_small_cube_is_a_small_file(content):
    assert len(content) < 8_000


def test_counts_beyond_64_bits_are_refused_and_not_rounded(tmp_path):
    cube = Cube(SPEC, {(): Cell((2**63, *[0] * 8))}, Ledger())
    with pytest.raises(DataError, match="beyond 64 bits"):
        cube.save(tmp_path / "a.cube")
    assert list(tmp_path.iterdir()) == []


def test_a_file_that_cannot_be_written_is_a_usage_error(tmp_path):
    (tmp_path / "file").write_text("")
    for path in (tmp_path / "file" / "a.cube", "a\x00b", tmp_path):
        with pytest.raises(UsageError, match="cannot be written"):
            SMALL.save(path)


# --- what is refused ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("seed", range(4))
def test_a_byte_that_was_altered_is_noticed(content, tmp_path, seed):
    chance = random.Random(seed)  # noqa: S311  places, not secrets
    file = tmp_path / "day.cube"
    for _ in range(150):
        place, bit = chance.randrange(len(content)), 1 << chance.randrange(8)
        file.write_bytes(content[:place] + bytes([content[place] ^ bit]) + content[place + 1 :])
        with pytest.raises(DataError):
            Cube.load(file)


def test_a_file_that_was_cut_off_or_grew_is_noticed(content, tmp_path):
    file = tmp_path / "day.cube"
    for length in (0, 3, 4, 5, 12, len(content) // 2, len(content) - 9, len(content) - 1):
        file.write_bytes(content[:length])
        with pytest.raises(DataError, match=r"damaged|no saved cube"):
            Cube.load(file)
    for more in (b"\x00", content, b"PAR1"):
        file.write_bytes(content + more)
        with pytest.raises(DataError, match="damaged"):
            Cube.load(file)


def test_other_files_are_no_cubes(tmp_path):
    pq.write_table(pa.table({"prediction": [0, 1]}), tmp_path / "data.parquet")
    (tmp_path / "data.csv").write_text("prediction\n1\n")
    (tmp_path / "empty.cube").write_bytes(b"")
    for name in ("data.parquet", "data.csv", "empty.cube", "."):
        assert not is_cube(tmp_path / name)
        with pytest.raises(DataError, match="no saved cube"):
            Cube.load(tmp_path / name)
    with pytest.raises(DataError, match=r"nowhere\.cube: The file cannot be read"):
        Cube.load(tmp_path / "nowhere.cube")
    with pytest.raises(DataError, match="NUL"):
        Cube.load("a\x00b")
    assert not any(map(is_cube, (tmp_path / "nowhere.cube", "a\x00b", None, 3, pa.table({"a": [1]}))))


def test_a_cube_of_another_version_is_refused_with_both_versions(content):
    other = content.replace(b"fairaudit.cube/1", b"fairaudit.cube/2")
    with pytest.raises(DataError, match=r"format fairaudit\.cube/2.*reads fairaudit\.cube/1"):
        decode(sealed(other), "a.cube")


@pytest.mark.parametrize(
    ("was", "becomes"),
    [
        (b'"bins": 20', b'"binz": 20'),
        (b'"bins": 20', b'"bins":  2'),
        (b'"bins": 20', b'"bins": ""'),
        (b'"matched": 40', b'"snatched":40'),
        (b"fairaudit.ledger", b"fairaudit.lodger"),
        (b'"label": "y"', b'"label": {y}'),
    ],
)
def test_what_fairaudit_would_not_write_is_refused_though_its_checksum_fits(content, was, becomes):
    assert content.count(was) == 1
    changed = content.replace(was, becomes)
    assert len(changed) == len(content)
    with pytest.raises(DataError, match="not as `fairaudit cube` writes it"):
        decode(sealed(changed), "a.cube")


def forged(content, change):
    """Return a content with other rows, and a checksum that fits it."""
    table = pq.read_table(pa.BufferReader(content))
    rows = table.to_pylist()
    change(rows)
    sink = pa.BufferOutputStream()
    with pq.ParquetWriter(sink, table.schema.remove_metadata(), store_schema=False) as writer:
        writer.write_table(pa.Table.from_pylist(rows, schema=table.schema.remove_metadata()))
        writer.add_key_value_metadata(table.schema.metadata)
    return sealed(sink.getvalue().to_pybytes())


@pytest.mark.parametrize(
    "change",
    [
        lambda rows: rows.append(rows[0]),
        lambda rows: rows[0]["counts"].pop(),
        lambda rows: rows[0]["moments"][0]["total"].pop(),
        lambda rows: rows[0]["moments"][0]["total"].__setitem__(0, "1.5"),
        lambda rows: rows[0]["bins"].__setitem__(0, 60),
        lambda rows: rows[0].__setitem__("counts", None),
        lambda rows: rows[1]["values"].append("more"),
    ],
)
def test_rows_that_make_no_cell_are_refused_though_the_checksum_fits(content, change):
    assert decode(forged(content, lambda rows: None), "a.cube") == SMALL  # noqa: ARG005
    with pytest.raises(DataError, match="not as `fairaudit cube` writes it"):
        decode(forged(content, change), "a.cube")


def test_a_message_holds_no_value_of_a_customer(tmp_path):
    cube = recount(SPEC, [{"y": 1, "p": 1, "s": 0.5, "sex": "canary"}] * 3)
    content = encode(cube)
    (tmp_path / "a.cube").write_bytes(content[:-30] + b"x" + content[-29:])
    with pytest.raises(DataError) as caught:
        Cube.load(tmp_path / "a.cube")
    assert "canary" not in str(caught.value)


# --- merging --------------------------------------------------------------------------------------------------------


def saved(folder, name, rows, **changed):
    path = folder / name
    recount(replace(SPEC, **changed), rows).save(path)
    return path


DAYS = [[{"y": i % 2, "p": day % 2, "s": 0.5, "sex": "f"} for i in range(3 + day)] for day in range(3)]


def test_saved_cubes_add_up_to_the_cube_of_all_rows(tmp_path):
    paths = [saved(tmp_path, f"{day}.cube", rows) for day, rows in enumerate(DAYS)]
    whole = cubefile.merge(paths)
    assert whole == recount(SPEC, [row for rows in DAYS for row in rows])
    assert len(whole.parts) == 3
    whole.save(tmp_path / "quarter.cube")
    assert set(Cube.load(tmp_path / "quarter.cube").parts) == set(whole.parts)
    assert cubefile.merge(paths[:1]) == recount(SPEC, DAYS[0])
    with pytest.raises(UsageError):
        cubefile.merge([])


def test_the_order_of_merging_changes_no_byte(tmp_path):
    paths = [saved(tmp_path, f"{day}.cube", rows) for day, rows in enumerate(DAYS)]
    assert encode(cubefile.merge(paths)) == encode(cubefile.merge(paths[::-1]))


def test_the_same_counts_are_never_added_twice(tmp_path):
    one, two = (saved(tmp_path, f"{day}.cube", DAYS[day]) for day in (0, 1))
    copy = tmp_path / "copy.cube"
    copy.write_bytes(one.read_bytes())
    both = tmp_path / "both.cube"
    cubefile.merge([one, two]).save(both)
    for paths in ([one, one], [one, two, copy], [both, one], [two, both]):
        with pytest.raises(DataError, match=f"{paths[-1].name}: Its counts are also in .*twice"):
            cubefile.merge(paths)
    with pytest.raises(DataError, match="counted twice"):
        Cube.load(both) + Cube.load(two)


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"positive": "yes"}, 'positive: "1" there, "yes" here'),
        ({"label": None}, 'label: "y" there, none here'),
        ({"disjoint": True}, 'customers = "disjoint": none there, true here'),
        ({"bins": 10}, "bins: 20 there, 10 here"),
        ({"views": ((),)}, "views: sex in one of them only"),
        ({"curves": ()}, "curves: everybody in one of them only"),
        ({"outcome": "harm"}, 'outcome: "benefit" there, "harm" here'),
        ({"score_range": (0.0, 2.0)}, "score_range: [0.0, 1.0] there, [0.0, 2.0] here"),
    ],
)
def test_cubes_of_different_settings_are_refused_with_what_differs(tmp_path, changed, said):
    paths = [saved(tmp_path, "a.cube", DAYS[0]), saved(tmp_path, "b.cube", DAYS[1], **changed)]
    with pytest.raises(DataError, match=r"b\.cube: It was counted otherwise than a\.cube") as caught:
        cubefile.merge(paths)
    assert f"  - {said}" in str(caught.value).splitlines()
    with pytest.raises(DataError, match=rf"different settings \({next(iter(changed))}\)"):
        Cube.load(paths[0]) + Cube.load(paths[1])
