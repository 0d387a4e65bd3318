"""The summary: a table stays a table whatever the names."""

import re

import audits
import pytest

from fairaudit.report import markdown
from fairaudit.report.markdown import escaped

OPENING = re.compile(r"$|#{2,3} |\| |- |1\. |<sub>|and [\d,]+ more|Compared|[\d,]+ comparisons? |The (verdict|pass) ")
PIPE = re.compile(r"(?<!\\)(?:\\\\)*\|")


@pytest.mark.parametrize("name", ["failing", "passing", "inconclusive"])
def test_golden(name, request, golden):
    golden(f"{name}.md", markdown.render(request.getfixturevalue(name)))


def test_every_row_of_a_table_has_the_columns_of_its_head(audit):
    columns = 0
    for line in markdown.render(audit).split("\n"):
        if line.startswith("| "):
            columns = columns or len(PIPE.findall(line))
            assert len(PIPE.findall(line)) == columns, line
        else:
            columns = 0


def test_no_line_begins_with_a_name(audit):
    for line in markdown.render(audit).split("\n"):
        assert OPENING.match(line), line


def test_no_name_is_markup_a_link_or_a_mention(hostile):
    shown = markdown.render(hostile)
    without = re.sub(r"</?sub>", "", shown)
    assert not re.search(r"(?<!\\)<", without)
    assert not re.search(r"@(?!\u200b)", shown)
    assert "https://" not in shown
    assert "www.evil" not in shown
    assert not re.search(r"(?<!\\)[`$~]", shown)
    assert "](" not in shown.replace("\\]", "")


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("age_band", "age_band"),
        ("_x_", r"\_x\_"),
        ("a|b", r"a\|b"),
        (r"a\|b", r"a\\\|b"),
        ("`x`", r"\`x\`"),
        ("[x](y)", r"\[x\](y)"),
        ("<b>", r"\<b\>"),
        ("# PASS", "\\#\u200b PASS"),
        ("@me", "\\@\u200bme"),
        ("a: b", "a: b"),
        ("https://x", r"https\://x"),
        ("www.x", r"www\.x"),
        ("a\nb", r"a\\x0ab"),
        ("65+", "65+"),
    ],
)
def test_escaping(name, shown):
    assert escaped(name) == shown


def test_it_stays_under_the_size_of_a_comment(monkeypatch):
    audit = audits.groups(["漢" * 190 + f"{i:03}" for i in range(60)], n=12)
    shown = markdown.render(audit)
    assert len(shown.encode()) <= markdown.LARGEST == 64_000
    assert "and 20 more in `audit.json`" in shown
    monkeypatch.setattr(markdown, "LARGEST", 5_000)
    assert "and 50 more in `audit.json`" in markdown.render(audit)


def test_what_does_not_fit_at_all_is_said(monkeypatch, failing):
    monkeypatch.setattr(markdown, "LARGEST", 300)
    assert markdown.render(failing).endswith("The rest is too long for a summary and stands in `report.html`.\n")
