"""What holds for every format alike: equal audits give equal bytes, and Markdown is read as it is meant."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from markdown_it import MarkdownIt

from fairaudit.report import FORMATS

WRITE = """
import pathlib, sys
import audits
from fairaudit.report import FORMATS, write
folder = pathlib.Path(sys.argv[1])
made = {"failing": audits.failing(), "literal": audits.literal(), "hostile": audits.groups(audits.HOSTILE)}
for name, audit in made.items():
    (folder / name).mkdir(parents=True)
    for form, render in FORMATS.items():
        if form != "html":  # in the folder, with its figures
            (folder / name / form).write_bytes(render(audit).encode(errors="backslashreplace"))
write(made["literal"], folder / "literal", png=True)
"""


def contents(folder):
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_equal_audits_give_equal_bytes_in_every_format_and_any_process(tmp_path):
    for seed in ("1", "2"):
        subprocess.run(  # noqa: S603
            [sys.executable, "-c", WRITE, str(tmp_path / seed)],
            check=True,
            cwd=Path(__file__).parents[1],  # where the audits are made
            env=os.environ | {"PYTHONHASHSEED": seed, "LC_ALL": "C", "TZ": f"UTC+{seed}"},
        )
    first, second = contents(tmp_path / "1"), contents(tmp_path / "2")
    assert first == second
    assert {"literal/plots/rates-1.png", "literal/report.html", "hostile/sarif"} <= set(first)


@pytest.fixture(scope="module")
def reader():
    """Markdown as GitHub reads it: CommonMark with tables, markup and addresses taken as what they are."""
    return MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])


def tokens(reader, text):
    for token in reader.parse(text):
        yield token
        yield from token.children or ()


@pytest.mark.parametrize("form", ["markdown", "model-card"])
def test_no_name_is_markup_in_markdown(form, audit, reader):
    found = list(tokens(reader, FORMATS[form](audit)))
    kinds = {token.type for token in found}
    assert not kinds & {"link_open", "image", "code_block", "fence", "blockquote_open", "html_block"}
    # the folds and the small print are our own
    own = re.compile(r"</?(sub|details|summary)>|<br>")
    assert [token.content for token in found if token.type == "html_inline" and not own.fullmatch(token.content)] == []
    # a name begins no heading: there are as many as there are in an audit with plain names
    assert all(token.markup in ("#", "##", "###", "####") for token in found if token.type == "heading_open")


@pytest.mark.parametrize("form", ["markdown", "model-card"])
def test_tables_are_read_as_tables(form, audit, reader):
    text = FORMATS[form](audit)
    tables, rows = [], []
    for token in reader.parse(text):
        if token.type == "table_open":
            rows = []
        elif token.type == "tr_open":
            rows.append(0)
        elif token.type in ("td_open", "th_open"):
            rows[-1] += 1
        elif token.type == "table_close":
            tables.append(rows)
    assert len(tables) == len(re.findall(r"^\|(?: ?:?-+:? ?\|)+$", text, re.MULTILINE))
    assert all(len(set(rows)) == 1 and len(rows) > 1 for rows in tables)
    # the rules' table has a line for each of them
    assert any(len(rows) == len(audit.rules) + 1 for rows in tables)
    # nothing that was meant as a row is left over as a paragraph
    assert not [token for token in reader.parse(text) if token.type == "inline" and token.content.startswith("| ")]
