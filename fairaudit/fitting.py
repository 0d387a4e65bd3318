"""A cube under a policy: the roles it brings along, what contradicts it or is not in it, and the part asked for."""

from __future__ import annotations

from dataclasses import replace
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from fairaudit.errors import DataError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from fairaudit.cube import Cell, Cube, Key
    from fairaudit.policy import Policy
    from fairaudit.spec import Spec, View

ORIGIN = "the cube"
COUNTED = (
    "id",
    "label",
    "prediction",
    "score",
    "threshold",
    "positive",
    "count",
    "weight",
    "propensity",
    "score_range",
)
"""Keys under ``[data]`` that say how rows were counted: a policy may repeat them and not change them."""
_CARRIED = ("protected", "segments", "outcome", "labels", "max_groups", "values", "treatment", "control", "stratum")
"""Keys that the cube brings along and a policy may state otherwise."""
_AGAIN = (
    "Count the data again under this policy:\n  fairaudit cube PREDICTIONS [ATTRIBUTES] --policy FILE --output NEW.cube"
)


def fit(cube: Cube, stated: Policy, name: str) -> tuple[Cube, Policy]:
    """Return the part of a cube that a policy asks for, and the policy with every role that the cube brings.

    Parameters
    ----------
    cube : Cube
        What was counted.
    stated : Policy
        Rules and levels; what it leaves open under ``[data]`` is taken from the cube.
    name : str
        What the cube is called in messages.

    Returns
    -------
    Cube, Policy
        The cube's Spec has the views of the policy, its columns in the policy's order.

    Raises
    ------
    DataError
        The policy states another role than the cube was counted with, or needs what it does not hold.
    """
    spec = cube.spec
    problems = [*_contradictions(spec, stated), *_unknown_names(spec, stated)]
    if not problems:
        data = stated.data.model_fields_set
        filled = {key: value for key, value in _roles(spec).items() if key not in data}
        roles = {"protected": stated.data.protected, "segments": stated.data.segments} | filled
        columns = {column for key in ("protected", "segments") for name in roles[key] for column in name.split("*")}
        if bands := {name: cuts for name, cuts in spec.bands.items() if name in columns - stated.data.bands.keys()}:
            filled["bands"] = {**bands, **stated.data.bands}
        numbers = [role for role in ("label", "prediction") if getattr(spec, f"{role}_kind") == "number"]
        policy = stated.filled(filled, ORIGIN, numbers)
        problems = list(_missing(spec, policy))
    if problems:
        listed = "\n".join(f"  - {problem}" for problem in problems)
        raise DataError(f"This cube does not fit the policy:\n{listed}\n{_AGAIN}", file=name)
    return _part(cube, policy), policy


def _roles(spec: Spec) -> dict[str, Any]:
    """Return what a cube says under ``[data]``; what it leaves at a default is left out where a policy has none."""
    roles = {key: getattr(spec, key) for key in (*COUNTED, *_CARRIED)}
    if spec.score_range == (0.0, 1.0):
        del roles["score_range"]
    if spec.disjoint is not None:
        roles["customers"] = "disjoint" if spec.disjoint else "repeat"
    return {key: value for key, value in roles.items() if value is not None}


def _contradictions(spec: Spec, stated: Policy) -> Iterator[str]:
    data = stated.data
    for key in COUNTED:
        wanted, known = getattr(data, key), getattr(spec, key)
        if key in data.model_fields_set and wanted is not None and wanted != known:
            yield f"{key}: the policy says {_said(wanted)}, the cube was counted with {_said(known)}"
    for name, cuts in data.bands.items():
        known = spec.bands.get(name)
        if name in spec.attributes and known != cuts:
            yield f"bands of {name}: the policy says {_said(cuts)}, the cube was counted with {_said(known)}"


def _said(value: Any) -> str:  # noqa: ANN401  a value of the policy or the Spec
    if value is None:
        return "none"
    return f'"{value}"' if isinstance(value, str) else ", ".join(f"{part:g}" for part in _listed(value))


