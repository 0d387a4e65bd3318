"""Fixtures that the tests share."""

import csv
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from rows import recount

DATA = Path(__file__).resolve().parents[2] / "shared" / "data"

settings.register_profile(
    "reproducible", deadline=None, derandomize=True, database=None, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("reproducible")


def _by_recount(_folder):
    """Return the slow and obvious recount of tests/rows.py."""
    return recount


# An engine takes its place here, as `_by_duckdb(folder)` say: it returns a function of (spec, predictions,
# attributes=None) that writes the rows as CSV files into the folder and tabulates them. Every test that asks for
# `tabulate` then runs once more.
BUILDERS = {"recount": _by_recount}


@pytest.fixture(scope="session", params=BUILDERS)
def tabulate(request, tmp_path_factory):
    """Return a function from a Spec and rows (with the customers' rows, if apart) to a cube, one for each builder."""
    return BUILDERS[request.param](tmp_path_factory.mktemp(request.param))


def read_rows(folder, file):
    path = DATA / folder / file
    if not path.is_file():
        pytest.skip(f"the public data set {folder} is not stored beside the repository (../shared/data)")
    with path.open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))
