"""Frames in memory as Arrow tables: pandas, Polars, PyArrow, DuckDB relations, anything with an Arrow C stream."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from fairaudit.errors import DataError, UsageError

if TYPE_CHECKING:
    import pyarrow as pa


def arrow(frame: object, name: str) -> pa.Table:
    """Return a frame as an Arrow table, without a copy where its columns are Arrow's already.

    A named index of pandas is a column, an unnamed one is nothing: rows are never matched by their position.

    Parameters
    ----------
    frame : object
        What was given in the place of a file.
    name : str
        What it is called in messages: "predictions", "attributes".

    Raises
    ------
    DataError
        A column mixes kinds of values, or has no name of its own.
    UsageError
        It is no frame.
    """
    import pyarrow as pa

    if _is_pandas(frame):
        table = _from_pandas(frame, name)
    elif hasattr(frame, "__arrow_c_stream__"):
        table = pa.table(frame)
    else:
        raise UsageError(
            f"The {name} are neither a file nor a frame: give a path, or a table of pandas, Polars, PyArrow, "
            "DuckDB or another library with the Arrow C stream interface."
        )
    check_names(table.column_names, name)
    return table


def check_names(columns: list[Any], name: str) -> None:
    """Raise a DataError unless every column has a text of its own as its name."""
    if not all(isinstance(column, str) for column in columns):
        raise DataError("Every column needs a text as its name.", file=name)
    twice = next((column for column in columns if columns.count(column) > 1), None)
    if twice is not None:
        raise DataError("Two columns have this name.", file=name, column=twice)


def is_spark(value: object) -> bool:
    """Return whether this is a dataframe of PySpark, which need not be installed, classic or of Spark Connect."""
    return any(one.__name__ == "DataFrame" and one.__module__.startswith("pyspark.sql.") for one in type(value).__mro__)


def _is_pandas(value: object) -> bool:
    return type(value).__module__.partition(".")[0] == "pandas" and hasattr(value, "columns")


def _from_pandas(frame: Any, name: str) -> pa.Table:  # noqa: ANN401  pandas need not be installed for its type
    import pyarrow as pa

    named = [level for level in frame.index.names if level is not None and level not in frame.columns]
    if named:
        frame = frame.reset_index(level=named)
    check_names(list(frame.columns), name)
    try:
        return pa.Table.from_pandas(frame, preserve_index=False)
    except (pa.ArrowInvalid, pa.ArrowTypeError):
        # the library's own message quotes a value
        column = next((column for column in frame.columns if not _converts(frame[column])), None)
    message = "The column mixes kinds of values, numbers and texts say; make it one of them."
    raise DataError(message, file=name, column=column)


def _converts(column: Any) -> bool:  # noqa: ANN401
    import pyarrow as pa

    try:
        pa.Array.from_pandas(column)
    except (pa.ArrowInvalid, pa.ArrowTypeError):
        return False
    return True
