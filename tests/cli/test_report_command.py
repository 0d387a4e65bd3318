"""report: any form again from the record; the record itself is never changed."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from paper import needs_pango
from shops import snapshot

from fairaudit.report import pdf

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

FORMS = ("text", "json", "markdown", "html", "junit", "sarif", "github", "csv", "model-card")


@pytest.fixture
def record(call: Callable, unfair: tuple[Path, Path], folder: Path) -> Path:
    """Return the record of an audit that failed."""
    assert call("check", *unfair, "--label", "bought").code == 1
    return folder / "reports" / "audit.json"


@pytest.mark.parametrize("form", FORMS)
def test_every_form_is_what_the_check_printed(
    call: Callable, unfair: tuple[Path, Path], record: Path, form: str
) -> None:
    printed = call("check", *unfair, "--label", "bought", "--no-out", "--format", form)
    again = call("report", record, "--format", form)
    assert (again.code, again.out) == (0, printed.out)
    assert [line for line in again.err.splitlines() if not line.startswith("note: no policy")] == [
        line for line in printed.err.splitlines() if not line.startswith(("note: no policy", "  (`fairaudit init`"))
    ]


def test_the_text_alone_and_nothing_written(call: Callable, record: Path, folder: Path) -> None:
    before = snapshot(folder)
    done = call("report", record, "-q")
    assert (done.code, done.out.splitlines()[-1], done.err) == (0, "FAIL", "")
    assert snapshot(folder) == before


def test_a_folder_gets_the_record_as_it_is(call: Callable, record: Path, folder: Path) -> None:
    before = snapshot(folder / "reports")
    record.write_bytes(json.dumps(json.loads(record.read_bytes()), indent=3).encode())
    indented = record.read_bytes()
    for out in ("again", "reports"):
        assert call("report", record, "--out", out, "-q").code == 0
        assert snapshot(folder / out) == {**before, "audit.json": indented}


def test_single_files(call: Callable, record: Path, folder: Path) -> None:
    done = call("report", record, "-o", "json=a/b.json", "-o", "csv=c.csv")
    assert (folder / "a" / "b.json").read_bytes() == record.read_bytes()
    assert "Written: c.csv" in done.err


def test_the_record_is_not_overwritten(call: Callable, record: Path, folder: Path) -> None:
    before = snapshot(folder)
    (folder / "link.json").symlink_to(record)
    for path in (record, "link.json", "reports/../reports/audit.json"):
        done = call("report", record, "-o", f"json={path}")
        assert (done.code, done.out) == (2, "")
        assert "would overwrite" in done.err
    (folder / "link.json").unlink()
    assert snapshot(folder) == before


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("customer_id,secret\n17,x\n", "record.json: This is no JSON"),
        ('{"schema": "fairaudit.audit/2"}', "fairaudit.audit/2"),
        ('{"customer": "secret"}', "no record of an audit"),
    ],
)
def test_3_no_record(call: Callable, folder: Path, text: str, message: str) -> None:
    (folder / "record.json").write_text(text, encoding="utf-8")
    done = call("report", "record.json", "--out", "reports")
    assert (done.code, done.out) == (3, "")
    assert message in done.err
    assert "secret" not in done.err
    assert not (folder / "reports").exists()


def test_3_a_verdict_that_was_edited(call: Callable, record: Path) -> None:
    record.write_text(record.read_text(encoding="utf-8").replace('"verdict": "fail"', '"verdict": "pass"'), "utf-8")
    done = call("report", record)
    assert (done.code, done.out) == (3, "")
    assert "contradicts itself" in done.err


@needs_pango
def test_a_pdf_beside_a_check_and_from_the_record(
    call: Callable, unfair: tuple[Path, Path], record: Path, folder: Path
) -> None:
    assert call("check", *unfair, "--label", "bought", "--no-out", "-o", "pdf=one.pdf").code == 1
    assert call("report", record, "-o", "pdf=two.pdf").code == 0
    assert (folder / "one.pdf").read_bytes() == (folder / "two.pdf").read_bytes()


def test_2_a_pdf_without_the_extra_before_any_work(
    call: Callable, unfair: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pdf, "find_spec", lambda _name: None)
    done = call("check", *unfair, "--label", "bought", "-o", "pdf=a.pdf")
    assert (done.code, done.out) == (2, "")
    assert "pip install 'fairaudit-toolkit[pdf]'" in done.err