def _listed(value: Any) -> tuple[float, ...]:  # noqa: ANN401
    return value if isinstance(value, tuple) else (value,)


def _unknown_names(spec: Spec, stated: Policy) -> Iterator[str]:
    """Yield the attributes that a policy names and the cube does not hold, under ``[data]`` or in a rule."""
    named = [*stated.data.protected, *stated.data.segments]
    for rule in stated.rules:
        named += [*(rule.protected or ()), *(rule.segments or ())]
    columns = [column for name in named for column in name.split("*")]
    for column in dict.fromkeys(columns):
        if column not in spec.attributes:
            held = ", ".join(f'"{one}"' for one in spec.attributes) or "none"
            yield f'it holds no groups of "{column}", only of {held}'
    if not stated.data.protected and not spec.protected:
        yield "neither it nor the policy says which columns are protected: state protected under [data]"


def _missing(spec: Spec, policy: Policy) -> Iterator[str]:
    """Yield what the policy needs and the cube does not hold."""
    wanted, needs = policy.spec(), policy.needs()
    held = {frozenset(view) for view in spec.views}
    for view in wanted.views:
        if frozenset(view) not in held:
            yield f"it does not hold the groups of {' by '.join(view) or 'everybody'}"
    # a column that neither has makes its rules not evaluable, as it does with data
    for role in (role for role in ("label", "prediction") if getattr(spec, role) is not None):
        kinds = getattr(wanted, f"{role}_kind"), getattr(spec, f"{role}_kind")
        if kinds == ("binary", "number"):
            yield f"a rule needs the two values of the {role}, and the cube holds its sums only"
        elif kinds == ("number", "binary"):
            yield f"a rule needs the mean of the {role}, and the cube holds its two values only"
    yield from (f'it does not hold the sums of "{name}"' for name in wanted.values if name not in spec.values)
    if spec.score is None and needs & {"score", "curve", "probability"}:
        yield "a rule needs scores, and the cube was counted without them"
    elif "curve" in needs and not set(map(frozenset, wanted.curves)) <= set(map(frozenset, spec.curves)):
        yield "a rule needs the distribution of the scores, and the cube does not hold it for every group"
    decided = spec.prediction is not None or spec.threshold is not None
    if not decided and needs & {"prediction", "prediction mean"}:
        yield "a rule needs decisions, and the cube was counted without them"


def _part(cube: Cube, policy: Policy) -> Cube:
    """Return the cells of the policy's views, their keys in the order of its columns."""
    wanted = policy.spec()
    held: dict[frozenset[str], View] = {frozenset(view): view for view in cube.spec.views}
    drawn = set(map(frozenset, cube.spec.curves))
    spec = replace(
        cube.spec,
        attributes=wanted.attributes,
        views=wanted.views,
        curves=tuple(view for view in wanted.curves if frozenset(view) in drawn),
        bands=MappingProxyType({name: cuts for name, cuts in cube.spec.bands.items() if name in wanted.attributes}),
        protected=wanted.protected,
        segments=wanted.segments,
        outcome=wanted.outcome,
        labels=wanted.labels,
        treatment=wanted.treatment,
        control=wanted.control,
        stratum=wanted.stratum,
    )
    cells = {
        _ordered(key, view): _without_curve(cell, keep=view in spec.curves)
        for view in spec.views
        for key, cell in cube.view(held[frozenset(view)]).items()
    }
    empty = cube.ledger.missing_attributes
    missing = MappingProxyType({name: empty.get(name, 0) for name in spec.attributes})
    return replace(
        cube, spec=spec, cells=MappingProxyType(cells), ledger=replace(cube.ledger, missing_attributes=missing)
    )


def _ordered(key: Key, view: View) -> Key:
    values = dict(key)
    return tuple((name, values[name]) for name in view)


def _without_curve(cell: Cell, *, keep: bool) -> Cell:
    return cell if keep else replace(cell, histogram=None, weighted_histogram=None)
