"""The README and the policy's page against the program: the formats, the two commands, every key and its default.

What runs on the pages is run by test_pages.py; what is made from the code is made by test_reference_pages.py.
"""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
import tomllib
from decimal import Decimal
from pathlib import Path

import pages
import pytest
from paper import can_print

from fairaudit import policy, sections, settings
from fairaudit.cli.outputs import FILE_KINDS

ROOT = Path(__file__).parents[1]
FORMAT_TABLE = re.compile(r"<!-- formats -->\n(?P<text>.*?)<!-- end -->", re.DOTALL)


def readme() -> str:
    return pages.read("README.md")


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


@pytest.mark.usefixtures("shop")
def test_every_format_has_a_line_and_its_example_works():
    shown = FORMAT_TABLE.search(readme()).group("text")
    examples = dict(re.findall(r"^\| `([\w-]+)` \|.*\| `(.+)` \|$", shown, re.MULTILINE))
    assert list(examples) == list(FILE_KINDS)
    if not can_print():
        del examples["pdf"]
    first = next(block.output for block in pages.blocks(readme()) if block.output is not None)
    done = run(" ".join([first["command"], "--no-out", *examples.values()]))
    assert (done.returncode, done.stdout[:8]) == (1, "::error ")
    for kind, example in examples.items():
        assert kind in example
        if example.startswith("-o"):
            assert Path(example.partition("=")[2]).stat().st_size > 1000


def test_every_format_has_a_part_of_the_page_on_outputs():
    titles = re.findall(
        r"^### (\S+)$", pages.read("docs/reference/outputs.md").partition("## audit.json")[0], re.MULTILINE
    )
    assert titles == list(FILE_KINDS)


def whole_file() -> str:
    """Return the policy file that the page on policies shows whole."""
    return next(b.text for b in pages.blocks(pages.read("docs/reference/policy.md")) if b.language == "toml")


def test_the_policy_file_shows_every_key():
    content = tomllib.loads(whole_file(), parse_float=Decimal)
    for section, model in (("data", sections.Data), ("groups", sections.Groups), ("verdict", sections.Decision)):
        # in the page's tables, and where they are needed in docs/data.md
        optional = {"count", "threshold", "encoding", "delimiter", "parts", "predictions_table", "attributes_table"}
        assert set(model.model_fields) - set(content[section]) <= optional
    assert {key for rule in content["rule"] for key in rule} == set(policy.Rule.model_fields)


def test_defaults_shown_in_the_policy_file_are_the_defaults():
    content = tomllib.loads(whole_file())
    for section, model in (("groups", sections.Groups()), ("verdict", sections.Decision())):
        for key, value in content[section].items():
            if key != "references":
                assert getattr(model, key) == value, key
    for key in ("labels", "positive", "outcome", "min_coverage", "null", "max_groups"):
        shown = content["data"][key]
        default = getattr(sections.Data(), key)
        assert default == (tuple(shown) if isinstance(shown, list) else str(shown) if key == "positive" else shown), key


def test_both_set_up_commands_stand_alone_on_the_line_below_their_comment():
    for comment in ("install what the tests need and run them", "install and audit the sample"):
        command = re.search(rf"^# {comment}\n(.+)$", readme(), re.MULTILINE).group(1)
        assert command.startswith("pip install")
        assert comment in (ROOT / ".ci" / "run").read_text(encoding="utf-8")


def test_the_readme_shows_what_the_command_that_it_names_first_prints():
    command = re.search(r"^# install and audit the sample\npip install \. && (.+)$", readme(), re.MULTILINE).group(1)
    shown = [block.output["command"] for block in pages.blocks(readme()) if block.output is not None]
    assert command in shown


def test_the_readme_names_every_preset():
    assert [name for name in re.findall(r"`([\w-]+)`", readme()) if name in settings.PRESETS] == list(settings.PRESETS)
