"""What is compared again and again: `fairaudit check` and the bare engine, each as a whole process."""

from __future__ import annotations

import json
import sys
import zlib
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from generator import PROTECTED, SEGMENTS
from stopwatch import process

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from stopwatch import Run

VERDICTS = (0, 1, 4)
"""Exit codes of an audit that came to a verdict, whichever."""


def roles(
    protected: Sequence[str] = PROTECTED, segments: Sequence[str] = SEGMENTS, score: str | None = "score"
) -> dict[str, Any]:
    """Return a policy that names the columns; its rules are those of the default preset."""
    data = {"id": "customer_id", "label": "label", "prediction": "decision"}
    scores = {} if score is None else {"score": score}
    return {"data": {**data, **scores, "protected": list(protected), "segments": list(segments)}}


def check(
    files: tuple[Path, Path],
    folder: Path,
    policy: Mapping[str, Any] | None = None,
    *,
    everything: bool = True,
    variables: Mapping[str, str] | None = None,
) -> Callable[[], Run]:
    """Return a run of the command: with all outputs, or with text and JSON alone."""
    # JSON's strings and lists are TOML's
    values = (policy or roles())["data"].items()
    text = "[data]\n" + "".join(f"{key} = {json.dumps(value)}\n" for key, value in values)
    place = folder / f"policy-{zlib.crc32(text.encode()):08x}.toml"
    place.write_text(text, encoding="utf-8")
    out = ("--out", str(folder / "out")) if everything else ("--no-out", "-o", f"json={folder}/audit.json")
    command = (sys.executable, "-m", "fairaudit", "check", *map(str, files), "--policy", str(place), *out)
    return partial(process, command, variables, VERDICTS)


def bare(files: tuple[Path, Path], attributes: Sequence[str], *options: str) -> Callable[[], Run]:
    """Return a run of the bare join and GROUP BY."""
    program = str(Path(__file__).with_name("bare.py"))
    return partial(process, (sys.executable, program, *map(str, files), *attributes, *options))
