"""A rule of the policy: a metric, how groups are compared, and the limit; what makes no sense is refused."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, InstanceOf, model_validator
from pydantic.json_schema import SkipJsonSchema

from fairaudit.curves import Area
from fairaudit.estimands import Mean, Rate
from fairaudit.fairlearn_names import ALIASES
from fairaudit.metrics import find
from fairaudit.metrics.row import Compare, Metric, Outcome
from fairaudit.score import Score
from fairaudit.shuffle import ShuffleDistance
from fairaudit.uplift import OfTreatment, Uplift

if TYPE_CHECKING:
    from collections.abc import Sequence

    from fairaudit.estimands import Estimand


def _as_text(value: object) -> object:
    """Turn 1, 1.0 and true into "1": typed columns become text in the same way."""
    if isinstance(value, bool):
        return str(int(value))
    if isinstance(value, Decimal | float | int):
        return f"{Decimal(str(value)).normalize():f}"
    return value


Text = Annotated[str, BeforeValidator(_as_text)]


class Section(BaseModel):
    """A table of the policy: its keys are known, its values do not change."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True, arbitrary_types_allowed=True)


def no_repeats(field: str, names: Sequence[str]) -> None:
    """Refuse a list in which a name is empty, names a column twice, or is the same intersection as another."""
    columns = [name.split("*") if field == "protected" else [name] for name in names]
    if not all(map(all, columns)):
        raise ValueError(f"{field} holds an empty name")
    if len(set(map(frozenset, columns))) < len(columns) or any(len(set(parts)) < len(parts) for parts in columns):
        raise ValueError(f"{field} names a column twice")


class Rule(Section):
    """One requirement: a metric, how groups are compared, and the limit."""

    id: str = Field(
        default="",
        description="What the rule is called in reports. Unsaid: the metric's name, with that of the column it is "
        "about.",
    )
    metric: str | SkipJsonSchema[InstanceOf[Score]] = Field(
        description="What is compared: a name from the list of metrics, or fairlearn's name for one."
    )
    compare: Compare = Field(
        default="ratio",
        description="How groups are compared: ratio (group / reference), difference (group - reference) or value "
        "(each group for itself). Unsaid: as the metric says.",
    )
    of: Annotated[str, Field(min_length=1)] | None = Field(
        default=None,
        description="The column of amounts that a metric is about, where it is about one. Unsaid: the label.",
    )
    arm: Text | None = Field(
        default=None, description="The one treatment that is held against the control. Unsaid: all together."
    )
    min: Decimal | None = Field(
        default=None,
        description="The lower limit of a ratio or a value. Unsaid: the metric's own limit, if max is unsaid too.",
    )
    max: Decimal | None = Field(
        default=None,
        description="The upper limit; of a difference its largest size, either way. Unsaid: as for min.",
    )
    protected: tuple[str, ...] | None = Field(
        default=None, description="The protected attributes that the rule looks at. Unsaid: all."
    )
    segments: tuple[str, ...] | None = Field(
        default=None, description="The segment columns inside which it looks. Unsaid: all."
    )
    in_segments: Literal["report", "required"] = Field(
        default="report",
        description="report: thin evidence inside a segment is told and does not block. required: it blocks.",
    )
    exploratory: bool = Field(
        default=False,
        description="Whether the rule only looks, at a false discovery rate of 5 %, and never decides.",
    )

    @model_validator(mode="before")
    @classmethod
    def _fill(cls, values: Any) -> Any:  # noqa: ANN401  whatever the file holds
        """Take comparison, limit and id from the metric where the rule does not say."""
        if not isinstance(values, dict) or not isinstance(values.get("metric"), str | Score):
            return values
        values = dict(values)
        if isinstance(values["metric"], str):
            metric, compare = find(values["metric"])
            if values["metric"] in ALIASES and values.get("compare", compare) != compare:
                raise ValueError(f'"{values["metric"]}" is compared as a {compare}')
            values.setdefault("compare", compare)
            if values.get("min") is None and values.get("max") is None and values["compare"] == metric.compare:
                values["min"], values["max"] = metric.min, metric.max
            of = values.get("of")
            values.setdefault("id", f"{values['metric']} of {of}" if isinstance(of, str) else values["metric"])
        else:
            values.setdefault("id", values["metric"].name)
        if values.get("compare") is None:
            raise ValueError(
                f'"{values["id"]}" must say how to compare groups: compare = "ratio", "difference" or "value"'
            )
        return values

    @model_validator(mode="after")
    def _sensible(self) -> Rule:
        for field in ("protected", "segments"):
            no_repeats(field, getattr(self, field) or ())
        problem = _subject_problem(self) or _limit_problem(self)
        if problem:
            raise ValueError(f'rule "{self.id}": {problem}')
        return self

    @property
    def declared(self) -> Metric | None:
        """The row of METRICS; None for a `Score`."""
        return find(self.metric)[0] if isinstance(self.metric, str) else None

    @property
    def name(self) -> str:
        """The metric's name as the policy gives it."""
        return self.metric if isinstance(self.metric, str) else self.metric.name

    @property
    def limited(self) -> bool:
        """Whether it states a limit; without one it is measured and not decided."""
        return self.min is not None or self.max is not None

    @property
    def is_alias(self) -> bool:
        """Whether the metric is fairlearn's name, whose worst value is fairlearn's number."""
        return isinstance(self.metric, str) and self.metric in ALIASES

    def estimands(self, outcome: Literal["benefit", "harm"]) -> tuple[Estimand, ...]:
        """Return what is compared; fairlearn's names are never flipped for a harm."""
        if not isinstance(self.metric, str):
            return (self.metric,)
        metric = find(self.metric)[0]
        if self.is_alias:
            return metric.estimands
        judged = metric.judged(outcome) if self.of is None else metric.about(self.of)
        return judged if self.arm is None else tuple(one.in_arm(self.arm) for one in judged if isinstance(one, Uplift))


