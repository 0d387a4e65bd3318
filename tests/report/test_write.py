"""Files are replaced whole or not at all, and importing the package costs nothing."""

import os
import subprocess
import sys
from pathlib import Path

import audits
import pytest

from fairaudit import report
from fairaudit.report import figures, html, write
from fairaudit.writing import write_file


def contents(folder):
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_what_is_written(tmp_path, admissions):
    written = write(admissions, tmp_path / "new" / "reports")
    names = [str(path.relative_to(tmp_path / "new" / "reports")) for path in written]
    drawn = [str(Path("plots", f"{name}-1.svg")) for name in ("rates", "segments")]
    assert names == [*drawn, "report.html", "summary.md", "audit.json"]
    assert set(contents(tmp_path / "new" / "reports")) == set(names)


def test_figures_as_png_on_request(tmp_path, admissions):
    write(admissions, tmp_path, png=True)
    assert (tmp_path / "plots" / "rates-1.png").read_bytes().startswith(b"\x89PNG")
    write(admissions, tmp_path)
    assert not (tmp_path / "plots" / "rates-1.png").exists()


def test_only_our_own_old_figures_are_removed(tmp_path, admissions):
    (tmp_path / "plots").mkdir()
    for name in ("rates-7.svg", "scores-2.svg", "threshold-1.svg", "rates-x.svg", "holiday.svg", "rates-1.svg.bak"):
        (tmp_path / "plots" / name).write_text("x")
    write(admissions, tmp_path)
    left = {path.name for path in (tmp_path / "plots").iterdir()}
    assert left == {"rates-1.svg", "segments-1.svg", "rates-x.svg", "holiday.svg", "rates-1.svg.bak"}


def test_a_failing_render_leaves_everything_as_it_was(tmp_path, admissions, passing, monkeypatch):
    write(admissions, tmp_path)
    before = contents(tmp_path)

    def broken(*_arguments):
        raise RuntimeError("no page today")

    monkeypatch.setattr(html, "render", broken)
    with pytest.raises(RuntimeError):
        write(passing, tmp_path)
    assert contents(tmp_path) == before


def test_a_full_disk_leaves_the_old_record(tmp_path, admissions, passing, monkeypatch):
    write(admissions, tmp_path)
    old = (tmp_path / "audit.json").read_bytes()
    replace = Path.replace

    def full(self, target):
        if target.name == "audit.json":
            raise OSError(28, "No space left on device")
        return replace(self, target)

    monkeypatch.setattr(Path, "replace", full)
    with pytest.raises(OSError, match="No space"):
        write(passing, tmp_path)
    assert (tmp_path / "audit.json").read_bytes() == old
    assert not list(tmp_path.glob(".*"))


def test_a_link_is_replaced_and_not_followed(tmp_path, admissions):
    target = tmp_path / "precious.txt"
    target.write_text("precious")
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "audit.json").symlink_to(target)
    write(admissions, tmp_path / "out")
    assert target.read_text() == "precious"
    assert not (tmp_path / "out" / "audit.json").is_symlink()


def test_one_file_on_request(tmp_path):
    write_file("text\n", tmp_path / "a" / "b.txt")
    assert (tmp_path / "a" / "b.txt").read_bytes() == b"text\n"
    assert [path.name for path in (tmp_path / "a").iterdir()] == ["b.txt"]


def test_a_lone_surrogate_can_be_written(tmp_path):
    write_file("\ud800", tmp_path / "x")
    assert (tmp_path / "x").read_bytes() == b"\\ud800"


def test_a_device_is_written_into_and_not_replaced():
    write_file("gone\n", Path(os.devnull))
    assert not Path(os.devnull).is_file()


@pytest.mark.skipif(os.name == "nt", reason="no process has a /dev/stdout")
def test_a_redirected_stdout_is_written_into(tmp_path):
    code = "from pathlib import Path; from fairaudit.writing import write_file; write_file('x', Path('/dev/stdout'))"
    with (tmp_path / "out").open("wb") as out:
        subprocess.run([sys.executable, "-c", code], stdout=out, check=True)  # noqa: S603
    assert (tmp_path / "out").read_bytes() == b"x"
    assert Path("/dev/stdout").is_symlink()


def test_a_folder_is_no_file(tmp_path):
    with pytest.raises(OSError, match="irectory"):
        write_file("x", tmp_path)


def test_figures_are_drawn_once(tmp_path, admissions, monkeypatch):
    calls = []
    draw = figures.draw
    monkeypatch.setattr(figures, "draw", lambda audit: calls.append(1) or draw(audit))
    write(admissions, tmp_path)
    assert calls == [1]


def test_formats():
    assert list(report.FORMATS) == [
        *("text", "json", "markdown", "html"),
        *("junit", "sarif", "github", "csv", "model-card"),
    ]
    assert all(isinstance(render(audits.admissions()), str) for render in report.FORMATS.values())


def test_importing_reports_loads_nothing_heavy():
    code = (
        "import sys, fairaudit.report; from fairaudit.report import text, markdown, html, figures;"
        "print([m for m in ('matplotlib', 'jinja2', 'pandas', 'duckdb', 'scipy') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)  # noqa: S603
    assert done.stdout == "[]\n"


def test_equal_audits_give_equal_files_in_any_process(tmp_path):
    code = (
        "import sys, pathlib, audits; from fairaudit.report import write; "
        "write(audits.shop(), pathlib.Path(sys.argv[1]))"
    )
    for seed in ("1", "2"):
        subprocess.run(  # noqa: S603
            [sys.executable, "-c", code, str(tmp_path / seed)],
            check=True,
            cwd=Path(audits.__file__).parent,
            env=os.environ | {"PYTHONHASHSEED": seed, "LC_ALL": "C"},
        )
    assert contents(tmp_path / "1") == contents(tmp_path / "2")
