"""The forms in which rows may lie besides CSV: Parquet, SQLite, DuckDB and Excel files."""

import sqlite3

import duckdb
import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq


def parquet(path, table):
    """Write rows (dictionaries) as a Parquet file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    pq.write_table(pa.Table.from_pylist(table), path)
    return path


def sqlite(path, **tables):
    """Make an SQLite file of tables: name -> (column -> declared type, rows)."""
    connection = sqlite3.connect(path)
    for name, (columns, table) in tables.items():
        quoted = name.replace('"', '""')
        connection.execute(f'CREATE TABLE "{quoted}" ({", ".join(f"{c} {kind}" for c, kind in columns.items())})')
        values = ([row.get(c) for c in columns] for row in table)
        connection.executemany(f'INSERT INTO "{quoted}" VALUES ({", ".join("?" * len(columns))})', values)
    connection.commit()
    connection.close()
    return path


def duck(path, **tables):
    """Make a DuckDB file of tables: name -> rows."""
    connection = duckdb.connect(str(path))
    for name, table in tables.items():
        connection.register("given", pa.Table.from_pylist(table))
        quoted = name.replace('"', '""')
        connection.execute(f'CREATE TABLE "{quoted}" AS SELECT * FROM given')
    connection.close()
    return path


def workbook(path, **sheets):
    """Make a workbook of sheets: name -> rows."""
    book = openpyxl.Workbook()
    book.remove(book.active)
    for name, table in sheets.items():
        sheet = book.create_sheet(name)
        columns = list(table[0])
        sheet.append(columns)
        for row in table:
            sheet.append([row[column] for column in columns])
    book.save(path)
    return path
