"""audit and tabulate: where files, an engine, a policy and the verdict meet."""

from __future__ import annotations

import sys
from dataclasses import dataclass, replace
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fairaudit import columns, cubefile, fitting, reasons, settings, sources
from fairaudit._version import __version__
from fairaudit.arrays import table
from fairaudit.cube import Cube
from fairaudit.errors import UsageError
from fairaudit.policy import Policy
from fairaudit.spec import MISSING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from typing import Unpack

    from fairaudit.arrays import Arrays
    from fairaudit.engines import Engine, Source
    from fairaudit.findings import Audit
    from fairaudit.rehearsal import Rehearsal

Data = Any
"""The path of a file, the address of a PostgreSQL database, a table in memory, a cube; of predictions also a list."""
PolicyLike = Policy | str | Path | dict[str, Any] | None
"""A policy, the path of its file, its content as a dictionary, or None for the default preset."""


def audit(
    predictions: Data | None = None,
    attributes: Data | None = None,
    policy: PolicyLike = None,
    **arrays: Unpack[Arrays],
) -> Audit:
    """Audit a model's decisions for fairness.

    Parameters
    ----------
    predictions : str, Path, frame, Cube or list
        The decisions, one row per decision: a file (CSV, also gzipped, Parquet, JSON lines, an Excel workbook, an
        SQLite or DuckDB database), ``postgresql://HOST/DATABASE``, or a table of pandas, Polars, PyArrow, DuckDB or
        whatever has the Arrow C stream interface, read where it lies. Spark counts dataframes of PySpark, and with
        ``engine = "spark"`` in the policy what it finds by its name. The rows of a list are put together. The policy
        names tables and sheets, and says whether a folder of Parquet parts may be given. A cube, or the file of a saved
        one, is judged without the data; what the policy leaves open under ``[data]`` is taken from it.
    attributes : str, Path or frame, optional
        The customers' attributes, joined on the policy's ``id`` and never by position; None if everything is in one
        table.
    policy : Policy, str, Path or dict, optional
        The rules; None for the preset "personalization".
    y_true, y_pred, y_score, sample_weight : array-like of shape (n,), optional
        In the place of a table, arrays as scikit-learn has them: labels, decisions, scores and weights.
    sensitive_features : array-like of shape (n,) or (n, k), frame or dict, optional
        The groups that go with them.

    Returns
    -------
    Audit
        ``verdict`` is the answer, ``failures`` the groups treated unfairly, ``rules`` one result per rule.

    Raises
    ------
    UsageError
        The policy is wrong, or a column's role is neither stated nor beyond doubt.
    DataError
        A file is missing, malformed, or a value does not fit its role; a cube does not hold what the policy needs.
    """
    from fairaudit import demands
    from fairaudit.verdict import judge

    job = _job(predictions, attributes, policy, arrays)
    cube = job.tabulate()
    return replace(
        judge(cube, job.policy),
        notes=(*_of_preset(job.policy), *job.notes, *demands.impossible(job.policy, cube), *_look_alikes(cube)),
        inputs=job.inputs(),
        versions=_versions(job.engine if isinstance(job, _Job) else None),
    )


def tabulate(
    predictions: Data | None = None,
    attributes: Data | None = None,
    policy: PolicyLike = None,
    **arrays: Unpack[Arrays],
) -> Cube:
    """Count the data into a cube: everything an audit needs, without a customer's row.

    Parameters and errors are those of `audit`.
    """
    return _job(predictions, attributes, policy, arrays).tabulate()


def counted(
    predictions: Data, attributes: Data | None = None, policy: PolicyLike = None
) -> tuple[Cube, tuple[str, ...]]:
    """Return the cube of `tabulate`, and a note for each column whose role was guessed."""
    job = _job(predictions, attributes, policy)
    return job.tabulate(), job.notes


def rehearse(predictions: Data, attributes: Data | None = None, policy: PolicyLike = None) -> Rehearsal:
    """Resolve an audit without judging it: the policy in force, the ledger, and what each rule could prove.

    Parameters and errors are those of `audit`. Scores are read only where a rule or the decision needs them.
    """
    from fairaudit import demands
    from fairaudit.rehearsal import Rehearsal
    from fairaudit.rehearsal import rehearse as foresee

    job = _job(predictions, attributes, policy)
    cube = job.tabulate(needed_only=True)
    excluded = tuple(demands.impossible(job.policy, cube))
    return Rehearsal(job.policy, cube.ledger, foresee(cube, job.policy), job.notes, excluded)


def read_policy(policy: PolicyLike) -> Policy:
    """Return the policy that an argument stands for."""
    if isinstance(policy, Policy):
        return policy
    if isinstance(policy, dict):
        return settings.load(overrides=[settings.Setting(key, value, "call") for key, value in settings.leaves(policy)])
    return settings.load(None if policy is None else Path(policy))


