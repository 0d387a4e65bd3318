"""Spark's own words, sources and failures; that it counts like the other engines is in test_contract.py."""

import builtins
import logging
import shutil
import struct
import traceback

import duckdb
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import settings as sized
from hypothesis import strategies as st

import fairaudit
from fairaudit.__main__ import main
from fairaudit.engines import Source, spark_session
from fairaudit.engines.dialect import DUCKDB, SPARK
from fairaudit.engines.duckdb import DuckDB
from fairaudit.engines.spark import Spark
from fairaudit.errors import DataError, EngineError, UsageError

POLICY = {"data": {"id": "id", "prediction": "p", "protected": ["g"]}, "rule": [{"metric": "disparate_impact"}]}
PREDICTIONS = [(f"{i:03d}", i % 2) for i in range(80)]
PEOPLE = [(f"{i:03d}", "fm"[i % 4 // 2]) for i in range(80)]


def frames(spark):
    return spark.createDataFrame(PREDICTIONS, "id string, p int"), spark.createDataFrame(PEOPLE, "id string, g string")


@sized(max_examples=5)
@given(texts=st.lists(st.text(st.characters(exclude_categories=["Cs"])), min_size=1, max_size=60))
def test_any_text_is_itself_as_a_literal(spark, texts):
    hostile = ["", "'", "''", "\\", "\\'", "\\u0041", "\\n", "${x}", "$x", "a\nb", "\r", "\0", "';--", "`", '"', "😀"]
    row = spark.sql("SELECT " + ", ".join(map(SPARK.literal, hostile + texts))).collect()[0]
    assert list(row) == hostile + texts


def test_a_literal_holds_no_character_of_the_text():
    """Not even a session that reads quotes and escapes in another way could take one for something else."""
    assert SPARK.literal("'); DROP") == "CAST(X'27293b2044524f50' AS STRING)"


NUMBERS = """
1 +1 -1 +-1 -+1 --1 .5 5. . -. 1e5 1E-5 1e+5 1e 1e+ 1d 1f 1D 1L 0x10 0x1p3 1_000 1__0 _1 1_ 1_.5 1._5 1e1_0 1e_1 nan NaN
inf Infinity -inf 1e400 1e-400 1,5 00012 ٣ 1e5.5 0b1 true""".split()  # noqa: SIM905  a page as a list


@sized(max_examples=5)
@given(more=st.lists(st.text("0159._eE+- \tdfx", max_size=7), max_size=80))
def test_a_text_is_a_number_where_it_is_one_for_the_default_engine(spark, more):
    texts = [*NUMBERS, "", "1 2", "+ 1", *(f"{a}7{b}" for a in " \t\n\v\f\r\x85\xa0\u2028\0" for b in ("", a)), *more]
    spark.createDataFrame(list(enumerate(texts)), "i int, x string").createOrReplaceTempView("texts")
    mine = dict(spark.table("texts").selectExpr("i", SPARK.number("x")).collect())
    spark.catalog.dropTempView("texts")
    finite = f"SELECT CASE WHEN isfinite({DUCKDB.number('$1')}) THEN {DUCKDB.number('$1')} END"
    for i, text in enumerate(texts):
        number = mine[i] if mine[i] is not None and abs(mine[i]) != float("inf") else None
        assert number == duckdb.execute(finite, [text]).fetchone()[0], repr(text)


def doubles():
    exact = st.integers(0, 2**64 - 1).map(lambda bits: struct.unpack("<d", struct.pack("<Q", bits))[0])
    halves = st.integers(-(2**54), 2**54).map(lambda n: n / 2)
    return st.one_of(exact, halves, st.floats(-1e15, 1e15), st.floats(-1e36, 1e36))


@sized(max_examples=5)
@given(numbers=st.lists(doubles().filter(lambda x: abs(x) < 1e36), min_size=40, max_size=300))
def test_a_number_is_made_whole_exactly_and_is_the_same_text(spark, numbers):
    numbers += [
        0.5,
        -0.5,
        1.5,
        2.5,
        0.49999999999999994,
        4503599627370497.5,
        2.0**53 + 2,
        1e-4,
        9.5e-5,
        1e-7,
        1234567.5,
        12345678.5,
    ]
    spark.createDataFrame(list(enumerate(numbers)), "i int, x double").createOrReplaceTempView("numbers")
    rows = spark.table("numbers").selectExpr("i", SPARK.whole("x"), SPARK.real_text("x")).collect()
    spark.catalog.dropTempView("numbers")
    for i, whole, text in rows:
        query = f"SELECT {DUCKDB.whole('$1::DOUBLE')}, {DUCKDB.real_text('$1::DOUBLE')}"
        theirs = duckdb.execute(query, [numbers[i]]).fetchone()
        assert int(whole) == theirs[0]
        assert float(text) == numbers[i]
        if 1e-5 < abs(numbers[i]) < 1e15 and numbers[i] % 1:
            assert text == theirs[1]


def test_a_dataframe_is_audited_by_spark_and_leaves_nothing(spark):
    predictions, people = frames(spark)
    audit = fairaudit.audit(predictions, people, POLICY)
    pandas = fairaudit.audit(
        pd.DataFrame(PREDICTIONS, columns=["id", "p"]), pd.DataFrame(PEOPLE, columns=["id", "g"]), POLICY
    )
    assert (audit.verdict, audit.findings) == (pandas.verdict, pandas.findings)
    assert "pyspark" in audit.versions
    assert "pyspark" not in pandas.versions
    assert audit.inputs == {
        "predictions": {"name": "predictions", "rows": 80},
        "attributes": {"name": "attributes", "rows": 80},
    }
    assert not spark.catalog.listTables()
    assert not spark.sparkContext._jsc.getPersistentRDDs()


def test_a_table_is_read_by_its_name(spark):
    predictions, people = frames(spark)
    predictions.createOrReplaceTempView("decisions")
    people.createOrReplaceTempView("people")
    try:
        policy = {**POLICY, "data": {**POLICY["data"], "engine": "spark"}}
        audit = fairaudit.audit("decisions", "people", policy)
    finally:
        spark.catalog.dropTempView("decisions")
        spark.catalog.dropTempView("people")
    assert audit.inputs["predictions"] == {"name": "decisions", "rows": 80}


def test_the_columns_are_described_alike(spark, tmp_path):
    path = tmp_path / "people.csv"
    path.write_text(
        "id,age,g\n" + "".join(f"{i:03d},{i / 4},{'fm'[i % 2]}\n" for i in range(100)) + "x,,\n", encoding="utf-8"
    )
    mine, theirs = Spark().describe(Source(None, uri=str(path), role="table")), DuckDB().describe(Source(path))
    assert mine.columns == theirs.columns
    assert mine.rows == theirs.rows
    assert Spark().describe(Source(None, uri=str(path), role="table"), ()).names == theirs.names
    assert spark.catalog.listTables() == []


CSV = {
    "fields": "id,p\n1,1\n2\n3,0,1\n",
    "a quote that stays open": 'id,p\n1,"1\n2,0\n',
    "text after a quote": 'id,p\n1,"1"0\n',
    "a NUL": "id,p\n1,\0\n",
    "no UTF-8": b"id,p\n1,\xff\n",
    "no header": "",
    "a name twice": "id,id\n1,1\n",
}


@pytest.mark.parametrize("fault", CSV)
def test_a_malformed_csv_file_is_the_same_error(spark, tmp_path, fault):  # noqa: ARG001  the session is found by itself
    path = tmp_path / "predictions.csv"
    path.write_bytes(CSV[fault] if isinstance(CSV[fault], bytes) else CSV[fault].encode())
    with pytest.raises(DataError) as mine:
        Spark().describe(Source(None, uri=str(path), role="table"))
    with pytest.raises(DataError) as theirs:
        DuckDB().describe(Source(path))
    assert str(mine.value) == str(theirs.value)


def test_a_folder_of_files_is_one_table(spark, tmp_path):
    predictions, _ = frames(spark)
    predictions.repartition(3).write.parquet(str(tmp_path / "parts"))
    predictions.repartition(3).write.csv(str(tmp_path / "parts.csv"), header=True)
    predictions.repartition(2).write.json(str(tmp_path / "parts.json"))
    for name in ("parts", "parts.csv", "parts.json"):
        assert Spark().describe(Source(None, uri=str(tmp_path / name), role="table")).rows == 80
    for text, message in (
        ("id,p\n1,2,3\n", "1 rows have more or fewer fields"),
        ('id,p\n1,"2\n3,4\n', "quote that was opened"),
        ("p,id\n1,2\n", "has not the columns of the first one in the same order"),
    ):
        (tmp_path / "parts.csv" / "more.csv").write_text(text, encoding="utf-8")
        with pytest.raises(DataError, match=message):
            Spark().describe(Source(None, uri=str(tmp_path / "parts.csv"), role="table"))


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("nowhere.table", "no such table in Spark's catalog"),
        ("no name; of a table", "no name of a table"),
        ("missing.csv", "No such file"),
        ("file:///nowhere/at/all.parquet", "nothing at this address"),
    ],
)
def test_what_is_not_there_is_named(spark, name, message):  # noqa: ARG001
    with pytest.raises(DataError, match=message):
        Spark().describe(Source(None, uri=name, role="table"))


def test_a_failure_of_spark_tells_no_value(spark, capfd, caplog):
    secret = "4711-secret"
    failing = spark.createDataFrame(PREDICTIONS, "id string, p int").selectExpr(
        "id", f"CASE WHEN p = 1 THEN raise_error('{secret}') ELSE 0 END AS p"
    )
    with caplog.at_level(logging.INFO), pytest.raises(EngineError, match="Spark could not finish") as caught:
        fairaudit.audit(failing, frames(spark)[1], POLICY)
    error = caught.value
    assert error.__cause__ is None
    assert error.__context__ is None
    assert secret not in "".join(traceback.format_exception(error))
    assert secret not in "".join(capfd.readouterr())
    assert secret not in caplog.text
    assert not spark.catalog.listTables()


@pytest.mark.parametrize("role", ["weight", "count"])
def test_a_sum_beyond_128_bits_is_refused_in_every_mode(spark, role):
    rows = [(str(i), "f", 1e9, 1e6 if role == "weight" else 10**9) for i in range(200)]
    table = spark.createDataFrame(
        rows, f"id string, g string, s double, w {'double' if role == 'weight' else 'bigint'}"
    )
    data = {"score": "s", "threshold": 0.5, "protected": ["g"], role: "w", **({"id": "id"} if role == "weight" else {})}
    policy = {"data": data, "rule": [{"metric": "mean_score", "compare": "value", "min": 0}]}
    before = spark.conf.get("spark.sql.ansi.enabled")
    for mode in ("true", "false"):
        spark.conf.set("spark.sql.ansi.enabled", mode)
        with pytest.raises(EngineError, match="a sum is too large"):
            fairaudit.audit(table, policy=policy)
    spark.conf.set("spark.sql.ansi.enabled", before)


def test_two_kinds_of_tables_are_refused(spark):
    predictions, _ = frames(spark)
    with pytest.raises(UsageError, match="attributes are a table in this machine's memory"):
        fairaudit.audit(predictions, pd.DataFrame({"id": ["1"], "g": ["f"]}), POLICY)
    with pytest.raises(UsageError, match="engine = duckdb"):
        fairaudit.audit(predictions, None, {**POLICY, "data": {**POLICY["data"], "engine": "duckdb"}})


def test_the_command_line_gives_the_same_text(spark, tmp_path, capsys):  # noqa: ARG001
    (tmp_path / "p.csv").write_text("id,p\n" + "".join(f"{i},{p}\n" for i, p in PREDICTIONS), encoding="utf-8")
    (tmp_path / "a.csv").write_text("id,g\n" + "".join(f"{i},{g}\n" for i, g in PEOPLE), encoding="utf-8")
    files = [str(tmp_path / "p.csv"), str(tmp_path / "a.csv")]
    flags = ["--id", "id", "--prediction", "p", "--protected", "g", "--rule", "disparate_impact", "--no-out"]
    results = []
    for engine in ("duckdb", "spark"):
        code = main(["check", *files, *flags, "--engine", engine])
        results.append((code, capsys.readouterr().out))
    assert "disparate_impact" in results[0][1]
    assert results[1] == results[0]


def test_without_pyspark_the_error_names_the_extra(monkeypatch, tmp_path):
    real = builtins.__import__

    def blocked(name, *rest):
        if name.partition(".")[0] == "pyspark":
            raise ImportError(name)
        return real(name, *rest)

    monkeypatch.setattr(builtins, "__import__", blocked)
    with pytest.raises(EngineError, match=r"pip install 'fairaudit-toolkit\[spark\]'"):
        Spark().describe(Source(None, uri=str(tmp_path), role="table"))


def test_without_java_the_error_says_what_to_install(monkeypatch):
    pytest.importorskip("pyspark")
    monkeypatch.setattr(spark_session, "asked", lambda _: None)
    monkeypatch.setattr(shutil, "which", lambda *_, **__: None)
    with pytest.raises(EngineError, match="needs Java 17"):
        spark_session.running()
