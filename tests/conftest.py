"""Fixtures that the tests share."""

import postgres_server
import pytest
from hypothesis import HealthCheck, settings
from rows import recount, write_csv

from fairaudit.engines import Source
from fairaudit.engines.duckdb import DuckDB

settings.register_profile(
    "reproducible", deadline=None, derandomize=True, database=None, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("reproducible")


def _by_recount(_folder):
    """Return the slow and obvious recount of tests/rows.py."""
    return recount


def _by_duckdb(folder):
    """Return a function that writes the rows as CSV files and has the engine count them."""

    def build(spec, predictions, attributes=None):
        people = None if attributes is None else Source(write_csv(folder / "attributes.csv", attributes))
        return DuckDB().tabulate(spec, Source(write_csv(folder / "predictions.csv", predictions)), people)

    return build


BUILDERS = {"recount": _by_recount, "duckdb": _by_duckdb}


@pytest.fixture(scope="session", params=BUILDERS)
def tabulate(request, tmp_path_factory):
    """Return a function from a Spec and rows (with the customers' rows, if apart) to a cube, one for each builder."""
    return BUILDERS[request.param](tmp_path_factory.mktemp(request.param))


@pytest.fixture(scope="session")
def tabulate_alike(tmp_path_factory):
    """Return such a function that has every builder count the rows and holds them to the same cube."""
    builders = [make(tmp_path_factory.mktemp(name)) for name, make in BUILDERS.items()]

    def build(*arguments):
        first, *others = (builder(*arguments) for builder in builders)
        assert all(other == first for other in others), "an engine's cube differs from the recount's"
        return first

    return build


@pytest.fixture(scope="session")
def postgresql():
    """Return a real server that is this run's own; without Debian's package `postgresql` the test is skipped."""
    home = postgres_server.binaries()
    if home is None:
        pytest.skip("PostgreSQL is not installed (Debian: apt-get install postgresql)")
    with postgres_server.server(home) as running:
        yield running
