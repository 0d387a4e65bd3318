"""The sources of an audit: what was given, as the engine reads it and as the audit names it afterwards."""

from __future__ import annotations

import hashlib
import re
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fairaudit.engines import Source
from fairaudit.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from fairaudit.sections import Data

ROLES = ("predictions", "attributes")


def sources(
    predictions: Any,  # noqa: ANN401  files and frames
    attributes: Any,  # noqa: ANN401
    data: Data,
    *,
    spark: bool = False,
) -> tuple[Source, ...]:
    """Return the sources of the predictions and, if they lie apart, of the attributes.

    Parameters
    ----------
    predictions, attributes : str, Path or frame
        A file, the address of a PostgreSQL database, or a table in memory; of the predictions also a list of those.
        Attributes that are None lie in the database or workbook of the predictions if the policy names their table.
    data : Data
        How the policy has them read.
    spark : bool
        Whether Spark reads them.

    Raises
    ------
    UsageError
        A list is empty, an input stands twice in it, or an address is malformed.
    """
    several = list(predictions) if isinstance(predictions, list | tuple) else [predictions]
    if not several:
        raise UsageError("The list of predictions is empty.")
    if spark:
        return _of_spark(several, attributes, data)
    if isinstance(attributes, list | tuple):
        raise UsageError("The attributes are one table; only predictions may be a list.")
    names = ["predictions"] if len(several) == 1 else [f"predictions {i}" for i in range(1, len(several) + 1)]
    first, *further = (
        source(one, name, data, data.predictions_table) for one, name in zip(several, names, strict=True)
    )
    _refuse_twice([first, *further])
    if len({id(one) for one in several}) < len(several):
        raise UsageError("An input of predictions is given twice; its rows would count double.")
    found = [replace(first, further=tuple(further))]
    if attributes is None and data.attributes_table is not None:
        if further or first.frame is not None:
            raise UsageError("A table of attributes is named: name the database or workbook that holds it, too.")
        attributes = first.uri or first.path
    if attributes is not None:
        found.append(source(attributes, "attributes", data, data.attributes_table))
    return tuple(found)


def _of_spark(several: Sequence[Any], attributes: Any, data: Data) -> tuple[Source, ...]:  # noqa: ANN401
    """Return dataframes of Spark, and what it looks up by a name."""
    from fairaudit.engines.frames import is_spark

    if len(several) > 1 or data.predictions_table is not None or data.attributes_table is not None:
        raise UsageError(
            "Spark reads one table of predictions and one of attributes, named as PREDICTIONS and ATTRIBUTES; several "
            "files are a folder."
        )
    found = []
    for role, given in zip(ROLES, (several[0], attributes), strict=True):
        if is_spark(given):
            found.append(Source(None, null=data.null, frame=given, role=role))
        elif isinstance(given, str | Path):
            shown = re.sub(r"//[^/@]*@", "//", str(given))
            found.append(Source(None, data.encoding, data.delimiter, data.null, uri=str(given), role=shown))
        elif given is not None:
            raise UsageError(
                f"The {role} are a table in this machine's memory, which the engine Spark does not read: give both as "
                "dataframes of Spark, spark.createDataFrame(table) say, or as files or tables."
            )
    return tuple(found)


def source(given: Any, role: str, data: Data, table: str | None = None) -> Source:  # noqa: ANN401
    """Return one input as a source.

    Raises
    ------
    UsageError
        It is neither a file nor an address nor a frame.
    """
    if isinstance(given, str | Path):
        from fairaudit.engines.postgresql import SCHEME, shown

        if isinstance(given, str) and SCHEME.match(given):
            return Source(None, null=data.null, role=shown(str(given)), uri=str(given), table=table)
        return Source(Path(given), data.encoding, data.delimiter, data.null, table=table, parts=data.parts)
    from fairaudit.engines.frames import arrow

    return Source(None, null=data.null, frame=arrow(given, role), role=role, table=table)


def record(found: Sequence[Source], counted: Mapping[Source, int]) -> dict[str, Any]:
    """Return what an audit says of its inputs, by role: name, size and SHA-256 of each file, and rows where counted.

    Parameters
    ----------
    found : sequence of Source
        As `sources` gives them.
    counted : mapping
        The rows of each, as the engine counted them.
    """
    return {role: _record(one, counted) for role, one in zip(ROLES, found, strict=False)}


def _record(one: Source, counted: Mapping[Source, int]) -> dict[str, Any]:
    if one.further:
        alone = replace(one, further=())
        return {"name": "predictions", "files": [_record(part, counted) for part in (alone, *one.further)]}
    if one.frame is not None:
        rows_of_frame = counted.get(one)
        return {"name": one.name, "rows": one.frame.num_rows if rows_of_frame is None else rows_of_frame}
    rows = {"rows": counted[one]} if one in counted else {}
    table = {} if one.table is None else {"table": one.table}
    if one.path is None:
        return {"name": one.role, **table, **rows}
    if one.parts:
        from fairaudit.engines.parts import find

        parts = find(one)
        if parts:
            return {"name": one.name, **rows, "files": [{**of_file(part.path), "name": part.name} for part in parts]}
    return {**of_file(one.path), **table, **rows}


def of_file(path: Path) -> dict[str, Any]:
    """Return the name, size and SHA-256 of a file."""
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    return {"name": path.name, "bytes": path.stat().st_size, "sha256": digest}


def _refuse_twice(found: Sequence[Source]) -> None:
    """Refuse an input that is given twice, under whatever name: its rows would count double."""
    for i, one in enumerate(found):
        for other in found[:i]:
            if _same(one, other):
                raise UsageError(f"{one.name} is given twice; its rows would count double.")


def _same(one: Source, other: Source) -> bool:
    if one.path is not None and other.path is not None:
        return one.path.absolute() == other.path.absolute() or (
            one.path.exists() and other.path.exists() and one.path.samefile(other.path)
        )
    return one.uri is not None and one.uri == other.uri
