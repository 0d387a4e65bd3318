"""The tables of the policy file beside its rules: each key with its type, its default and what it means.

The descriptions are the documentation: `fairaudit policy schema` and docs/reference/policy.md are made from them.
"""

from __future__ import annotations

import math
import re
from decimal import Decimal
from itertools import pairwise
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field, model_validator

from fairaudit.rule import Section, no_repeats


def _as_text(value: object) -> object:
    """Turn 1, 1.0 and true into "1": typed columns become text in the same way."""
    if isinstance(value, bool):
        return str(int(value))
    if isinstance(value, Decimal | float | int):
        return f"{Decimal(str(value)).normalize():f}"
    return value


Text = Annotated[str, BeforeValidator(_as_text)]
Share = Annotated[float, Field(ge=0, le=1)]


class Data(Section):
    """Columns and how to read them."""

    id: str | None = Field(
        default=None,
        description="The column with the customer's id, which joins the two files. Each customer once in the "
        "attributes; in the predictions a repeated id is several decisions for one customer.",
    )
    label: str | None = Field(default=None, description="The column that says what really happened. Never guessed.")
    labels: Literal["observed", "complete"] = Field(
        default="observed",
        description="complete: the label is known for everybody, whatever the model decided. observed: perhaps not, "
        "and rates that need it are refused where it looks one-sided.",
    )
    prediction: str | None = Field(default=None, description="The column with the model's decision.")
    score: str | None = Field(default=None, description="The column with the model's score.")
    score_range: tuple[float, float] | None = Field(
        default=None,
        description="The lowest and the highest score there can be; histograms lie between them. Unsaid: 0 to 1.",
    )
    threshold: float | Literal["median"] | None = Field(
        default=None,
        description="Decide by the score: selected from this value on; median: selected above the median of all "
        "scores.",
    )
    positive: Text = Field(default="1", description="The value that means yes, in prediction and label.")
    outcome: Literal["benefit", "harm"] = Field(
        default="benefit", description="Whether being selected is good for a customer (benefit) or bad (harm)."
    )
    count: str | None = Field(default=None, description="The column that says how many customers a row stands for.")
    weight: str | None = Field(
        default=None, description="The column that says how much a row weighs: not negative, never missing."
    )
    protected: tuple[str, ...] = Field(
        default=(),
        description="The columns whose groups must be treated alike; gender*age is the intersection of two.",
    )
    segments: tuple[str, ...] = Field(
        default=(),
        description="The columns that part the customers; the groups are compared again inside each part.",
    )
    bands: dict[str, tuple[float, ...]] = Field(
        default_factory=dict,
        description="Cut points that make groups of a number, per column: under the first, from each to under the "
        "next, from the last on.",
    )
    min_coverage: Share = Field(
        default=0.95,
        description="The least share of the predictions that must find attributes; with less the audit is "
        "INCONCLUSIVE.",
    )
    encoding: str | None = Field(default=None, description="The text encoding of CSV files. Unsaid: UTF-8.")
    delimiter: Literal[",", ";", "\t", "|"] | None = Field(
        default=None, description="What parts the columns of CSV files. Unsaid: what the header shows."
    )
    null: tuple[str, ...] = Field(default=("",), description="The texts that mean missing.")
    max_groups: int = Field(
        default=50,
        ge=2,
        description="More values than this in a protected or segment column are an error: it looks like an id.",
    )
    memory_limit: str | None = Field(
        default=None,
        description="Memory that the engine may take before it goes to the disk, such as 2GB. Unsaid: 80 % of the "
        "machine's.",
    )
    customers: Literal["disjoint", "repeat"] | None = Field(
        default=None,
        description="disjoint: no customer is in other data too, so that cubes may be merged. repeat: some are. "
        "Unsaid: with an id, cubes are not merged.",
    )
    engine: Literal["duckdb", "spark"] | None = Field(
        default=None,
        description="duckdb: this machine. spark: a cluster. Unsaid: duckdb, or spark where its dataframes are given.",
    )
    parts: bool = Field(
        default=False,
        description="Whether a folder or a pattern of Parquet files may be given in the place of a file.",
    )
    predictions_table: str | None = Field(
        default=None,
        min_length=1,
        description="The table, view or SELECT of a database, or the sheet of a workbook, with the predictions. "
        "Unsaid: the only one.",
    )
    attributes_table: str | None = Field(default=None, min_length=1, description="The same for the attributes.")

    @model_validator(mode="after")
    def _consistent(self) -> Data:
        if isinstance(self.threshold, float) and not math.isfinite(self.threshold):
            raise ValueError("threshold must be a finite number")
        if self.threshold is not None and self.score is None:
            raise ValueError("threshold needs a score column")
        if self.score_range is not None and not -math.inf < self.score_range[0] < self.score_range[1] < math.inf:
            raise ValueError("score_range must be two finite numbers, the lower first")
        if self.memory_limit is not None and not re.fullmatch(r"\d+(\.\d+)? ?[KMGT]i?B", self.memory_limit):
            raise ValueError('memory_limit must be a size such as "2GB"')
        for name, cuts in self.bands.items():
            if not cuts or not all(map(math.isfinite, cuts)) or any(a >= b for a, b in pairwise(cuts)):
                raise ValueError(f"bands.{name} must be increasing numbers")
        for field in ("protected", "segments"):
            no_repeats(field, getattr(self, field))
        return self


class Groups(Section):
    """Which groups are judged, and against whom."""

    min_size: int = Field(default=30, ge=1, description="A rate that rests on fewer customers than this is not judged.")
    small: Literal["block", "report"] = Field(
        default="block",
        description="What such a group does: block: no PASS without it; report: it is listed and does not block.",
    )
    small_share: Share = Field(
        default=0.02,
        description="With small = report, the share of the customers that small groups together may have; above it "
        "they block.",
    )
    # a larger share would lose groups that no rule of law leaves out
    min_share: float = Field(
        default=0.0,
        ge=0,
        le=0.02,
        description="Groups under this share of the customers are listed, not judged, and do not block.",
    )
    max_missing: Share = Field(
        default=0.05, description="With a larger share of customers without a value, an attribute is not judged."
    )
    reference: Literal["best", "largest", "rest"] = Field(
        default="best",
        description="Whom groups are compared with: best: every pair, shown against the best group; largest: the "
        "largest group; rest: all others together, which never gives a PASS.",
    )
    references: dict[str, str | dict[str, Text]] = Field(
        default_factory=dict,
        description='The same per attribute, or a named group: gender = "male"; for an intersection a table with a '
        "value per column.",
    )


class Decision(Section):
    """How strictly is decided."""

    confidence: float = Field(
        default=0.90,
        gt=0.5,
        lt=1,
        description="How sure a PASS must be: the interval of this level lies inside the limit.",
    )
    interval: Literal["exact", "wilson"] = Field(
        default="exact", description="How the limits of a rate are made: exact (Clopper and Pearson) or wilson."
    )
    decide_on: Literal["interval", "point"] = Field(
        default="interval", description="interval: chance is taken into account. point: the bare number decides."
    )
    on_inconclusive: Literal["block", "warn"] = Field(
        default="block",
        description="block: an INCONCLUSIVE audit ends with exit code 4. warn: with 0 and a warning.",
    )
    without_limit: Literal["refuse", "report"] = Field(
        default="refuse",
        description="refuse: a rule without a limit is an error. report: it is measured, and nothing is decided.",
    )
    significance: bool = Field(
        default=False,
        description="Whether the literal reading and a p-value stand beside each comparison of rates; they decide "
        "nothing.",
    )
