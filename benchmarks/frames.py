"""Tables in memory: `fairaudit.tabulate` and `fairaudit.audit` against the library's own group-by of the same columns.

Run as ``python benchmarks/frames.py [--rows N] [--write]``. Everything in this process, each frame joined beforehand.
The yardstick is one group-by of six attributes, decision and label with counts; what the same library needs for every
margin that the audit judges, one group-by each, is shown beside it. Scores are left out but in the last column.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

import contestants
import page
from generator import ATTRIBUTES, joined
from stopwatch import at_most, call, machine, medians, parser, publish, seconds, times

import fairaudit
from fairaudit.api import read_policy

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import pyarrow as pa

OUTCOME = ("decision", "label")


def by_pandas(frame: Any, columns: Sequence[str]) -> int:  # noqa: ANN401
    """Return the number of cells of one group-by."""
    return len(frame.groupby(list(columns), observed=True, sort=False).size())


def by_polars(frame: Any, columns: Sequence[str]) -> int:  # noqa: ANN401
    """Return the number of cells of one group-by."""
    return int(frame.group_by(list(columns)).len().height)


def by_arrow(frame: pa.Table, columns: Sequence[str]) -> int:
    """Return the number of cells of one group-by."""
    return int(frame.group_by(list(columns)).aggregate([([], "count_all")]).num_rows)


def frames(rows: int) -> dict[str, tuple[Any, Callable[[Any, Sequence[str]], int]]]:
    """Return every kind of frame with its library's own group-by."""
    import pandas as pd
    import polars as pl

    table = joined(rows).drop_columns(["customer_id"])
    text = table.to_pandas()
    names = list(ATTRIBUTES)
    return {
        "pandas, object": (text.astype(dict.fromkeys(names, object)), by_pandas),
        "pandas, string": (text.astype(dict.fromkeys(names, pd.StringDtype("pyarrow"))), by_pandas),
        "pandas, category": (text.astype(dict.fromkeys(names, "category")), by_pandas),
        "Polars, String": (pl.from_arrow(table), by_polars),
        "Polars, Categorical": (pl.from_arrow(table).with_columns(pl.col(names).cast(pl.Categorical)), by_polars),
        "Arrow, string": (table, by_arrow),
    }


def policy(score: str | None = None) -> dict[str, Any]:
    """Return the policy of an audit of one table without an id: every row is a customer."""
    return {"data": {name: value for name, value in contestants.roles(score=score)["data"].items() if name != "id"}}


def main() -> None:
    """Measure and print the table."""
    options = parser(__doc__, rows=1_000_000).parse_args()
    plain, scored = policy(), policy("score")
    margins = [(*view, *OUTCOME) for view in read_policy(plain).spec().views]
    lines = []
    for name, (frame, group_by) in frames(options.rows).items():
        found = medians(
            {
                "own": partial(call, partial(group_by, frame, (*ATTRIBUTES, *OUTCOME))),
                "margins": partial(call, lambda f=frame, by=group_by: [by(f, margin) for margin in margins]),
                "tabulate": partial(call, partial(fairaudit.tabulate, frame, policy=plain)),
                "audit": partial(call, partial(fairaudit.audit, frame, policy=plain)),
                "scored": partial(call, partial(fairaudit.audit, frame, policy=scored)),
            },
            options.rounds,
        )
        own = found["own"].seconds
        ratio = found["audit"].seconds / own
        cells = [f"{seconds(one.seconds)} ({times(one.seconds / own)})" for one in list(found.values())[1:]]
        lines.append([name, seconds(own), *cells, "" if name.startswith("Arrow") else at_most(ratio, 2)])
    sentence = (
        f"{options.rows:,} rows, {len(margins)} margins; medians of {options.rounds} rounds, in brackets of the "
        f"library's own group-by; {machine('pandas', 'polars', 'pyarrow')}."
    )
    head = ["frame", "own group-by", "own, all margins", "tabulate", "audit", "audit with scores", "bar for audit"]
    publish("frames", sentence, page.table(head, lines), write=options.write)


if __name__ == "__main__":
    main()
