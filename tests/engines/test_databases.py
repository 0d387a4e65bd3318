"""Databases: nothing is lost or turned into something else, nothing but one SELECT is run, no secret is told."""

import sqlite3
import subprocess
import sys

import duckdb
import pytest
from forms import duck, sqlite
from hypothesis import given
from hypothesis import strategies as st
from postgres_server import PASSWORD

import fairaudit
from fairaudit.engines import Source
from fairaudit.engines.duckdb import DuckDB
from fairaudit.engines.postgresql import shown
from fairaudit.errors import DataError, EngineError, UsageError

HOSTILE = 'x"; DROP TABLE y; --'


def seen(source, column):
    """Return the values of a column as the engine sees them, with how often each occurs, and how many are missing."""
    found = DuckDB().describe(source)[column]
    return dict(found.values), found.missing


def of_sqlite(path, *values, declared=""):
    path.unlink(missing_ok=True)
    return Source(sqlite(path, t=({"a": declared}, [{"a": value} for value in values])))


def on_server(server, table=None):
    return Source(None, uri=server.uri, role=shown(server.uri), table=table)


# --- SQLite: a type per value ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("declared", ["", "TEXT", "INTEGER", "REAL", "BOOLEAN", "NUMERIC", "VARCHAR(3)"])
def test_a_text_after_thousands_of_numbers_or_gaps_is_neither_lost_nor_an_error(tmp_path, declared):
    for before in (1, None, "1"):
        values, missing = seen(of_sqlite(tmp_path / "t.db", *[before] * 70_000, "no number", declared=declared), "a")
        assert values == ({"no number": 1} if before is None else {"1": 70_000, "no number": 1})
        assert missing == (70_000 if before is None else 0)


def test_ids_stay_what_they_are(tmp_path):
    values = ["001", "1 ", 2**53 + 1, -(2**63), "NA", 0.5, 1e300, 3.0]
    assert seen(of_sqlite(tmp_path / "t.db", *values), "a")[0] == {
        "001": 1, "1 ": 1, "9007199254740993": 1, "-9223372036854775808": 1, "NA": 1, "0.5": 1, "1e+300": 1, "3": 1,
    }  # fmt: skip


def test_null_and_empty_are_missing_as_in_a_file(tmp_path):
    assert seen(of_sqlite(tmp_path / "t.db", None, "", "x"), "a") == ({"x": 1}, 2)


@given(
    st.lists(st.integers(-(2**63), 2**63 - 1), max_size=15),
    st.lists(st.floats(allow_nan=False), max_size=15),
    st.lists(st.text("xyz \u00e9'", min_size=1, max_size=4), max_size=15),
    st.randoms(use_true_random=False),
)
def test_every_value_of_sqlite_arrives(tmp_path_factory, whole, real, texts, chance):
    values = [*whole, *real, *texts, "x"]
    chance.shuffle(values)
    found, missing = seen(of_sqlite(tmp_path_factory.getbasetemp() / "t.db", *values), "a")
    assert missing == 0
    assert {str(value) for value in whole} | set(texts) <= set(found)
    # every floating-point number is the one it was, to the last bit
    assert {float(t) for t in found if not set(t) & set("xyz \u00e9'")} == {float(value) for value in [*whole, *real]}


def test_binary_data_and_text_that_is_none_are_refused(tmp_path):
    with pytest.raises(DataError, match="BLOB") as caught:
        DuckDB().describe(of_sqlite(tmp_path / "t.db", "secret", b"secret"))
    assert (caught.value.column, "secret" in str(caught.value)) == ("a", False)
    connection = sqlite3.connect(tmp_path / "u.db")
    connection.execute("CREATE TABLE t AS SELECT CAST(x'ff736563726574' AS TEXT) AS a")
    connection.close()
    with pytest.raises(DataError, match="not UTF-8") as caught:
        DuckDB().describe(Source(tmp_path / "u.db"))
    assert (caught.value.column, "secret" in str(caught.value)) == ("a", False)


def test_a_file_that_is_written_to_meanwhile_is_read_with_its_journal(tmp_path):
    path = sqlite(tmp_path / "t.db", t=({"a": ""}, [{"a": 1}]))
    writer = sqlite3.connect(path)
    writer.execute("PRAGMA journal_mode = WAL")
    writer.execute("INSERT INTO t VALUES (2)")
    writer.commit()
    assert seen(Source(path), "a")[0] == {"1": 1, "2": 1}
    writer.close()


