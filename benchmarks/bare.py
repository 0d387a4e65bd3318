"""The yardstick: the bare join and GROUP BY of the same columns, by DuckDB and nothing else.

Run as ``python benchmarks/bare.py PREDICTIONS CUSTOMERS ATTRIBUTE ... [--two-levels] [--memory-limit 2GB]``; it prints
the number of cells. The session has the settings of the product's own; a CSV file's types are declared, which is faster
than letting the engine guess them (``--guess``).
"""

from __future__ import annotations

import argparse
import tempfile

import duckdb

NUMBERS = {"score": "DOUBLE", "decision": "TINYINT", "label": "TINYINT"}


def source(path: str, columns: tuple[str, ...], *, guess: bool = False) -> str:
    """Return the relation of a file."""
    if path.endswith(".parquet"):
        return f"read_parquet('{path}')"
    if guess:
        return f"read_csv('{path}')"
    kinds = ", ".join(f"'{name}': '{NUMBERS.get(name, 'VARCHAR')}'" for name in columns)
    return f"read_csv('{path}', auto_detect = false, header = true, delim = ',', quote = '\"', columns = {{{kinds}}})"


def query(predictions: str, customers: str, attributes: list[str], *, two_levels: bool, guess: bool) -> str:
    """Return the statement: counts and sums of the score per cell, or per customer first and then per cell."""
    groups = ", ".join(attributes)
    left = source(predictions, ("customer_id", *NUMBERS), guess=guess)
    right = source(customers, ("customer_id", *attributes), guess=guess)
    if two_levels:
        return (
            f"SELECT {groups}, count(*), sum(n), sum(n * n), sum(d), sum(d * d), sum(d * n), sum(t), sum(t * t), "
            "sum(t * n), sum(s), sum(s * s), sum(s * n) FROM ("
            f"SELECT customer_id, {groups}, count(*) AS n, sum(decision) AS d, sum(decision * label) AS t, "
            f"sum(score) AS s FROM {left} AS p JOIN {right} AS c USING (customer_id) GROUP BY ALL) GROUP BY ALL"
        )
    return (
        f"SELECT {groups}, decision, label, count(*), sum(score), sum(score * score) "
        f"FROM {left} AS p JOIN {right} AS c USING (customer_id) GROUP BY ALL"
    )


def main() -> None:
    """Run the query and print how many cells it has."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("predictions")
    parser.add_argument("customers")
    parser.add_argument("attributes", nargs="+")
    parser.add_argument("--two-levels", action="store_true", help="by customer first")
    parser.add_argument("--guess", action="store_true", help="let the engine find out a CSV file's form and types")
    parser.add_argument("--memory-limit", help="DuckDB's own limit, 2GB say")
    options = parser.parse_args()
    statement = query(
        options.predictions,
        options.customers,
        options.attributes,
        two_levels=options.two_levels,
        guess=options.guess,
    )
    with tempfile.TemporaryDirectory(prefix="fairaudit-benchmark-") as folder:
        config = {"preserve_insertion_order": False, "temp_directory": folder}
        if options.memory_limit:
            config["memory_limit"] = options.memory_limit
        with duckdb.connect(config=config) as connection:
            print(len(connection.execute(statement).fetchall()))


if __name__ == "__main__":
    main()
