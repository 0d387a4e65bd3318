"""The README against the program: outputs, help texts, the metric table, the policy file and the two commands."""

from __future__ import annotations

import contextlib
import io
import os
import re
import shlex
import shutil
import subprocess
import sys
import tomllib
from decimal import Decimal
from pathlib import Path

import pytest
from paper import can_print

from fairaudit import metrics, policy, settings
from fairaudit.cli.outputs import FILE_KINDS
from fairaudit.errors import DataError, EngineError, UsageError

ROOT = Path(__file__).parents[1]
README = ROOT / "README.md"
UPDATE = os.environ.get("FAIRAUDIT_UPDATE_GOLDEN") == "1"
OUTPUT = re.compile(r"<!-- output: (?P<command>[^\n]+?) -->\n```\n(?P<text>.*?)```\n<!-- end -->", re.DOTALL)
FORMAT_TABLE = re.compile(r"<!-- formats -->\n(?P<text>.*?)<!-- end -->", re.DOTALL)
METRIC_TABLE = re.compile(r"<!-- metrics -->\n(?P<text>.*?)<!-- end -->", re.DOTALL)


def readme() -> str:
    return README.read_text(encoding="utf-8")


def blocks(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", readme(), re.DOTALL)


@pytest.fixture
def shop(tmp_path, monkeypatch):
    """A folder that holds the sample where the README expects it, and is the working folder."""
    sample = tmp_path / "sample_data"
    sample.mkdir()
    for name in ("predictions.csv", "customers.csv", "fairaudit.toml"):
        shutil.copy(ROOT / "sample_data" / name, sample)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def run(command: str) -> subprocess.CompletedProcess[str]:
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("FAIRAUDIT_", "GITHUB_"))}
    words = [sys.executable, "-m", *shlex.split(command)]
    return subprocess.run(  # noqa: S603  a command of our own README
        words, capture_output=True, text=True, check=False, env={**environment, "COLUMNS": "80", "NO_COLOR": "1"}
    )


def replaced(pattern: re.Pattern[str], old: str, new: str) -> None:
    """Write a new text in the place of an old one (the update switch)."""
    text = readme()
    matches = [match for match in pattern.finditer(text) if match.group("text") == old]
    assert len(matches) == 1
    README.write_text(text[: matches[0].start("text")] + new + text[matches[0].end("text") :], encoding="utf-8")


@pytest.mark.parametrize("command", [match.group("command") for match in OUTPUT.finditer(readme())])
@pytest.mark.usefixtures("shop")
def test_outputs_in_the_readme_are_what_the_program_prints(command):
    shown = next(match.group("text") for match in OUTPUT.finditer(readme()) if match.group("command") == command)
    if command.startswith("python"):
        above = readme()[: readme().index(f"<!-- output: {command} -->")]
        printed = io.StringIO()
        with contextlib.redirect_stdout(printed):
            exec(re.findall(r"```python\n(.*?)```", above, re.DOTALL)[-1], {})  # noqa: S102  our own README
        actual = printed.getvalue()
    else:
        actual = run(command).stdout
    if UPDATE and actual != shown:
        match = next(match for match in OUTPUT.finditer(readme()) if match.group("command") == command)
        README.write_text(readme()[: match.start("text")] + actual + readme()[match.end("text") :], encoding="utf-8")
        return
    assert shown == actual


@pytest.mark.usefixtures("shop")
def test_every_format_has_a_line_and_its_example_works():
    shown = FORMAT_TABLE.search(readme()).group("text")
    examples = dict(re.findall(r"^\| `([\w-]+)` \|.*\| `(.+)` \|$", shown, re.MULTILINE))
    assert list(examples) == list(FILE_KINDS)
    if not can_print():
        del examples["pdf"]
    first = next(match.group("command") for match in OUTPUT.finditer(readme()))
    done = run(" ".join([first, "--no-out", *examples.values()]))
    assert (done.returncode, done.stdout[:8]) == (1, "::error ")
    for kind, example in examples.items():
        assert kind in example
        if example.startswith("-o"):
            assert Path(example.partition("=")[2]).stat().st_size > 1000


def metric_table() -> str:
    lines = ["| name | asks | formula | default rule |", "|---|---|---|---|"]
    for metric in metrics.METRICS.values():
        limit = f"≥ {metric.min}" if metric.min is not None else f"≤ {metric.max}" if metric.max is not None else ""
        rule = " ".join(filter(None, (metric.compare, limit)))
        lines.append(f"| `{metric.name}` | {metric.asks} | {metric.formula} | {rule} |")
    return "\n".join(lines) + "\n"


def test_the_metric_table_is_the_programs():
    shown = METRIC_TABLE.search(readme()).group("text")
    if UPDATE and shown != metric_table():
        replaced(METRIC_TABLE, shown, metric_table())
        return
    assert shown == metric_table()


def test_the_policy_file_is_valid_and_shows_every_key(tmp_path):
    text = next(block for block in blocks("toml") if "[data]" in block)
    file = tmp_path / "fairaudit.toml"
    file.write_text(text, encoding="utf-8")
    settings.load(file)
    content = tomllib.loads(text, parse_float=Decimal)
    for section, model in (("data", policy.Data), ("groups", policy.Groups), ("verdict", policy.Decision)):
        # shown in the text, as flags or in docs/data.md
        optional = {"count", "threshold", "encoding", "delimiter", "parts", "predictions_table", "attributes_table"}
        assert set(model.model_fields) - set(content[section]) <= optional
    assert {key for rule in content["rule"] for key in rule} == set(policy.Rule.model_fields)


def test_defaults_shown_in_the_policy_file_are_the_defaults():
    content = tomllib.loads(next(block for block in blocks("toml") if "[data]" in block))
    for section, model in (("groups", policy.Groups()), ("verdict", policy.Decision())):
        for key, value in content[section].items():
            if key != "references":
                assert getattr(model, key) == value, key
    for key in ("labels", "positive", "outcome", "min_coverage", "null", "max_groups"):
        shown = content["data"][key]
        default = getattr(policy.Data(), key)
        assert default == (tuple(shown) if isinstance(shown, list) else str(shown) if key == "positive" else shown), key


def test_exit_codes_in_the_readme_are_the_errors_own():
    codes = dict(re.findall(r"^\| (\d+) \| (.+?) \|$", readme(), re.MULTILINE))
    assert "usage" in codes[str(UsageError.exit_code)]
    assert "data" in codes[str(DataError.exit_code)]
    assert "internal" in codes[str(EngineError.exit_code)]
    assert set(codes) == {"0", "1", "2", "3", "4", "70"}


def test_both_set_up_commands_stand_alone_on_the_line_below_their_comment():
    for comment in ("install what the tests need and run them", "install and audit the sample"):
        command = re.search(rf"^# {comment}\n(.+)$", readme(), re.MULTILINE).group(1)
        assert command.startswith("pip install")
        assert comment in (ROOT / ".ci" / "run").read_text(encoding="utf-8")


def test_files_that_the_readme_links_to_exist():
    for target in re.findall(r"\]\(([^)#:]+)\)", readme()):
        assert (ROOT / target).exists(), target


def test_the_presets_table_names_every_preset_in_its_order():
    table = readme().partition("<!-- presets -->")[2].partition("<!-- end presets -->")[0]
    assert re.findall(r"^\| `([a-z0-9-]+)`", table, re.MULTILINE) == list(settings.PRESETS)
