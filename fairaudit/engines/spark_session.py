"""A Spark session to work in, and its failures without what they quote of the data."""

from __future__ import annotations

import os
import shutil
import sys
import warnings
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from fairaudit.errors import DataError, EngineError

if TYPE_CHECKING:
    import logging
    from collections.abc import Callable, Iterator, Mapping

T = TypeVar("T")

_CONFIGURED = ("SPARK_REMOTE", "SPARK_HOME", "SPARK_CONF_DIR", "SPARK_MASTER", "PYSPARK_SUBMIT_ARGS")
"""Variables that say where Spark runs; without any it runs here, and nobody else on the network has to see it."""
_LOCAL = {
    "spark.master": "local[*]",
    "spark.app.name": "fairaudit",
    "spark.driver.bindAddress": "127.0.0.1",
    "spark.driver.host": "127.0.0.1",
    # one machine has no use for the 200 parts that a cluster is given
    "spark.sql.shuffle.partitions": str(os.cpu_count() or 1),
}
_QUIET = {"spark.ui.enabled": "false", "spark.ui.showConsoleProgress": "false"}
_LOGGERS = ("SQLQueryContextLogger", "DataFrameQueryContextLogger")
"""What PySpark writes to the standard error whenever a query fails, the customer's values in it."""


def running() -> Any:  # noqa: ANN401  classic and Connect have a class each
    """Return the caller's Spark session, or start one, which stays for the next audit until the process ends.

    Raises
    ------
    EngineError
        PySpark or Java is missing, or Spark does not start.
    """
    builder = _pyspark().SparkSession
    active = asked(builder.getActiveSession)
    if active is not None:
        return active
    configured = any(os.environ.get(name) for name in _CONFIGURED)
    if not os.environ.get("SPARK_REMOTE") and _java() is None:
        raise EngineError(
            "Spark needs Java 17 or later, and there is none on the PATH or under JAVA_HOME: install one, on Debian "
            "and Ubuntu with: sudo apt-get install default-jre-headless"
        )

    def start() -> Any:  # noqa: ANN401
        chosen = builder.builder
        for key, value in (_QUIET if configured else {**_LOCAL, **_QUIET}).items():
            chosen = chosen.config(key, value)
        with _silent_start():
            return chosen.getOrCreate()

    return asked(start)


def _pyspark() -> Any:  # noqa: ANN401
    try:
        with _quiet():
            from pyspark import sql
    except ImportError:
        missing = True
    else:
        missing = False
    if missing:
        raise EngineError("Spark is not installed: pip install 'fairaudit-toolkit[spark]'")
    return sql


def _java() -> str | None:
    home = os.environ.get("JAVA_HOME")
    return shutil.which("java", path=str(Path(home, "bin"))) if home else shutil.which("java")


@contextmanager
def _silent_start() -> Iterator[None]:
    """Let a Java process that is started write nothing: it has the standard error of its parent for good."""
    sys.stderr.flush()
    try:
        before = os.dup(2)
    except OSError:
        yield
        return
    with Path(os.devnull).open("w") as nothing:
        os.dup2(nothing.fileno(), 2)
    try:
        yield
    finally:
        os.dup2(before, 2)
        os.close(before)


@contextmanager
def _quiet() -> Iterator[None]:
    """Keep back what PySpark says of the versions of other libraries."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FutureWarning)
        warnings.simplefilter("ignore", DeprecationWarning)
        yield


@contextmanager
def _no_context() -> Iterator[None]:
    """Keep back the log of a query that fails, which quotes it and the values in it."""
    from pyspark.logger import PySparkLogger

    loggers: list[logging.Logger] = [PySparkLogger.getLogger(name) for name in _LOGGERS]
    before = [logger.disabled for logger in loggers]
    for logger in loggers:
        logger.disabled = True
    try:
        yield
    finally:
        for logger, disabled in zip(loggers, before, strict=True):
            logger.disabled = disabled


def asked(work: Callable[[], T], unreadable: tuple[str, Mapping[str, str]] | None = None) -> T:
    """Return what Spark answers.

    Parameters
    ----------
    work : callable
        Asks Spark.
    unreadable : tuple, optional
        The name of an input, and what is wrong with it by Spark's name of the failure.

    Raises
    ------
    DataError
        The failure is one of `unreadable`.
    EngineError
        Any other failure of Spark; its own message may quote a customer's row and goes no further.
    """
    from pyspark.errors import PySparkException

    failures: tuple[type[Exception], ...] = (PySparkException,)
    with suppress(ImportError):  # the client of a remote Spark comes without
        from py4j.protocol import Py4JError

        failures += (Py4JError,)
    try:
        with _quiet(), _no_context():
            return work()
    except failures as error:
        failure = _name(error)
    # outside the handler, so that the error has no trace of Spark's own
    if unreadable is not None:
        name, faults = unreadable
        for start, fault in faults.items():
            if failure.startswith(start):
                raise DataError(fault, file=name)
    if failure in ("ARITHMETIC_OVERFLOW", "NUMERIC_VALUE_OUT_OF_RANGE"):
        failure = "a sum is too large"
    raise EngineError(f"Spark could not finish ({failure}).")


def _name(error: Any) -> str:  # noqa: ANN401
    """Return Spark's name of a failure: PATH_NOT_FOUND, or the class of an error without one."""
    condition = error.getCondition() if hasattr(error, "getCondition") else None
    if condition is None:
        # a Java error starts its message with the name in brackets
        _, _, rest = str(error).partition(": [")
        condition = rest.partition("]")[0] if rest else None
    known = condition is not None and condition.replace("_", "").replace(".", "").isalnum() and condition.isupper()
    return str(condition) if known else type(error).__name__
