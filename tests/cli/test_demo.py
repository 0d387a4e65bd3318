"""demo: the sample in an empty folder, from a checkout and from the package."""

from __future__ import annotations

import zipfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from shops import snapshot

import fairaudit
from fairaudit.cli import demo

if TYPE_CHECKING:
    from collections.abc import Callable

ROOT = Path(__file__).parents[2]


def test_the_demo_runs_and_exits_with_0_though_the_sample_fails(call: Callable, folder: Path) -> None:
    done = call("demo")
    assert done.code == 0
    made = folder / "fairaudit-demo"
    assert {path.name for path in made.iterdir()} == {*demo.FILES, "reports"}
    assert (made / "reports" / "report.html").is_file()
    for text in ("\nFAIL\n", "unfair on purpose", "exit code 1", "this demo ends with 0", "cd fairaudit-demo"):
        assert text in done.out.replace("\n", "\n")
    assert all(len(line) <= 80 for line in done.out.splitlines())


def test_what_it_writes_is_the_sample(call: Callable, folder: Path) -> None:
    call("demo", "shop")
    for name in demo.FILES:
        assert (folder / "shop" / name).read_bytes() == (ROOT / "sample_data" / name).read_bytes()


def test_the_next_step_it_tells_works(call: Callable, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    call("demo", "shop")
    monkeypatch.chdir(folder / "shop")
    assert call("check", "predictions.csv", "customers.csv", "--no-out").code == 1


def test_an_empty_folder_is_used(call: Callable, folder: Path) -> None:
    (folder / "empty").mkdir()
    assert call("demo", "empty").code == 0


def test_nothing_is_overwritten(call: Callable, folder: Path) -> None:
    (folder / "full").mkdir()
    (folder / "full" / "mine.txt").write_text("mine", encoding="utf-8")
    (folder / "file").write_text("mine", encoding="utf-8")
    before = snapshot(folder)
    for name in ("full", "file", "file/below"):
        done = call("demo", name)
        assert (done.code, done.out) == (2, "")
    assert snapshot(folder) == before


def test_the_sample_of_the_package_comes_first(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (folder / "sample").mkdir()
    monkeypatch.setattr(demo.resources, "files", lambda _: folder)
    assert demo._sample() == folder / "sample"


@pytest.mark.slow
def test_the_wheel_holds_the_sample(tmp_path: Path) -> None:
    hatchling = pytest.importorskip("hatchling.builders.wheel")
    wheel = next(hatchling.WheelBuilder(str(ROOT)).build(directory=str(tmp_path), versions=["standard"]))
    names = set(zipfile.ZipFile(wheel).namelist())
    assert names >= {f"fairaudit/sample/{name}" for name in demo.FILES}
    assert fairaudit.__version__ in Path(wheel).name
