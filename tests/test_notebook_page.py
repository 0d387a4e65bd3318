"""The notebook in docs/ runs from above to below, and is stored without its outputs."""

from __future__ import annotations

import os
import warnings
from pathlib import Path

import nbformat
import pytest

NOTEBOOK = Path(__file__).parents[1] / "docs" / "notebook.ipynb"


@pytest.fixture(scope="module")
def ran():
    """Return the cells of code with their outputs, after a run in a kernel of its own."""
    from nbclient import NotebookClient

    before = os.environ.copy()
    os.environ["PYTHONPATH"] = os.pathsep.join(filter(None, [str(NOTEBOOK.parents[1]), before.get("PYTHONPATH")]))
    try:
        with warnings.catch_warnings():
            # Jupyter's own, about event loops and connection files
            warnings.simplefilter("ignore")
            notebook = nbformat.read(NOTEBOOK, as_version=4)
            client = NotebookClient(notebook, timeout=300, resources={"metadata": {"path": str(NOTEBOOK.parent)}})
            client.execute()
    finally:
        os.environ.clear()
        os.environ.update(before)
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


def shown(cell, kind="text/html"):
    return "".join(output.get("data", {}).get(kind, "") for output in cell.outputs)


def printed(cell):
    return "".join(output.get("text", "") for output in cell.outputs)


def test_it_is_stored_without_outputs():
    cells = nbformat.read(NOTEBOOK, as_version=4).cells
    assert all(not cell.outputs and cell.execution_count is None for cell in cells if cell.cell_type == "code")


def test_it_runs_and_shows_what_it_says(ran):
    _, audit, findings, cube, policy, again, kept = ran
    assert "<b>FAIL</b>" in shown(audit)
    assert "FAIL" in shown(audit, "text/markdown")
    assert "offer-rate {'lifecycle': 'new'}" in printed(findings)
    assert "✕ fail" in shown(findings)
    assert "gender, age_band, lifecycle" in shown(cube)
    assert "0.90" in shown(policy)
    assert "<b>FAIL</b>" in shown(again)
    assert printed(kept) == "audit.json plots report.html summary.md\nfail True\n"


def test_nothing_is_said_on_stderr(ran):
    assert not [output for cell in ran for output in cell.outputs if output.get("name") == "stderr"]
