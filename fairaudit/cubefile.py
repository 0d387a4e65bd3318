"""A cube as one file: Parquet with a row per cell, what was counted in its metadata, and a checksum over all of it.

``docs/cube-format.md`` describes every field. The checksum is looked at before anything is parsed, so a damaged file is
never read as another cube.
"""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import fields
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from fairaudit import cubetable
from fairaudit._version import __version__
from fairaudit.cube import Cube
from fairaudit.errors import DataError, UsageError
from fairaudit.ledger import Ledger
from fairaudit.spec import Spec
from fairaudit.writing import write_file

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

FilePath = str | Path

FORMAT = "fairaudit.cube/1"
_MARK = re.compile(rb"fairaudit\.format..(fairaudit\.cube/\d{1,9})", re.DOTALL)
"""How a footer says that a Parquet file is a cube, and of which version."""
_SHA = re.compile(rb"fairaudit\.sha256..([0-9a-f]{64})", re.DOTALL)
_BLANK = "0" * 64
"""What stands in the checksum's place while it is computed."""
_PARQUET = b"PAR1"
_LONGEST_FOOTER = 1 << 26
_REMEDY = "take a copy that is whole, or count the data again with `fairaudit cube`"


def save(cube: Cube, path: FilePath) -> None:
    """Write a cube to a file, whole or not at all; equal cubes give equal bytes on one installation.

    Raises
    ------
    UsageError
        The file cannot be written.
    DataError
        A count is beyond 64 bits.
    """
    content = encode(cube)
    try:
        write_file(content, Path(path))
    except (OSError, ValueError) as error:  # a name with a NUL character is a ValueError
        reason = getattr(error, "strerror", None) or type(error).__name__
        raise UsageError(f"{path} cannot be written: {reason}.") from None


def load(path: FilePath) -> Cube:
    """Read a saved cube.

    Raises
    ------
    DataError
        The file cannot be read, is no cube, damaged or altered, or of another version of the format.
    """
    file = Path(path)
    try:
        content = file.read_bytes() if _looks_like_one(file) else None
    except OSError as error:
        raise DataError(f"The file cannot be read: {error.strerror}.", file=file.name) from None
    except ValueError:
        raise DataError("The file's name holds a NUL character.") from None
    if content is None:
        raise DataError("This is no saved cube; `fairaudit cube` writes one from your data.", file=file.name)
    return decode(content, file.name)


def is_cube(path: object) -> bool:
    """Return whether a path is that of a saved cube, by the file's content; False where it cannot be read.

    Of a Parquet file that was cut off only the name can say that it was a cube.
    """
    try:
        return isinstance(path, FilePath) and _looks_like_one(Path(path))
    except (OSError, ValueError):
        return False


def _looks_like_one(file: Path) -> bool:
    if file.exists() and not file.is_file():
        return False
    with file.open("rb") as stream:
        if stream.read(4) != _PARQUET:
            return False
        size = stream.seek(0, 2)
        stream.seek(max(0, size - 8))
        length = int.from_bytes(stream.read(4), "little")
        stream.seek(max(0, size - 8 - min(length, _LONGEST_FOOTER)))
        return _MARK.search(stream.read()) is not None or file.suffix == ".cube"


def merge(paths: Sequence[FilePath]) -> Cube:
    """Read saved cubes and add them up.

    Raises
    ------
    DataError
        One cannot be read, counted something else or may share customers with another, or is given twice.
    """
    total: Cube | None = None
    names: dict[str, str] = {}
    for file in map(Path, paths):
        cube = load(file)
        again = next((part for part in cube.parts if part in names), None)
        if again is not None:
            raise DataError(
                f"Its counts are also in {names[again]}: the same customers would be counted twice. If these are other "
                "customers whose every count happens to be the same, count the data of both together.",
                file=file.name,
            )
        names |= dict.fromkeys(cube.parts, file.name)
        if total is not None and (unlike := differences(total.spec, cube.spec)):
            listed = "\n".join(f"  - {one}" for one in unlike)
            raise DataError(
                f"It was counted otherwise than {Path(paths[0]).name} and cannot be added to it:\n{listed}",
                file=file.name,
            )
        total = cube if total is None else total + cube
    if total is None:
        raise UsageError("There is no cube to merge.")
    return total


def differences(one: Spec, other: Spec) -> list[str]:
    """Return what two Specs say differently; they hold settings and no customer's value."""
    found = []
    for key in (f.name for f in fields(Spec)):
        a, b = getattr(one, key), getattr(other, key)
        if key in ("views", "curves") and set(a) != set(b):
            views = [" x ".join(view) or "everybody" for view in (*a, *b) if (view in a) != (view in b)]
            found.append(f"{key}: {', '.join(views)} in one of them only")
        elif a != b:
            name = 'customers = "disjoint"' if key == "disjoint" else key
            found.append(f"{name}: {_said(a)} there, {_said(b)} here")
    return found


def _said(value: Any) -> str:  # noqa: ANN401  a value of a Spec
    return "none" if value is None else json.dumps(_plain(value), ensure_ascii=False)


