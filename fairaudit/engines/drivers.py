"""ADBC drivers: a connection that ends with its block, and errors in our own words: a driver's may quote a row."""

from __future__ import annotations

import importlib
from contextlib import closing, contextmanager
from typing import TYPE_CHECKING, Any

from fairaudit.errors import DataError, EngineError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from fairaudit.engines import Source

_BY_STATE = {
    "28P01": "The server refuses the user or the password.",
    "3D000": "The server has no such database.",
    "42501": "The database does not allow its user to read this.",
    "42601": "The statement is no valid SELECT.",
    "42703": "The statement names a column that there is not.",
    "42P01": "The statement names a table that there is not.",
    "0A000": "The statement would change the database, or asks for what this server cannot do.",
    "25006": "The statement would change the database, which is opened for reading alone.",
    "22": "The statement computes something of a value that does not allow it, a division by zero say.",
    "57014": "The database cancelled the statement, as it took too long or was told to.",
}
"""What PostgreSQL's states mean, and classes of them."""
_BY_WORDS = {
    "password authentication failed": _BY_STATE["28P01"],
    "no password supplied": "The server wants a password: set PGPASSWORD, or use a service or password file.",
    "does not exist": "The server has no such database or user.",
    "Connection refused": "No server answers there; are host and port right, and does it run?",
    "could not translate host name": "There is no such host.",
    "No such file or directory": "No server answers there; are host and port right, and does it run?",
}
"""What libpq says of a connection that failed, in part."""


@contextmanager
def connected(name: str, source: Source, uri: str) -> Iterator[Any]:
    """Open a database by its driver and give a cursor.

    Parameters
    ----------
    name : str
        "sqlite" or "postgresql".
    source : Source
        What errors are about.
    uri : str
        Its address; never shown.

    Raises
    ------
    EngineError
        The driver is not installed.
    DataError
        The database cannot be opened.
    """
    try:
        driver = importlib.import_module(f"adbc_driver_{name}.dbapi")
    except ImportError:
        raise EngineError(
            f"{source.name}: a database of this kind needs its driver: pip install 'fairaudit-toolkit[databases]'"
        ) from None
    with failures(source, "The database cannot be opened."):
        connection = driver.connect(uri)
    with closing(connection), closing(connection.cursor()) as cursor:
        yield cursor


@contextmanager
def failures(source: Source, otherwise: str) -> Iterator[None]:
    """Turn a driver's error into one that quotes nothing.

    Parameters
    ----------
    source : Source
        What the error is about.
    otherwise : str
        What to say where neither the state nor the words of the driver are known.
    """
    import adbc_driver_manager as manager

    said: str | None = None
    try:
        yield
    except manager.Error as error:
        state, words = error.sqlstate or "", str(error)
        said = _BY_STATE.get(state) or _BY_STATE.get(state[:2])
        if said is None and not state:
            said = next((meaning for part, meaning in _BY_WORDS.items() if part in words), None)
    else:
        return
    raise DataError(said or otherwise, file=source.name)