def _subject_problem(rule: Rule) -> str | None:
    """Return what is wrong with the column or the arm that a rule names, None if nothing is."""
    metric = rule.declared
    if rule.of is not None and (metric is None or not metric.of_column):
        return f'"{rule.name}" is about no column of its own: leave out of'
    if rule.of is None and metric is not None and metric.needs_column:
        return f'"{rule.name}" must say which column it is about: of = "spend", say'
    if rule.arm is not None and (metric is None or not isinstance(metric.estimands[0], Uplift)):
        return f'"{rule.name}" compares no arms: leave out arm'
    return None


def _limit_problem(rule: Rule) -> str | None:
    whole = rule.declared is not None and isinstance(rule.declared.estimands[0], ShuffleDistance)
    if whole and rule.compare != "value":
        return f'"{rule.name}" is one number for all groups of an attribute: compare = "value"'
    return _wrong_ends(rule) or _outside(rule) if rule.limited else None


def _wrong_ends(rule: Rule) -> str | None:
    low, high = rule.min, rule.max
    if low is not None and high is not None and low > high:
        return f"min {low} is above max {high}: nothing can meet both"
    if rule.compare == "difference":
        if low is not None or high is None or high < 0:
            return "a difference has one limit, max, which bounds its size and is not negative"
        return None
    return _ratio_problem(rule) if rule.compare == "ratio" else None


def _outside(rule: Rule) -> str | None:
    """Return why a limit lies outside the values that the metric can have, None if it does not."""
    estimands = () if rule.declared is None else rule.declared.estimands
    share = bool(estimands) and all(isinstance(e, Rate | Area | ShuffleDistance) for e in estimands)
    if rule.compare == "difference" and share and rule.max is not None and rule.max > 1:
        return f"a difference of {rule.name} is at most 1, so max {rule.max} says nothing: 10 points are 0.10"
    amount = isinstance(rule.metric, Score) or any(isinstance(e, Mean | OfTreatment) for e in estimands)
    if rule.compare != "value" or amount:
        return None
    for word, limit in (("min", rule.min), ("max", rule.max)):
        if limit is not None and (limit < 0 or (share and limit > 1)):
            most = "between 0 and 1, 80 % being 0.80" if share else "at 0 or above"
            return f"{rule.name} lies {most}: {word} {limit} is outside"
    return None


def clash(one: Rule, other: Rule, outcome: Outcome) -> bool:
    """Return whether no value can meet both rules: the same values of the same groups, with ranges that do not meet."""
    if one.compare != "value" or other.compare != "value" or one.estimands(outcome) != other.estimands(outcome):
        return False
    if one.protected is not None and other.protected is not None and not set(one.protected) & set(other.protected):
        return False
    pairs = ((one.min, other.max), (other.min, one.max))
    return any(low is not None and high is not None and low > high for low, high in pairs)


def _ratio_problem(rule: Rule) -> str | None:
    low, high = rule.min, rule.max
    if low is not None and not 0 < low <= 1:
        return "the min of a ratio lies above 0 and at most at 1, so that equal groups meet it"
    if high is not None and high < 1:
        return "the max of a ratio is at least 1, so that equal groups meet it"
    return None


def harmless_side(rule: Rule, outcome: Outcome) -> str | None:
    """Return why the one limit of a ratio bounds the side on which no group is harmed, None if it does not."""
    metric = rule.declared
    if metric is None or rule.is_alias or not rule.limited or rule.compare != "ratio" or metric.compare == "ratio":
        return None
    best = metric.best_for(outcome)
    if best == "lowest" and rule.max is None:
        return f"a high {metric.name} is the harm, its ratio needs a max (1.25, say): a min bounds the harmless side"
    if best == "highest" and rule.min is None:
        return f"a low {metric.name} is the harm, its ratio needs a min (0.8, say): a max bounds the harmless side"
    return None
