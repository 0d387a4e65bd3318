"""Data larger than memory go to a private folder on disk, which is gone at the end, however the run ends."""

from __future__ import annotations

import json
import os
import resource
import signal
import subprocess
import sys
import threading
import time
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from pyarrow import csv

import fairaudit
from fairaudit.cube import Spec
from fairaudit.engines import Source
from fairaudit.engines.duckdb import DuckDB
from fairaudit.errors import EngineError, UsageError
from fairaudit.policy import Policy

if TYPE_CHECKING:
    from pathlib import Path

ROWS = 1_000_000
DATA = {"id": "id", "label": "y", "prediction": "p", "score": "s", "protected": ["g"], "segments": ["t"]}
pytestmark = pytest.mark.skipif(os.name != "posix", reason="limits and signals of POSIX")


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("large")
    n = np.arange(ROWS)
    ids = pa.array([f"C{i}" for i in n])
    predictions = pa.table({"id": ids, "p": (n % 3 == 0).astype(int), "y": n % 2, "s": n % 1000 / 1000})
    people = pa.table({"id": ids, "g": pa.array([f"group {i % 3}" for i in n]), "t": n % 5})
    shuffled = people.take(np.random.default_rng(3).permutation(ROWS))
    for name, table in (("predictions", predictions), ("people", shuffled)):
        pq.write_table(table, folder / f"{name}.parquet")
        csv.write_csv(table, folder / f"{name}.csv")
    return folder


def policy(limit: str | None = None) -> Policy:
    data = DATA if limit is None else DATA | {"memory_limit": limit}
    return Policy.parse({"data": data | {"positive": "1"}, "rule": [{"metric": "disparate_impact"}]})


class Watch:
    """The most bytes that files under a folder had while this was open, deleted names not counted."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.most, self.over = folder, 0, threading.Event()
        self.thread = threading.Thread(target=self.look)

    def look(self) -> None:
        while not self.over.wait(0.01):
            sizes = []
            for path in self.folder.rglob("*"):
                try:
                    sizes.append(path.lstat().st_size)
                except FileNotFoundError:
                    continue
            self.most = max(self.most, sum(sizes))

    def __enter__(self) -> Watch:
        self.thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.over.set()
        self.thread.join()


@pytest.mark.parametrize(("form", "limit"), [("parquet", "60MB"), ("csv", "150MB")])
def test_a_cube_is_the_same_when_the_engine_spills(
    files: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, form: str, limit: str
) -> None:
    pair = files / f"predictions.{form}", files / f"people.{form}"
    whole = fairaudit.tabulate(*pair, policy=policy())
    assert whole.ledger.matched == ROWS
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    with Watch(tmp_path) as watch:
        assert fairaudit.tabulate(*pair, policy=policy(limit)) == whole
    if form == "parquet":
        assert watch.most > 1_000_000  # bytes that did not fit
    assert not list(tmp_path.iterdir())


def command(files: Path, *more: str) -> list[str]:
    flags = ["--id", "id", "--prediction", "p", "--label", "y", "--score", "s", "--protected", "g", "--segment", "t"]
    pair = [str(files / "predictions.parquet"), str(files / "people.parquet")]
    return [sys.executable, "-m", "fairaudit", "check", *pair, *flags, "--no-out", "-q", *more]


def test_a_full_disk_is_an_engines_error(files: Path, tmp_path: Path) -> None:
    def no_large_file() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (1_000_000, 1_000_000))

    done = subprocess.run(  # noqa: S603
        command(files, "--memory-limit", "60MB"),
        env=os.environ | {"TMPDIR": str(tmp_path)},
        cwd=tmp_path,
        preexec_fn=no_large_file,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 70
    assert "is the disk full?" in done.stderr
    assert "Traceback" not in done.stderr
    assert not list(tmp_path.iterdir())


def test_a_full_disk_is_no_fault_of_json_lines(tmp_path: Path) -> None:
    lines = (json.dumps({"p": i % 2, "g": f"{i * i:0120d}"}) for i in range(200_000))
    (tmp_path / "f.jsonl").write_text("\n".join(lines), encoding="utf-8")
    (tmp_path / "spill").mkdir()
    done = subprocess.run(  # noqa: S603
        [
            *(sys.executable, "-m", "fairaudit", "check", "f.jsonl", "--prediction", "p", "--protected", "g"),
            *("--memory-limit", "30MB", "--no-out"),
        ],
        env=os.environ | {"TMPDIR": str(tmp_path / "spill")},
        cwd=tmp_path,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (1_000_000, 1_000_000)),
        capture_output=True,
        text=True,
        check=False,
    )
    # which of the two it calls it is the engine's choice
    assert done.returncode == 70
    assert "ran out of memory" in done.stderr or "is the disk full?" in done.stderr
    assert "Traceback" not in done.stderr


def test_too_little_memory_is_an_engines_error(files: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    with pytest.raises(EngineError, match="ran out of memory; give it more with --memory-limit"):
        fairaudit.tabulate(files / "predictions.csv", files / "people.csv", policy=policy("10MB"))
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("form", ["parquet", "parts", "jsonl"])
def test_too_little_memory_is_no_fault_of_a_file(tmp_path: Path, form: str) -> None:
    name = "0.jsonl" if form == "jsonl" else "0.parquet"
    if form == "jsonl":
        lines = (json.dumps({"p": i % 2, "g": f"{i:032x}"}) for i in range(200_000))
        (tmp_path / name).write_text("\n".join(lines), encoding="utf-8")
    else:
        pq.write_table(pa.table({"p": [0, 1], "g": ["F", "M"]}), tmp_path / name)
    source = Source(tmp_path if form == "parts" else tmp_path / name, parts=form == "parts")
    limit = "10MB" if form == "jsonl" else "1KB"
    with pytest.raises(EngineError, match="ran out of memory"):
        DuckDB(limit).tabulate(Spec(prediction="p", attributes=("g",), views=((), ("g",))), source)


@pytest.mark.parametrize("limit", ["much", "2", "-1GB", "80%", "1GB; SELECT 1"])
def test_a_limit_is_a_number_of_bytes(limit: str) -> None:
    with pytest.raises(UsageError, match="memory_limit"):
        policy(limit)


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_signal_leaves_nothing_behind(files: Path, tmp_path: Path, number: signal.Signals, code: int) -> None:
    process = subprocess.Popen(  # noqa: S603
        command(files, "--memory-limit", "60MB"),
        env=os.environ | {"TMPDIR": str(tmp_path)},
        cwd=tmp_path,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    until = time.monotonic() + 60
    while not list(tmp_path.iterdir()) and process.poll() is None and time.monotonic() < until:
        time.sleep(0.01)
    assert list(tmp_path.iterdir()), "the run was over before its folder was seen"
    process.send_signal(number)
    out, err = process.communicate(timeout=60)
    assert (process.returncode, out, err) == (code, b"", b"")
    assert not list(tmp_path.iterdir())
