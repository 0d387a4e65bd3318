"""The policy: which columns play which role, which groups are judged, and how strictly."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal, NamedTuple

from pydantic import Field, PrivateAttr, ValidationError

from fairaudit.errors import UsageError, nearest
from fairaudit.rule import Rule, Section, clash, harmless_side
from fairaudit.sections import Data, Decision, Groups
from fairaudit.shown import Shown
from fairaudit.spec import Spec, View

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from pydantic import BaseModel

REFERENCE_WORDS = ("best", "largest", "rest")
PresetName = Literal["personalization", "four-fifths", "nyc-ll144", "ad-delivery", "credit-practice", "eu-evidence"]
"""The presets of the package, each a file in ``presets/``."""


class Place(NamedTuple):
    """Where a file states a rule."""

    file: str
    """From the root of the repository, else from the working folder, with slashes."""
    line: int | None
    """From 1; None where it cannot be told."""


class Policy(Section, Shown):
    """Everything an audit needs besides the data."""

    schema_: Literal[1] | None = Field(default=None, alias="schema", description="The version of the policy file.")
    name: str | None = Field(default=None, description="What the audit is called in its reports.")
    preset: PresetName | None = Field(
        default=None,
        description="The preset that the policy builds on; what the file says wins. Unsaid: personalization.",
    )
    data: Data = Field(default=Data(), description="Columns and how to read them.")
    groups: Groups = Field(default=Groups(), description="Which groups are judged, and against whom.")
    verdict: Decision = Field(default=Decision(), description="How strictly is decided.")
    rules: tuple[Rule, ...] = Field(
        default=(), alias="rule", description="The rules; at least one here, or those of the preset."
    )
    _origins: dict[str, str] = PrivateAttr(default_factory=dict)
    _numbers: frozenset[str] = PrivateAttr(default=frozenset())
    _places: dict[str, Place] = PrivateAttr(default_factory=dict)

    def __repr__(self) -> str:
        protected = f", protected={', '.join(self.data.protected)}" if self.data.protected else ""
        return f"<Policy {self.name or 'without a name'}: rules={len(self.rules)}{protected}>"

    @classmethod
    def parse(
        cls, values: Mapping[str, Any], origin: str = "policy", origins: Mapping[str, str] | None = None
    ) -> Policy:
        """Return the policy of a nested mapping, as a TOML file gives it.

        Raises
        ------
        UsageError
            A key is unknown, a value does not fit, or limits contradict each other; all problems are listed.
        """
        known = origins or {}
        try:
            policy = cls.model_validate(values)
        except ValidationError as error:
            problems = ((known.get(_dotted(e), origin), e) for e in error.errors()[:5])
            raise UsageError("\n".join(f"{where}: {_explain(e, cls)}" for where, e in problems)) from None
        policy._check_names(origin)  # noqa: SLF001
        policy._origins.update(known)  # noqa: SLF001
        return policy

    def filled(self, data: Mapping[str, Any], origin: str, numbers: Iterable[str] = ()) -> Policy:
        """Return the policy with values under ``[data]`` that it leaves open, and where they come from.

        Parameters
        ----------
        data : mapping
            Key under ``[data]`` -> value.
        origin : str
            What `origins` says of them.
        numbers : iterable of str
            "label", "prediction" or both, where no rule looks at the column and its values are numbers.
        """
        filled = self.model_copy(
            update={"data": Data.model_validate({**self.data.model_dump(exclude_unset=True), **data})}
        )
        filled._check_names(origin)  # noqa: SLF001
        filled._origins = {**self._origins, **{f"data.{key}": origin for key in data}}  # noqa: SLF001
        filled._numbers = frozenset(numbers)  # noqa: SLF001
        return filled

    def _check_names(self, origin: str) -> None:
        ids = [rule.id for rule in self.rules]
        twice = next((name for name in ids if ids.count(name) > 1), None)
        if twice is not None:
            raise UsageError(f'{origin}: two rules have the id "{twice}".')
        for rule in self.rules:
            problem = self._problem(rule) or self._clash(rule)
            if problem:
                raise UsageError(f'{origin}: rule "{rule.id}": {problem}')
        for name in self.groups.references:
            if self.data.protected and name not in self.data.protected:
                raise UsageError(
                    f'{origin}: [groups.references] "{name}" is not listed under [data] protected.'
                    f"{nearest(name, self.data.protected)}"
                )
            if (
                "*" in name
                and isinstance(self.groups.references[name], str)
                and (self.groups.references[name] not in REFERENCE_WORDS)
            ):
                raise UsageError(f'{origin}: the reference of "{name}" is a table with a value per column.')

    def _problem(self, rule: Rule) -> str | None:
        """Return what is wrong with a rule under this policy, None if nothing is."""
        harmless = harmless_side(rule, self.data.outcome)
        if harmless:
            return f"{harmless}."
        if not rule.limited and self.verdict.without_limit == "refuse":
            return (
                f'"{rule.name}" has no default limit: state min or max; [verdict] without_limit = "report" measures it '
                "and decides nothing."
            )
        for key, known in (("protected", self.data.protected), ("segments", self.data.segments)):
            for name in getattr(rule, key) or ():
                if known and name not in known:
                    return f'"{name}" is not under [data] {key}.{nearest(name, known)}'
        return None

    def _clash(self, rule: Rule) -> str | None:
        """Return which earlier rule excludes this one, None if none does."""
        for other in self.rules[: self.rules.index(rule)]:
            if clash(other, rule, self.data.outcome):
                return f'no value can meet both its limits and those of "{other.id}".'
        return None

    @property
    def origins(self) -> Mapping[str, str]:
        """Where each value that is not a default comes from, by dotted key ("data.id")."""
        return self._origins

    @property
    def places(self) -> Mapping[str, Place]:
        """Where a file states each rule, by the rule's id; empty where no file does."""
        return self._places

    def placed(self, places: Mapping[str, Place]) -> Policy:
        """Return the policy with the places of its rules."""
        policy = self.model_copy()
        policy._places = dict(places)  # noqa: SLF001
        return policy

    @property
    def gating(self) -> tuple[Rule, ...]:
        """The rules that can fail an audit: those with a limit that do not only explore."""
        return tuple(rule for rule in self.rules if rule.limited and not rule.exploratory)

    def attributes(self) -> tuple[str, ...]:
        """Return the protected and segment columns, each once, in the order they are named."""
        names = [part for name in self.data.protected for part in name.split("*")]
        return tuple(dict.fromkeys([*names, *self.data.segments]))

    def protected_views(self) -> dict[str, View]:
        """Return each protected name with its columns in the order of `attributes`."""
        order = self.attributes()
        return {name: tuple(sorted(name.split("*"), key=order.index)) for name in self.data.protected}

    def crossed(self, protected: View, segment: str) -> View:
        """Return the view of a protected attribute in a segment column."""
        return tuple(sorted({*protected, segment}, key=self.attributes().index))

    def spec(self) -> Spec:
        """Return what to tabulate for this policy: every protected attribute, in total and in every segment."""
        data = self.data
        singles = tuple(self.protected_views().values())
        segments: tuple[View, ...] = tuple((name,) for name in data.segments)
        crossed = tuple(self.crossed(view, name) for view in singles for name in data.segments if name not in view)
        views: Sequence[View] = list(dict.fromkeys([(), *singles, *segments, *crossed]))
        splits = [name for name in (data.treatment, data.stratum) if name is not None]
        parts: list[View] = [(*view, column) for column in splits for view in views]
        return Spec(
            id=data.id,
            label=data.label,
            prediction=data.prediction,
            score=data.score,
            threshold=data.threshold,
            positive=data.positive,
            label_kind="number" if self._only_mean("label") else "binary",
            prediction_kind="number" if self._only_mean("prediction") else "binary",
            count=data.count,
            weight=data.weight,
            values=tuple(dict.fromkeys([*data.values, *(rule.of for rule in self.rules if rule.of is not None)])),
            propensity=data.propensity,
            attributes=(*self.attributes(), *splits),
            views=(*views, *parts),
            curves=tuple(v for v in views if len(v) < 3) if data.score else (),
            bands={name: cuts for name, cuts in data.bands.items() if name in self.attributes()},
            score_range=data.score_range or (0.0, 1.0),
            max_groups=data.max_groups,
            disjoint=None if data.customers is None else data.customers == "disjoint",
            protected=data.protected,
            segments=data.segments,
            outcome=data.outcome,
            labels=data.labels,
            treatment=data.treatment,
            control=data.control,
            stratum=data.stratum,
        )

    def needs(self) -> frozenset[str]:
        """Return what the rules need of the data, in the words of `Estimand.needs`."""
        return frozenset(need for rule in self.rules for e in rule.estimands(self.data.outcome) for need in e.needs)

    def _only_mean(self, role: str) -> bool:
        """Return whether no rule needs two values of this column, and one averages it or its values are numbers."""
        needs = self.needs()
        return role not in needs and (f"{role} mean" in needs or role in self._numbers)


def _explain(error: Any, model: type[BaseModel]) -> str:  # noqa: ANN401  pydantic's own record
    """Turn one of pydantic's errors into a sentence that names the key as the file writes it."""
    where = [str(part) for part in error["loc"]]
    path = ".".join(where)
    if error["type"] == "extra_forbidden":
        return f'unknown key "{path}".{nearest(where[-1], _keys(model, where[:-1]))}'
    message = str(error["ctx"]["error"]) if error["type"] == "value_error" else error["msg"]
    return f"{path}: {message}" if path else message


def _dotted(error: Any) -> str:  # noqa: ANN401
    """Return the key of one of pydantic's errors as `origins` names it: section and key, no deeper."""
    return ".".join(str(part) for part in error["loc"][: 1 if error["loc"][:1] == ("rule",) else 2])


def _keys(model: type[BaseModel], path: list[str]) -> list[str]:
    sections: dict[str, type[BaseModel]] = {"data": Data, "groups": Groups, "verdict": Decision, "rule": Rule}
    chosen = sections.get(path[0], model) if path else model
    return [field.alias or name for name, field in chosen.model_fields.items()]