def test_names_of_files_are_no_part_of_an_address(tmp_path):
    for name in ("a?mode=rwc&x.db", "a#b%20c.db", "ü '\".db"):
        path = sqlite(tmp_path / name, t=({"a": ""}, [{"a": 1}]))
        before = path.read_bytes()
        assert seen(Source(path), "a")[0] == {"1": 1}
        assert path.read_bytes() == before
    assert len(list(tmp_path.iterdir())) == 3


# --- PostgreSQL: a real server --------------------------------------------------------------------------------------

TYPES = {
    "text": ("'001'", "001"),
    "varchar(5)": ("'NA'", "NA"),
    "char(5)": ("'F'", "F"),
    "boolean": ("true", "1"),
    "smallint": ("1", "1"),
    "integer": ("-7", "-7"),
    "bigint": ("9007199254740993", "9007199254740993"),
    "real": ("0.1", "0.1"),
    "double precision": ("0.1", "0.1"),
    "numeric": ("123456789012345678901234567890.5", "123456789012345678901234567890.5"),
    "numeric(20,0)": ("9007199254740993", "9007199254740993"),
    "numeric(5,2)": ("1.00", "1"),
    "date": ("'2026-01-31'", "2026-01-31"),
    "timestamp": ("'2026-01-31 10:00'", "2026-01-31 10:00:00"),
    "timestamptz": ("'2026-01-31 10:00+02'", "2026-01-31 08:00:00+00"),
    "uuid": ("'7b2b6ad0-0000-0000-0000-000000000001'", "7b2b6ad0-0000-0000-0000-000000000001"),
    "mood": ("'so so'", "so so"),
    "jsonb": ("'{\"a\": 1}'", '{"a": 1}'),
    "integer[]": ("'{1,2}'", "{1,2}"),
    "inet": ("'10.0.0.1'", "10.0.0.1/32"),
    "money": ("'3.50'", "$3.50"),
    "interval": ("'1 day'", "1 day"),
}


@pytest.fixture(scope="module")
def typed(postgresql):
    """A table with every type, a row of values and a row of gaps."""
    columns = ", ".join(f"c{i} {kind}" for i, kind in enumerate(TYPES))
    postgresql.run(
        "CREATE TYPE mood AS ENUM ('good', 'so so')",
        f"CREATE TABLE typed ({columns})",
        f"INSERT INTO typed VALUES ({', '.join(value for value, _ in TYPES.values())})",
        f"INSERT INTO typed VALUES ({', '.join('NULL' for _ in TYPES)})",
    )
    return DuckDB().describe(on_server(postgresql, "typed"))


@pytest.mark.parametrize("kind", TYPES)
def test_every_type_of_a_server_arrives_as_its_text(typed, kind):
    column = typed[f"c{list(TYPES).index(kind)}"]
    shown_ = TYPES[kind][1]
    assert column.missing == 1
    assert [value.lstrip("$") for value, _ in column.values] == [shown_.lstrip("$")]


def test_nan_is_missing_and_the_settings_of_a_role_change_nothing(postgresql):
    postgresql.run(
        "CREATE TABLE odd AS SELECT 'NaN'::numeric AS n, 'NaN'::real AS r, 'NaN'::double precision AS d, "
        "'2026-01-31'::date AS day, 0.1::real AS score",
        "ALTER ROLE owner SET datestyle TO 'SQL, DMY'",
        "ALTER ROLE owner SET extra_float_digits TO -3",
        "ALTER ROLE owner SET timezone TO 'Asia/Tokyo'",
    )
    found = DuckDB().describe(on_server(postgresql, "odd"))
    assert [found[name].missing for name in ("n", "r", "d")] == [1, 1, 1]
    assert found["day"].values == (("2026-01-31", 1),)
    assert found["score"].values == (("0.1", 1),)
    postgresql.run("ALTER ROLE owner RESET ALL")


def test_a_table_of_another_schema_is_named_with_it(postgresql):
    postgresql.run('CREATE SCHEMA "Ware house"', 'CREATE TABLE "Ware house"."T.1" AS SELECT 5 AS a')
    assert seen(on_server(postgresql, "Ware house.T.1"), "a")[0] == {"5": 1}
    with pytest.raises(DataError, match=r"no such table.*Ware house\.T\.1"):
        DuckDB().describe(on_server(postgresql, "T.1"))


