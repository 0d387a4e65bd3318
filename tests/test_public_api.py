"""The public names of the package, and what importing it costs."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

import fairaudit

NAMES = {
    "audit", "tabulate", "Policy", "Cube", "Audit", "Score", "METRICS", "Verdict", "FairauditError", "UsageError",
    "DataError", "EngineError", "__version__",
}  # fmt: skip


def test_all_is_exact() -> None:
    assert set(fairaudit.__all__) == NAMES
    assert len(fairaudit.__all__) == len(NAMES)


@pytest.mark.parametrize("name", sorted(NAMES))
def test_every_name_is_there(name: str) -> None:
    assert getattr(fairaudit, name) is not None
    assert name in dir(fairaudit)


@pytest.mark.parametrize("name", sorted(NAMES - {"__version__", "METRICS"}))
def test_every_name_is_documented(name: str) -> None:
    assert getattr(fairaudit, name).__doc__


def test_an_unknown_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="has no attribute 'audits'"):
        fairaudit.audits  # noqa: B018


def test_a_star_import_gives_the_public_names() -> None:
    space: dict[str, object] = {}
    exec("from fairaudit import *", space)  # noqa: S102
    assert set(space) >= NAMES


def test_no_submodule_bears_the_name_of_a_public_function() -> None:
    from pathlib import Path

    assert fairaudit.__file__ is not None
    modules = {path.stem for path in Path(fairaudit.__file__).parent.iterdir()}
    assert not modules & NAMES


def loaded(code: str) -> set[str]:
    """Return the top-level modules that a fresh interpreter has loaded after some code."""
    end = "import sys; print(*{name.partition('.')[0] for name in sys.modules})"
    run = subprocess.run([sys.executable, "-c", f"{code}\n{end}"], capture_output=True, text=True, check=True)  # noqa: S603
    return set(run.stdout.split())


HEAVY = {"numpy", "pandas", "scipy", "sklearn", "fairlearn", "matplotlib", "duckdb", "pyarrow", "jinja2", "pydantic"}


def test_importing_the_package_loads_nothing_heavy() -> None:
    assert not loaded("import fairaudit") & (HEAVY | {"click"})


def test_the_version_and_the_errors_need_nothing_heavy() -> None:
    assert not loaded("import fairaudit; fairaudit.__version__; fairaudit.UsageError") & (HEAVY | {"click"})


def test_the_library_never_loads_click() -> None:
    assert "click" not in loaded("import fairaudit; fairaudit.audit, fairaudit.Policy, fairaudit.METRICS")


def test_the_table_of_metrics_loads_no_machine_learning() -> None:
    assert not loaded("import fairaudit; fairaudit.METRICS") & (HEAVY - {"numpy", "scipy", "pydantic"})


SAMPLE = Path(__file__).parents[1] / "sample_data"


def test_an_audit_of_files_loads_no_library_that_it_does_not_need() -> None:
    sample = [str(SAMPLE / name) for name in ("predictions.csv", "customers.csv", "fairaudit.toml")]
    unneeded = {"pandas", "sklearn", "fairlearn", "matplotlib", "jinja2", "pyspark", "openpyxl", "click"}
    assert not loaded(f"import fairaudit; fairaudit.audit(*{sample!r})") & unneeded