def _job(
    predictions: Data | None, attributes: Data | None, policy: PolicyLike, arrays: Arrays | None = None
) -> _Job | _Counted:
    """Return what is to be judged: data that are still to be counted, or a cube."""
    several: Iterable[Data] = predictions if isinstance(predictions, list | tuple) else ()
    if not any(isinstance(data, Cube) or cubefile.is_cube(data) for data in (predictions, *several, attributes)):
        return _Job.of(predictions, attributes, policy, arrays)
    if several or attributes is not None or arrays:
        raise UsageError(
            "A cube is judged alone, without other data; several are merged first: fairaudit merge A.cube B.cube "
            "--output BOTH.cube."
        )
    return _Counted.of(predictions, read_policy(policy))


@dataclass(frozen=True, slots=True)
class _Counted:
    """A cube, and a policy with the roles that it was counted with."""

    cube: Cube
    policy: Policy
    path: Path | None

    @classmethod
    def of(cls, data: Data, stated: Policy) -> _Counted:
        path = None if isinstance(data, Cube) else Path(data)
        cube = data if path is None else Cube.load(path)
        return cls(*fitting.fit(cube, stated, "the cube" if path is None else path.name), path)

    @property
    def notes(self) -> tuple[str, ...]:
        merged = len(self.cube.parts)
        origin = "a cube" if self.path is None else "a saved cube"
        return (f"judged from {origin}{f', merged from {merged:,}' if merged > 1 else ''}; no data were read",)

    def tabulate(self, *, needed_only: bool = False) -> Cube:  # noqa: ARG002  everything is counted
        return self.cube

    def inputs(self) -> Mapping[str, Any]:
        """Return the file as files are recorded, and that it is a cube, of how many."""
        file = {"name": "cube"} if self.path is None else sources.of_file(self.path)
        return {"cube": {**file, "format": cubefile.FORMAT, "merged": max(1, len(self.cube.parts))}}


@dataclass(frozen=True, slots=True)
class _Job:
    """Files, engine and a policy in which every column has its role."""

    predictions: Source
    attributes: Source | None
    policy: Policy
    engine: Engine
    notes: tuple[str, ...]

    @classmethod
    def of(
        cls, predictions: Data | None, attributes: Data | None, policy: PolicyLike, arrays: Arrays | None = None
    ) -> _Job:
        stated = read_policy(policy)
        if arrays:
            if predictions is not None or attributes is not None:
                raise UsageError("Give either tables or arrays, not both.")
            predictions, roles = table(arrays)
            if stated.data.protected:
                del roles["protected"]  # a policy may protect some of the features and segment by others
            stated = stated.filled(roles, "arrays")
        engine = _engine(stated, (predictions, attributes))
        first, *others = sources.sources(predictions, attributes, stated.data, spark=engine.name == "spark")
        second = others[0] if others else None
        resolved, notes = columns.resolve(stated, first, second, engine)
        return cls(first, second, resolved, engine, notes)

    def tabulate(self, *, needed_only: bool = False) -> Cube:
        """Count the files; on request without the scores that neither a rule nor the decision needs."""
        spec, needs = self.policy.spec(), self.policy.needs()
        if needed_only and "curve" not in needs:
            scored = spec.threshold is not None or needs & {"score", "probability"}
            spec = replace(spec, curves=(), score=spec.score if scored else None)
        return self.engine.tabulate(spec, self.predictions, self.attributes)

    def inputs(self) -> Mapping[str, Any]:
        found = [source for source in (self.predictions, self.attributes) if source is not None]
        return sources.record(found, self.engine.counted)


def _engine(policy: Policy, inputs: Iterable[Data]) -> Engine:
    """Return the engine that the policy names, or else the one that holds the data."""
    from fairaudit.engines.frames import is_spark

    there = any(is_spark(one) for one in inputs)
    if (policy.data.engine or ("spark" if there else "duckdb")) == "spark":
        from fairaudit.engines.spark import Spark

        return Spark()
    if there:
        raise UsageError("A dataframe of Spark is given, and the policy says engine = duckdb.")
    from fairaudit.engines.duckdb import DuckDB

    return DuckDB(policy.data.memory_limit)


def _versions(engine: Engine | None) -> dict[str, str]:
    counting = {"duckdb": metadata.version("duckdb")} if engine is None else engine.versions
    used = {**counting, **{name: metadata.version(name) for name in ("numpy", "scipy")}}
    return {"fairaudit": __version__, "python": ".".join(map(str, sys.version_info[:3])), **used}


def _of_preset(policy: Policy) -> Iterator[str]:
    """Yield what stands behind the preset that a policy names."""
    if policy.preset is not None:
        chosen = settings.preset(policy.preset)
        yield reasons.OF_PRESET(preset=chosen.name, date=chosen.as_of, status=chosen.status)
        if not policy.origins["rule"].startswith("preset"):
            yield reasons.OTHER_RULES(preset=chosen.name, origin=policy.origins["rule"])


def _look_alikes(cube: Cube) -> Iterator[str]:
    """Yield a note for each attribute with two values that differ only by blanks or case."""
    for name in cube.spec.attributes:
        if (name,) not in cube.spec.views:
            continue
        values = [key[0][1] for key in cube.view((name,)) if key[0][1] != MISSING]
        folded = [value.strip().casefold() for value in values]
        if len(set(folded)) < len(folded):
            yield reasons.LOOK_ALIKES(name=name)