def test_the_password_may_come_from_the_environment(postgresql, monkeypatch):
    source = Source(None, uri=postgresql.bare, role=shown(postgresql.bare), table="SELECT 1 AS a")
    with pytest.raises(DataError, match="PGPASSWORD"):
        DuckDB().describe(source)
    monkeypatch.setenv("PGPASSWORD", PASSWORD)
    assert seen(source, "a")[0] == {"1": 1}


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (("owner:", "nobody:"), "user or the password"),
        (("owner:", "owner:x"), "user or the password"),
        (("/postgres", "/nothing"), "no such database"),
        (("@%2F", "@%2Fnowhere%2F"), "No server answers"),
    ],
)
def test_a_server_that_cannot_be_reached_is_told_without_a_secret(postgresql, change, message):
    head, _, rest = postgresql.uri.partition("//")
    uri = f"{head}//{rest.replace(*change)}"
    with pytest.raises(DataError, match=message) as caught:
        DuckDB().describe(Source(None, uri=uri, role=shown(uri), table="t"))
    assert "s3cret" not in f"{caught.value!r}{caught.value}{Source(None, uri=uri)}"
    assert caught.value.__cause__ is None


STATES = {
    "SELECT nope FROM typed": "names a column",
    "SELECT * FROM nope": "names a table",
    "SELECT FROM WHERE": "no valid SELECT",
    "SELECT 1 / (c5 + 7) AS a FROM typed": "failed on a value",
    "SELECT c0::int + 'canary'::int AS a FROM typed": "does not allow",
    "WITH x AS (INSERT INTO typed (c0) VALUES ('1') RETURNING c0) SELECT c0 FROM x": "would change the database",
    "SELECT set_config('transaction_read_only', 'off', true), 1 AS a INTO copied": ".",
    "SELECT 1 AS a) TO PROGRAM 'touch /tmp/canary' --": "no valid SELECT",
}


@pytest.mark.parametrize("statement", STATES)
@pytest.mark.usefixtures("typed")
def test_a_statement_that_fails_is_told_without_its_values(postgresql, statement):
    with pytest.raises(DataError, match=STATES[statement]) as caught:
        DuckDB().describe(on_server(postgresql, statement))
    assert "canary" not in str(caught.value).replace(statement, "")
    assert postgresql.answer("SELECT count(*) FROM typed") == [(2,)]
    assert postgresql.answer("SELECT count(*) FROM pg_tables WHERE tablename = 'copied'") == [(0,)]


@pytest.mark.parametrize(
    ("uri", "expected"),
    [
        ("postgresql://host/shop", "postgresql://host/shop"),
        ("postgres://me:secret@host:5433/shop", "postgresql://host:5433/shop"),
        ("postgresql://me:secret@a:1,b:2/shop", "postgresql://a:1,b:2/shop"),
        ("postgresql://me:se%2Fcret@[::1]:5432/shop?sslmode=require", "postgresql://[::1]:5432/shop"),
        ("postgresql:///shop?host=/run/pg&user=me&password=secret", "postgresql:///run/pg/shop"),
        ("postgresql://?service=shop&password=secret", "postgresql://shop/"),
        ("postgresql://", "postgresql:///"),
    ],
)
def test_a_server_is_named_without_user_and_password(uri, expected):
    assert shown(uri) == expected


@pytest.mark.parametrize(
    "uri",
    [
        "postgresql://me:sec/ret@host/shop",
        "postgresql://me:sec?ret@host/shop",
        "postgresql://me:sec#ret@host/shop",
        "postgresql://me:sec@ret@host/shop",
        "postgresql://me:12/34secret@host/shop",
        "postgresql://host:secret/shop",
        "postgresql://[secret/shop",
        "postgresql:/me:secret@host/shop",
        "POSTGRESQL://me:secret@host/shop",
        "postgres:secret",
    ],
)
def test_a_malformed_address_is_refused_without_a_word_of_it(uri):
    with pytest.raises(UsageError, match="malformed") as caught:
        fairaudit.tabulate(uri, policy={"data": {"prediction": "p", "protected": ["g"]}})
    assert "sec" not in str(caught.value)


# --- which table, and what may be run -------------------------------------------------------------------------------


