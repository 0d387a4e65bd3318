"""Fixtures of the engines' tests."""

import shutil
import warnings

import pytest

from fairaudit.engines import inputs


@pytest.fixture(params=[inputs.HEAD, 3], ids=["all rows looked at", "three rows looked at"])
def any_head(request, monkeypatch):
    """Let a test hold however many rows are looked at before the others."""
    monkeypatch.setattr(inputs, "HEAD", request.param)


@pytest.fixture(scope="session")
def spark():
    """Return a Spark session in local mode, as a caller would have it; it starts once in each process of the tests."""
    if shutil.which("java") is None:
        pytest.skip("there is no Java on the PATH, which Spark needs")
    pytest.importorskip("pyspark", reason="PySpark is not installed")
    from pyspark.sql import SparkSession

    settings = {
        "spark.driver.bindAddress": "127.0.0.1",
        "spark.driver.host": "127.0.0.1",
        "spark.ui.enabled": "false",
        "spark.ui.showConsoleProgress": "false",
        "spark.log.level": "OFF",
        "spark.sql.shuffle.partitions": "2",
        "spark.driver.extraJavaOptions": "-XX:TieredStopAtLevel=1",
    }
    builder = SparkSession.builder.master("local[2]")
    for key, value in settings.items():
        builder = builder.config(key, value)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FutureWarning)
        session = builder.getOrCreate()
    yield session
    session.stop()
