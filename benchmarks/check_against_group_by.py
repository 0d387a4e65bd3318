"""fairaudit against the bare engine's join and GROUP BY of the same columns, in one run.

Run it as ``python benchmarks/check_against_group_by.py [--rows N] [--each N]``. Two Parquet files are generated
(seeded): predictions (id, score, decision, label) and customers (id and four attributes). With --each 10, every
customer has ten rows and the yardstick groups by customer first. In each round every contestant runs once, in turn;
medians and the ratio to the bare engine are printed. "process" lines include the start of Python and all imports.
"""

from __future__ import annotations

import argparse
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

import duckdb

import fairaudit

if TYPE_CHECKING:
    from collections.abc import Callable

POLICY = {
    "data": {
        "id": "customer_id",
        "label": "label",
        "prediction": "decision",
        "score": "score",
        "protected": ["gender", "age_band", "ethnicity"],
        "segments": ["region"],
    }
}
TOML = """[data]
id = "customer_id"
label = "label"
prediction = "decision"
score = "score"
protected = ["gender", "age_band", "ethnicity"]
segments = ["region"]
"""
BARE = """SELECT gender, age_band, ethnicity, region, decision, label, count(*), sum(score), sum(score * score)
FROM read_parquet('{folder}/predictions.parquet') JOIN read_parquet('{folder}/customers.parquet') USING (customer_id)
GROUP BY ALL"""
TWO_LEVELS = """SELECT gender, age_band, ethnicity, region, count(*), sum(n), sum(n * n), sum(d), sum(d * d),
sum(d * n), sum(s), sum(s * s), sum(s * n) FROM (SELECT customer_id, gender, age_band, ethnicity, region,
count(*) AS n, sum(decision) AS d, sum(score) AS s FROM '{folder}/predictions.parquet' AS p
JOIN '{folder}/customers.parquet' AS c USING (customer_id) GROUP BY ALL) GROUP BY ALL"""


def generate(folder: Path, rows: int, each: int) -> None:
    """Write the two files; a hash of the row's number is the only source of chance."""
    chance = "(hash(i, '{}') % 1000000) / 1e6"
    pick = "[{}][1 + (hash(i, '{}') % {})::INTEGER]"

    def one_of(name: str, *values: str) -> str:
        return pick.format(", ".join(f"'{value}'" for value in values), name, len(values)) + f" AS {name}"

    attributes = ", ".join(
        (
            one_of("gender", "female", "male", "female", "male", "male", "female", "other"),
            one_of("age_band", "18-29", "30-44", "45-64", "65+"),
            one_of("ethnicity", "Asian", "Black", "Other", "White", "White", "White"),
            one_of("region", "East", "North", "South", "West"),
        )
    )
    with duckdb.connect() as connection:
        connection.execute(
            f"COPY (SELECT 'C' || lpad((i // {each})::VARCHAR, 9, '0') AS customer_id, {chance.format('s')} AS score, "
            f"({chance.format('s')} >= 0.6)::INTEGER AS decision, ({chance.format('y')} < 0.4)::INTEGER AS label "
            f"FROM range({rows}) AS r(i)) TO '{folder}/predictions.parquet'"
        )
        connection.execute(
            f"COPY (SELECT 'C' || lpad(i::VARCHAR, 9, '0') AS customer_id, {attributes} "
            f"FROM range({rows // each}) AS r(i) ORDER BY hash(i)) TO '{folder}/customers.parquet'"
        )


def bare(query: str) -> None:
    """Run the query that any engine needs for these counts."""
    with duckdb.connect() as connection:
        connection.execute(query).fetchall()


def process(*command: str) -> None:
    """Run a command; whatever verdict it comes to is fine."""
    done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603  our own commands
    if done.returncode not in (0, 1, 4):
        raise SystemExit(done.stderr)


def contestants(folder: Path, each: int) -> dict[str, Callable[[], object]]:
    """Return what is timed, the yardstick first."""
    files = str(folder / "predictions.parquet"), str(folder / "customers.parquet")
    policy = str(folder / "fairaudit.toml")
    check = (sys.executable, "-m", "fairaudit", "check", *files, "--policy", policy)
    query = (BARE if each == 1 else TWO_LEVELS).format(folder=folder)
    program = f"import duckdb; duckdb.connect().execute({query!r}).fetchall()"
    return {
        "bare GROUP BY": lambda: bare(query),
        "fairaudit.tabulate": lambda: fairaudit.tabulate(*files, policy=POLICY),
        "fairaudit.audit": lambda: fairaudit.audit(*files, policy=POLICY),
        "process: bare GROUP BY": lambda: process(sys.executable, "-c", program),
        "process: check, text and JSON": lambda: process(*check, "--no-out", "-o", f"json={folder}/audit.json"),
        "process: check, all outputs": lambda: process(*check, "--out", str(folder / "out")),
    }


def main() -> None:
    """Generate, run the rounds and print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--each", type=int, default=1, help="rows of each customer")
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        generate(folder, options.rows, options.each)
        (folder / "fairaudit.toml").write_text(TOML, encoding="utf-8")
        runs = contestants(folder, options.each)
        seconds: dict[str, list[float]] = {name: [] for name in runs}
        for _ in range(options.rounds + 1):  # the first round warms up
            for name, run in runs.items():
                start = time.perf_counter()
                run()
                seconds[name].append(time.perf_counter() - start)
    medians = {name: statistics.median(times[1:]) for name, times in seconds.items()}
    print(f"{options.rows:,} rows, {options.each:,} of each customer, medians of {options.rounds} rounds")
    for name, median in medians.items():
        yardstick = medians["process: bare GROUP BY" if name.startswith("process") else "bare GROUP BY"]
        print(f"{name:32} {median:7.3f} s  {median / yardstick:5.2f} x bare")


if __name__ == "__main__":
    main()