@pytest.fixture(params=["sqlite", "duckdb", "postgresql"])
def database(request, tmp_path):
    """Return a function from a table's name to a source, in each kind of database; it holds two tables."""
    rows = [{"a": 1}]
    if request.param == "sqlite":
        path = sqlite(tmp_path / "shop.db", **{HOSTILE: ({"a": ""}, rows), "y": ({"a": ""}, rows)})
    elif request.param == "duckdb":
        path = duck(tmp_path / "shop.db", **{HOSTILE: rows, "y": rows})
    else:
        server = request.getfixturevalue("postgresql")
        server.load(HOSTILE, {"a": "integer"}, rows)
        server.load("y", {"a": "integer"}, rows)
        return lambda table: on_server(server, table)
    return lambda table: Source(path, table=table)


def test_a_hostile_name_is_only_a_name(database):
    assert seen(database(HOSTILE), "a")[0] == {"1": 1}
    assert seen(database("y"), "a")[0] == {"1": 1}


def test_of_several_tables_one_must_be_named(database):
    with pytest.raises(DataError, match="several tables") as caught:
        DuckDB().describe(database(None))
    assert HOSTILE in str(caught.value)
    assert '"y"' in str(caught.value)
    with pytest.raises(DataError, match="no such table"):
        DuckDB().describe(database("yy"))


@pytest.mark.parametrize(
    "statement",
    [
        "DROP TABLE y", "INSERT INTO y VALUES (2)", "UPDATE y SET a = 2", "DELETE FROM y", "ATTACH 'z' AS z",
        "PRAGMA user_version = 5", "COPY y TO 'z'", "SELECT 1; DROP TABLE y", "/* SELECT */ DROP TABLE y",
        "-- SELECT\nDROP TABLE y", "SELECT ';' AS a; DELETE FROM y;", "VACUUM INTO 'z'", "(SELECT 1)",
        "SELECT\x001", "EXPLAIN SELECT 1", "CALL f()",
    ],
)  # fmt: skip
def test_what_is_no_single_select_is_not_run(database, statement):
    with pytest.raises((UsageError, DataError)):
        DuckDB().describe(database(statement))
    assert seen(database("SELECT count(*) AS n, sum(a) AS s FROM y"), "n")[0] == {"1": 1}
    assert seen(database("SELECT sum(a) AS s FROM y"), "s")[0] == {"1": 1}


@pytest.mark.parametrize(
    "statement",
    [
        "SELECT a FROM y", " select a from y ; -- the end", "WITH q AS (SELECT a FROM y) SELECT a FROM q",
        "-- first\n/* then; */ SELECT a, ';' AS \"c;\" FROM y -- last", "SELECT a FROM y ORDER BY a LIMIT 1",
        "SELECT 1 AS a UNION ALL SELECT a FROM y WHERE a > 1",
    ],
)  # fmt: skip
def test_a_select_may_be_written_in_many_ways(database, statement):
    assert seen(database(statement), "a")[0] == {"1": 1}


@pytest.mark.parametrize("order", ["", "ORDER BY a", "ORDER BY a DESC", "ORDER BY 1 DESC LIMIT 900", "GROUP BY a"])
def test_an_order_in_a_statement_loses_no_row(tmp_path, order):
    values = [*range(500), *(f"x{i}" for i in range(400)), *(-i / 8 for i in range(1, 100)), ""]
    source = Source(of_sqlite(tmp_path / "t.db", *values).file, table=f"SELECT a FROM t {order}")
    found = DuckDB().describe(source)
    assert found.rows == (900 if "LIMIT" in order else 1000)
    assert (found["a"].distinct, found["a"].missing) == (found.rows - 1, 1)


def test_two_columns_of_one_name_are_refused(database):
    with pytest.raises(DataError, match="Two columns") as caught:
        DuckDB().describe(database("SELECT a, a FROM y"))
    assert caught.value.column == "a"


def test_an_empty_table_and_an_empty_database(tmp_path, database):
    with pytest.raises(DataError, match="no rows"):
        fairaudit.tabulate(
            sqlite(tmp_path / "e.db", t=({"p": "", "g": ""}, [])),
            policy={"data": {"prediction": "p", "protected": ["g"]}},
        )
    assert DuckDB().describe(database("SELECT a FROM y WHERE a > 1")).rows == 0
    with sqlite3.connect(tmp_path / "n.db") as connection:
        connection.execute("PRAGMA user_version = 5")
    connection.close()
    with pytest.raises(DataError, match="no tables"):
        DuckDB().describe(Source(tmp_path / "n.db"))


