"""The contract of every engine: the same data give the same cube, the same faults the same error, wherever they lie."""

import random
from dataclasses import replace

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from rows import write_csv

from fairaudit.engines import Source
from fairaudit.engines.duckdb import DuckDB
from fairaudit.engines.frames import arrow
from fairaudit.engines.spark import Spark
from fairaudit.errors import DataError
from fairaudit.spec import Spec

VIEWS = ((), ("g",), ("a",), ("g", "a"))
PLAIN = Spec(id="id", label="y", prediction="p", score="q", attributes=("g", "a"), views=VIEWS, curves=VIEWS[:3])
HOSTILE = [
    "F",
    "M",
    "",
    "it's",
    'say "no"',
    "back\\slash",
    "${x}",
    "a,b",
    "'; DROP TABLE joined; --",
    "\\u0041",
    "é 😀",
    "NA",
]
CUSTOMERS = 60


def data(*, rows=240, repeats=False, beyond=False, moving=False):
    """Return predictions and customers, with gaps on both sides and missing values."""
    draw = random.Random(5)  # noqa: S311  no secret
    ids = [f"{draw.randrange(CUSTOMERS) if repeats else i:05d}" for i in range(rows)]
    predictions = [
        {
            "id": None if i % 53 == 0 else one,
            "p": draw.choice([0, 1, 1, None]),
            "y": draw.choice([0.0, 1.0, None]),
            "q": None if draw.random() < 0.1 else round(draw.uniform(*((-0.5, 1.5) if beyond else (0, 1))), 4),
            "price": draw.choice([None, 1e9, 12.5, 0.1, 33.333333333333336]),
            "n": draw.randrange(4),
            "w": draw.choice([0.0, 0.25, 1.0, 2.5, 1 / 3]),
            "t": draw.choice(["none", "mail", "call", None]),
            "chance": draw.choice([0.5, 0.25, 1 / 3]),
            **({"a": draw.choice(["x", "y"])} if moving else {}),
        }
        for i, one in enumerate(ids)
    ]
    people = [
        {
            "id": f"{i:05d}",
            "g": draw.choice(HOSTILE) or None,
            **({} if moving else {"a": draw.choice(["x", "y", "z "])}),
            "age": draw.choice([None, 17, 25, 39, 40, 41, 90]),
            "rate": draw.choice([0.5, 2.0, 1e-3, 2.5e-5, 123456789.5, None]),
        }
        for i in range(rows // 10, (CUSTOMERS if repeats else rows) + rows // 10)
    ]
    return predictions, people


def one_table(predictions, people):
    """Return every prediction with its customer's attributes."""
    known = {row["id"]: row for row in people}
    return [{**dict.fromkeys(people[0]), **known.get(row["id"], {}), **row} for row in predictions]


PREDICTIONS, PEOPLE = data()
COUNTED = replace(PLAIN, id=None, count="n")
BANDED = replace(
    PLAIN, attributes=("age", "rate"), views=((), ("age",), ("rate",)), curves=((),), bands={"age": (25.0, 40.0)}
)
TREATED = replace(
    PLAIN,
    values=("price", "w"),
    attributes=("g", "t"),
    views=((), ("g",), ("t",), ("g", "t")),
    curves=((),),
    treatment="t",
    control="none",
)
CASES = {
    "plain": (PLAIN, PREDICTIONS, PEOPLE),
    "bands and fractional groups": (BANDED, PREDICTIONS, PEOPLE),
    "scores out of range": (PLAIN, *data(beyond=True)),
    "threshold": (replace(PLAIN, threshold=0.5), PREDICTIONS, PEOPLE),
    "median": (replace(PLAIN, threshold="median", prediction=None), PREDICTIONS, PEOPLE),
    "values": (replace(PLAIN, label="price", label_kind="number"), PREDICTIONS, PEOPLE),
    "counts": (COUNTED, one_table(PREDICTIONS, PEOPLE), None),
    "counts and median": (replace(COUNTED, threshold="median", prediction=None), one_table(PREDICTIONS, PEOPLE), None),
    "weights": (replace(PLAIN, weight="w"), PREDICTIONS, PEOPLE),
    "repeats": (PLAIN, *data(repeats=True)),
    "repeats that move": (PLAIN, *data(repeats=True, moving=True)),
    "repeats in one table": (PLAIN, one_table(*data(repeats=True)), None),
    "treatment": (TREATED, PREDICTIONS, PEOPLE),
    "treatment by chance": (replace(TREATED, propensity="chance"), PREDICTIONS, PEOPLE),
    "treatment by chance, weighted": (replace(TREATED, propensity="chance", weight="w"), PREDICTIONS, PEOPLE),
    "treatment of repeats": (TREATED, *data(repeats=True)),
    "weighted repeats": (replace(PLAIN, weight="w"), *data(repeats=True)),
}


def as_csv(rows, path):
    return Source(write_csv(path.with_suffix(".csv"), rows))


def as_parquet(rows, path):
    target = path.with_suffix(".parquet")
    pq.write_table(pa.Table.from_pylist(rows), target)
    return Source(target)


def as_frame(rows, path):
    return Source(None, frame=arrow(pa.Table.from_pylist(rows), path.name), role=path.name)


def as_named(make):
    """Return the source that Spark opens by the path of a file."""

    def named(rows, path):
        return Source(None, uri=str(make(rows, path).path), role="table")

    return named


def as_dataframe(spark):
    def frame(rows, path):
        types = {str: "string", int: "bigint", float: "double"}
        kinds = {name: {type(row[name]) for row in rows} - {type(None)} for name in rows[0]}
        schema = ", ".join(f"`{name}` {types.get(next(iter(kind), str), 'string')}" for name, kind in kinds.items())
        return Source(None, frame=spark.createDataFrame([tuple(row.values()) for row in rows], schema), role=path.name)

    return frame


def tabulate(engine, make, folder, case):
    spec, predictions, people = case
    second = None if people is None else make(people, folder / "attributes")
    return engine.tabulate(spec, make(predictions, folder / "predictions"), second)


HERE = {"csv": as_csv, "parquet": as_parquet, "frame": as_frame}


@pytest.fixture(scope="module")
def expected(tmp_path_factory):
    """Return a function from a case to its cube by the default engine from CSV files."""
    known = {}

    def cube(case):
        if case not in known:
            known[case] = tabulate(DuckDB(), as_csv, tmp_path_factory.mktemp("expected"), CASES[case])
        return known[case]

    return cube


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("make", HERE)
def test_the_default_engine_counts_alike_wherever_the_rows_lie(tmp_path, expected, make, case):
    assert tabulate(DuckDB(), HERE[make], tmp_path, CASES[case]) == expected(case)


@pytest.mark.parametrize("case", CASES)
def test_spark_counts_a_dataframe_like_the_default_engine(spark, tmp_path, expected, case):
    cube = tabulate(Spark(), as_dataframe(spark), tmp_path, CASES[case])
    assert cube.ledger == expected(case).ledger
    assert cube == expected(case)
    assert not spark.catalog.listTables()


@pytest.mark.parametrize("case", ["plain", "bands and fractional groups", "repeats that move"])
def test_spark_reads_the_rest_by_what_the_first_rows_tell(spark, tmp_path, monkeypatch, expected, case):
    monkeypatch.setattr("fairaudit.engines.inputs.HEAD", 30)
    assert tabulate(Spark(), as_dataframe(spark), tmp_path, CASES[case]) == expected(case)


@pytest.fixture(params=["true", "false"], ids=["ansi", "lenient"])
def session(request, spark):
    """Return the session with settings that a caller may have, of which none may change a number."""
    mine = {
        "spark.sql.ansi.enabled": request.param,
        "spark.sql.caseSensitive": request.param,
        "spark.sql.parser.escapedStringLiterals": request.param,
    }
    before = {key: spark.conf.get(key) for key in mine}
    for key, value in mine.items():
        spark.conf.set(key, value)
    yield spark
    assert {key: spark.conf.get(key) for key in mine} == mine
    for key, value in before.items():
        spark.conf.set(key, value)


@pytest.mark.parametrize(
    ("make", "case"), [("csv", "plain"), ("parquet", "weights"), ("parquet", "bands and fractional groups")]
)
def test_spark_counts_files_like_the_default_engine(session, tmp_path, expected, make, case):
    assert tabulate(Spark(), as_named(HERE[make]), tmp_path, CASES[case]) == expected(case)
    assert not session.catalog.listTables()


FAULTS = {
    "text for a score": ("predictions", "q", "abc"),
    "a third decision": ("predictions", "p", "2"),
    "a weight below 0": ("predictions", "w", "-1"),
    "a value too large": ("predictions", "price", "1e10"),
    "a reserved group": ("attributes", "g", "(missing)"),
    "an id that repeats": ("attributes", "id", PEOPLE[0]["id"]),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_the_same_fault_is_the_same_error(spark, tmp_path, fault):
    role, column, value = FAULTS[fault]
    tables = {"predictions": [dict(row) for row in PREDICTIONS], "attributes": [dict(row) for row in PEOPLE]}
    tables[role] = [{**row, column: row[column] if row[column] is None else str(row[column])} for row in tables[role]]
    tables[role][7][column] = value
    spec = replace(PLAIN, weight="w", label="price", label_kind="number", curves=())
    errors = []
    for engine, make in ((DuckDB(), as_csv), (Spark(), as_dataframe(spark))):
        with pytest.raises(DataError) as caught:
            tabulate(engine, make, tmp_path, (spec, *tables.values()))
        errors.append(caught.value)
    mine, theirs = errors
    assert mine.column == theirs.column
    plain = str(mine).partition(": ")[2]
    assert plain == str(theirs).partition(": ")[2]
    assert theirs.line is None
