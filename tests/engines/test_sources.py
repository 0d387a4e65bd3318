"""The same rows give the same cube wherever they lie: files, parts, several files, databases, workbooks, frames."""

import polars as pl
import pyarrow as pa
import pytest
from forms import duck, parquet, sqlite, workbook
from rows import recount, text, write_csv
from test_frames import DATA, rows

import fairaudit
from fairaudit.policy import Policy

PREDICTIONS = {"id": "text", "p": "integer", "y": "integer", "s": "real"}
PEOPLE = {"id": "text", "sex": "text", "tier": "text"}
IMPACT = [{"metric": "disparate_impact"}]


def policy(**data):
    return Policy.parse({"data": {**DATA, **data}, "rule": IMPACT})


def halves(table):
    return table[: len(table) // 3], table[len(table) // 3 :]


# Each form puts the rows somewhere and returns predictions, attributes and what the policy says of them.


def two_csv(folder, predictions, people):
    return write_csv(folder / "p.csv", predictions), write_csv(folder / "a.csv", people), {}


def folder_of_parts(folder, predictions, people):
    first, second = halves(predictions)
    parquet(folder / "p" / "part-0.parquet", first)
    parquet(folder / "p" / "part-1.parquet", [dict(reversed(row.items())) for row in second])
    (folder / "p" / "_SUCCESS").write_text("")
    (folder / "p" / ".part-0.parquet.crc").write_text("x")
    parquet(folder / "a" / "0.parquet", people)
    return folder / "p", folder / "a", {"parts": True}


def pattern_of_parts(folder, predictions, people):
    for i, half in enumerate(halves(predictions)):
        parquet(folder / f"p{i}.parquet", half)
    parquet(folder / "q.parquet", predictions)
    return folder / "p[01].par*", write_csv(folder / "a.csv", people), {"parts": True}


def partitions(folder, predictions, people):
    for tier in ("0", "1"):
        rest = [{"id": row["id"], "sex": row["sex"]} for row in people if row["tier"] == tier]
        parquet(folder / "a" / f"tier={tier}" / "part-0.parquet", rest)
    return write_csv(folder / "p.csv", predictions), folder / "a", {"parts": True}


def partitions_by_pattern(folder, predictions, people):
    first, attributes, data = partitions(folder, predictions, people)
    return first, attributes / "tier=*" / "*.parquet", data


def several_files(folder, predictions, people):
    first, second = halves(predictions)
    files = [write_csv(folder / "1.csv", first), parquet(folder / "2.parquet", second)]
    return files, write_csv(folder / "a.csv", people), {}


def several_csv(folder, predictions, people):
    first, second = halves(predictions)
    turned = [dict(reversed(row.items())) for row in second]
    return (
        [write_csv(folder / "1.csv", first), write_csv(folder / "2.csv", turned)],
        write_csv(folder / "a.csv", people),
        {},
    )


def several_frames(folder, predictions, people):
    first, second = halves(predictions)
    return [pl.DataFrame(first), pa.Table.from_pylist(second)], write_csv(folder / "a.csv", people), {}


def one_sqlite(folder, predictions, people):
    path = sqlite(folder / "shop.db", decisions=(PREDICTIONS, predictions), customers=(PEOPLE, people))
    return path, None, {"predictions_table": "decisions", "attributes_table": "customers"}


def sqlite_without_types(folder, predictions, people):
    path = sqlite(folder / "shop.db", decisions=(dict.fromkeys(PREDICTIONS, ""), predictions))
    return path, write_csv(folder / "a.csv", people), {}


def sqlite_of_texts(folder, predictions, people):
    columns = dict.fromkeys(PREDICTIONS, "text")
    texts = [{c: text(row[c]) for c in columns} for row in predictions]
    return sqlite(folder / "shop.db", t=(columns, texts)), write_csv(folder / "a.csv", people), {}


def select_of_sqlite(folder, predictions, people):
    path = sqlite(folder / "shop.db", decisions=(PREDICTIONS, predictions), customers=(PEOPLE, people))
    select = "SELECT d.id, d.p, y, s, sex, tier FROM decisions AS d JOIN customers AS c ON c.id = d.id -- all of them"
    return path, None, {"predictions_table": select, "id": "id"}


def one_duckdb(folder, predictions, people):
    path = duck(folder / "shop.duckdb", decisions=predictions, customers=people)
    return path, None, {"predictions_table": "decisions", "attributes_table": "customers"}


def two_duckdb(folder, predictions, people):
    first, second = duck(folder / "a b.db", t=predictions), duck(folder / "a'b%;#.db", t=people)
    return first, second, {"attributes_table": "WITH x AS (SELECT * FROM t) SELECT * FROM x;"}


def one_workbook(folder, predictions, people):
    path = workbook(folder / "shop.xlsx", Decisions=predictions, Customers=people)
    return path, None, {"predictions_table": "Decisions", "attributes_table": "Customers"}


def two_workbooks(folder, predictions, people):
    return workbook(folder / "p.xlsx", Sheet1=predictions), workbook(folder / "a.xlsx", Sheet1=people), {}


FORMS = [
    two_csv, folder_of_parts, pattern_of_parts, partitions, partitions_by_pattern, several_files, several_csv,
    several_frames, one_sqlite, sqlite_without_types, sqlite_of_texts, one_duckdb, two_duckdb, one_workbook,
    two_workbooks,
]  # fmt: skip


@pytest.mark.parametrize("form", FORMS, ids=lambda form: form.__name__)
def test_every_source_gives_the_recount(tmp_path, form):
    predictions, people = rows()
    given, attributes, data = form(tmp_path, predictions, people)
    stated = policy(**data)
    cube = fairaudit.tabulate(given, attributes, stated)
    assert cube == recount(stated.spec(), predictions, people)
    roomy = fairaudit.audit(given, attributes, stated)
    assert roomy.inputs.keys() == {"predictions", "attributes"}


@pytest.mark.parametrize("form", FORMS, ids=lambda form: form.__name__)
def test_repeated_customers_are_seen_in_every_source(tmp_path, form):
    predictions, people = rows(60)
    predictions = [{**row, "p": (row["p"] or 0) ^ (i % 5 == 0)} for i, row in enumerate(predictions * 3)]
    given, attributes, data = form(tmp_path, predictions, people)
    stated = policy(**data)
    assert fairaudit.tabulate(given, attributes, stated) == recount(stated.spec(), predictions, people)


KINDS = {"p": "smallint", "y": "boolean", "s": "double precision"}


@pytest.mark.parametrize("kinds", [KINDS, {"p": "numeric(3,1)", "y": "int8", "s": "numeric"}])
def test_tables_of_a_server_give_the_recount(tmp_path, postgresql, kinds):
    predictions, people = rows()
    postgresql.load("decisions", {"id": "varchar(9)", **kinds}, predictions)
    postgresql.load("customers", {"id": "char(8)", "sex": "text", "tier": "text"}, people)
    stated = policy(predictions_table="decisions", attributes_table="customers")
    expected = recount(stated.spec(), predictions, people)
    assert fairaudit.tabulate(postgresql.uri, policy=stated) == expected
    assert (
        fairaudit.tabulate(postgresql.uri, write_csv(tmp_path / "a.csv", people), policy(predictions_table="decisions"))
        == expected
    )


def test_a_select_that_joins_gives_what_one_file_gives(tmp_path, postgresql):
    predictions, people = rows()
    postgresql.load("decisions", {"id": "text", **KINDS}, predictions)
    postgresql.load("customers", {"id": "text", "sex": "text", "tier": "text"}, people)
    by_id = {row["id"]: row for row in people}
    together = [{**row, **by_id[row["id"]]} for row in predictions]
    select = "SELECT d.id, p, y, s, sex, tier FROM decisions AS d JOIN customers AS c ON c.id = d.id"
    expected = recount(policy().spec(), together)
    path, _, data = select_of_sqlite(tmp_path, predictions, people)
    assert fairaudit.tabulate(path, policy=policy(**data)) == expected
    assert fairaudit.tabulate(postgresql.uri, policy=policy(predictions_table=f"  {select};\n")) == expected