def test_views_are_tables_too(tmp_path):
    path = duck(tmp_path / "shop.db", t=[{"a": 1}])
    with duckdb.connect(str(path)) as connection:
        connection.execute("CREATE VIEW v AS SELECT a + 1 AS a FROM t")
        connection.execute("CREATE SCHEMA s; CREATE TABLE s.t AS SELECT 3 AS a")
    assert [seen(Source(path, table=name), "a")[0] for name in ("t", "v", "s.t")] == [{"1": 1}, {"2": 1}, {"3": 1}]


# --- DuckDB files ---------------------------------------------------------------------------------------------------


def test_types_of_a_duckdb_file_arrive_without_a_loss(tmp_path):
    path = tmp_path / "s.db"
    with duckdb.connect(str(path)) as connection:
        connection.execute(
            "CREATE TABLE t AS SELECT 9007199254740993::DECIMAL(38, 0) AS d, 9007199254740993::HUGEINT AS h, "
            "1.50::DECIMAL(5, 2) AS e, DATE '2026-01-31' AS day, 'so so'::ENUM('so so') AS mood, true AS b, "
            "'7b2b6ad0-0000-0000-0000-000000000001'::UUID AS u, 2.0 AS w, 'NaN'::DOUBLE AS n"
        )
    found = DuckDB().describe(Source(path))
    assert {column.name: [value for value, _ in column.values] for column in found.columns} == {
        "d": ["9007199254740993"], "h": ["9007199254740993"], "e": ["1.5"], "day": ["2026-01-31"], "mood": ["so so"],
        "b": ["1"], "u": ["7b2b6ad0-0000-0000-0000-000000000001"], "w": ["2"], "n": [],
    }  # fmt: skip


def test_a_duckdb_file_reaches_no_other(tmp_path):
    path = duck(tmp_path / "s.db", t=[{"a": 1}])
    (tmp_path / "other.csv").write_text("a\n7\n")
    for statement in (
        f"SELECT * FROM read_csv('{tmp_path / 'other.csv'}')",
        f"SELECT * FROM '{tmp_path / 'other.csv'}'",
        "SELECT * FROM path",
        "SELECT getenv('HOME') AS a",
    ):
        with pytest.raises(DataError):
            DuckDB().describe(Source(path, table=statement))


def test_a_duckdb_file_that_is_being_written_is_told_to_be_in_use(tmp_path):
    path = duck(tmp_path / "s.db", t=[{"a": 1}])
    code = f"import duckdb, sys\nc = duckdb.connect({str(path)!r})\nprint('open', flush=True)\nsys.stdin.read()"
    with subprocess.Popen(  # noqa: S603  this interpreter
        [sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as writer:
        writer.stdout.readline()
        with pytest.raises(DataError, match="open for writing"):
            DuckDB().describe(Source(path))
        writer.stdin.close()


@pytest.mark.parametrize("make", [sqlite, duck])
def test_a_damaged_database_is_refused(tmp_path, make):
    path = make(tmp_path / "s.db", t=[{"a": 1}] if make is duck else ({"a": ""}, [{"a": "canary"}] * 2000))
    whole = path.read_bytes()
    path.write_bytes(whole[:100] + b"\xff" * (len(whole) - 100))
    with pytest.raises(DataError) as caught:
        DuckDB().describe(Source(path))
    assert "canary" not in str(caught.value)


# --- drivers that are not there -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("module", "source"),
    [
        ("adbc_driver_sqlite", lambda folder: Source(sqlite(folder / "s.db", t=({"a": ""}, [])))),
        ("adbc_driver_postgresql", lambda _: Source(None, uri="postgresql://localhost/shop", role="shop")),
    ],
)
def test_a_driver_that_is_not_installed_is_named(tmp_path, monkeypatch, module, source):
    for name in [name for name in sys.modules if name.startswith(module)]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(EngineError, match=r"pip install 'fairaudit-toolkit\[databases\]'"):
        DuckDB().describe(source(tmp_path))


def test_a_table_is_named_only_where_there_are_tables(tmp_path):
    (tmp_path / "p.csv").write_text("p,g\n1,a\n")
    with pytest.raises(DataError, match="Only databases and workbooks"):
        DuckDB().describe(Source(tmp_path / "p.csv", table="t"))