def encode(cube: Cube) -> bytes:
    """Return a cube as the content of a file."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    sink = pa.BufferOutputStream()
    schema = cubetable.schema()
    try:
        table = pa.Table.from_pylist([cubetable.row(key, cube.cells[key]) for key in sorted(cube.cells)], schema=schema)
    except (OverflowError, ValueError):
        raise DataError("The cube holds a number of rows beyond 64 bits, or a name that is no text.") from None
    with pq.ParquetWriter(
        sink,
        schema,
        compression="zstd",
        store_schema=False,
        write_statistics=False,
        use_dictionary=False,
        # the bins of a cell rise: their steps take a third of the room
        column_encoding={"bins.list.element": "DELTA_BINARY_PACKED"},
    ) as writer:
        writer.write_table(table, row_group_size=max(1, table.num_rows))
        # format and checksum come last, since the last thing that looks like one counts
        writer.add_key_value_metadata(
            {
                "fairaudit.spec": _json(spec_record(cube.spec)),
                "fairaudit.ledger": _json(ledger_record(cube.ledger)),
                # one part is the cube itself, which a second saving does not change
                "fairaudit.parts": _json(sorted(cube.parts) if len(cube.parts) > 1 else []),
                "fairaudit.version": __version__,
                "fairaudit.format": FORMAT,
                "fairaudit.sha256": _BLANK,
            }
        )
    content: bytes = sink.getvalue().to_pybytes()
    start, end = _place(content)
    assert start < end  # noqa: S101  the writer keeps what it is given
    return content[:start] + hashlib.sha256(content).hexdigest().encode() + content[end:]


def decode(content: bytes, name: str) -> Cube:
    """Return the cube that a file holds; `name` is the file's, for messages."""
    marks = _MARK.findall(content)
    version = marks[-1].decode() if marks else FORMAT
    if version != FORMAT:
        raise DataError(
            f"This cube has the format {version}, and this version of fairaudit ({__version__}) reads {FORMAT}: read "
            "it with the version that wrote it, or count the data again with `fairaudit cube`.",
            file=name,
        )
    start, end = _place(content)
    checksum = content[start:end].decode()
    if hashlib.sha256(content[:start] + _BLANK.encode() + content[end:]).hexdigest() != checksum:
        raise DataError(f"The cube is damaged or was altered: its checksum does not fit; {_REMEDY}.", file=name)
    try:
        return _cube(content, checksum)
    except (ArithmeticError, AttributeError, LookupError, MemoryError, OSError, RuntimeError, TypeError, ValueError):
        pass  # the libraries' own messages may quote a value
    raise DataError(f"The cube is not as `fairaudit cube` writes it; {_REMEDY}.", file=name)


def _place(content: bytes) -> tuple[int, int]:
    """Return where the checksum stands; an empty place where there is none."""
    found = None
    for found in _SHA.finditer(content):  # noqa: B007  the last one
        pass
    return (0, 0) if found is None else found.span(1)


def _cube(content: bytes, checksum: str) -> Cube:
    import pyarrow as pa
    import pyarrow.parquet as pq

    table = pq.read_table(pa.BufferReader(content))
    about = {key.decode(): value.decode() for key, value in table.schema.metadata.items()}
    spec = _spec(json.loads(about["fairaudit.spec"]))
    ledger = {key: _mapping(value) for key, value in json.loads(about["fairaudit.ledger"]).items()}
    parts = tuple(json.loads(about["fairaudit.parts"])) or (checksum,)
    rows = table.drop_columns(list(cubetable.SPARSE)).to_pylist()
    arrays = [[None if one.values is None else one.values.to_numpy() for one in table[c]] for c in cubetable.SPARSE]
    cells = dict(cubetable.cell(row, spec, found) for row, *found in zip(rows, *arrays, strict=True))
    if len(cells) < len(rows):
        raise ValueError("a cell stands there twice")
    return Cube(spec, MappingProxyType(cells), Ledger(**ledger), parts)


# --- the Spec and the ledger as JSON --------------------------------------------------------------------------------


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, allow_nan=False, sort_keys=True)


def _plain(value: Any) -> Any:  # noqa: ANN401  a value of a Spec or a ledger
    return dict(value) if isinstance(value, MappingProxyType) else value


def spec_record(spec: Spec) -> dict[str, Any]:
    """Return a Spec as plain values, by the names of its fields."""
    return {f.name: _setting(spec, f.name) for f in fields(Spec)}


def ledger_record(ledger: Ledger) -> dict[str, Any]:
    """Return a ledger as plain values, by the names of its fields."""
    return {f.name: _plain(getattr(ledger, f.name)) for f in fields(Ledger)}


def _setting(spec: Spec, key: str) -> Any:  # noqa: ANN401
    """Return a value of a Spec; what may be a fraction always as one, so that equal Specs give equal texts."""

    def as_float(value: Any) -> Any:  # noqa: ANN401
        return [float(part) for part in value] if isinstance(value, tuple) else value

    value = getattr(spec, key)
    if key == "threshold":
        return float(value) if isinstance(value, int) else value
    if key == "bands":
        return {name: as_float(cuts) for name, cuts in value.items()}
    return as_float(value) if key == "score_range" else value


def _spec(values: Mapping[str, Any]) -> Spec:
    """Return a Spec; a key it does not know is an error, one that is not there has its default."""

    def as_tuple(value: Any) -> Any:  # noqa: ANN401
        return tuple(map(as_tuple, value)) if isinstance(value, list) else _mapping(value, as_tuple)

    return Spec(**{key: as_tuple(value) for key, value in values.items()})


def _mapping(value: Any, part: Any = lambda part: part) -> Any:  # noqa: ANN401
    return MappingProxyType({k: part(v) for k, v in value.items()}) if isinstance(value, dict) else value
