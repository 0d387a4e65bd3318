"""The pages for readers: what can run is run, what a command prints is what is shown, every link leads on."""

from __future__ import annotations

import os
import re

import pages
import pytest

from fairaudit.errors import FairauditError

OTHERWISE = {
    "docs/data.md": "test_data_page.py",
    "docs/cube-format.md": "test_cube_format.py",
    "docs/statistics.md": "test_statistics_page.py",
    "sample_data/README.md": "sample_data/test_sample_data.py",
    "CONTRIBUTING.md": "the commands of this file's reader, run by .ci/run",
    "CHANGELOG.md": "nothing to run",
}
"""Pages whose snippets are run elsewhere."""
RUN = [name for name in pages.PAGES if name not in OTHERWISE]
NOT_RUN = 8
"""Most blocks of all pages that may only be read."""
WRITTEN = [name for name in RUN if name.startswith(("docs/tutorial", "docs/how-to/", "docs/explanation/"))]
"""Pages whose prose may name no number of its own."""


@pytest.fixture
def alone(monkeypatch):
    """No variable of the outside reaches a page, and its text is as wide as on a usual terminal."""
    for name in os.environ:
        if name.startswith(("FAIRAUDIT_", "GITHUB_", "FORCE_")):
            monkeypatch.delenv(name)
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.setenv("NO_COLOR", "1")


@pytest.mark.usefixtures("alone")
@pytest.mark.parametrize("name", RUN)
def test_a_page_runs_and_shows_what_is_printed(name, tmp_path, monkeypatch):
    text = pages.read(name)
    session = pages.session(tmp_path, text)
    monkeypatch.chdir(session.folder)
    if not any("reports" in block.text for block in pages.blocks(text) if block.language in ("sh", "python")):
        monkeypatch.setenv("FAIRAUDIT_NO_OUT", "1")  # nothing on the page reads the folder, whose plots take long
    changed = []
    for block in pages.blocks(text):
        if block.output is None:
            pages.run_block(session, block, name)
            continue
        printed = session.expected(block)
        if pages.UPDATE and printed != block.text:
            changed.append((block, printed))
        else:
            assert block.text == printed, f"{name}, line {block.line}"
    for block, printed in reversed(changed):
        pages.replaced(pages.PAGES[name], block, printed)


def every_block():
    return [(name, block) for name in RUN for block in pages.blocks(pages.read(name))]


def test_a_block_without_a_language_holds_no_command():
    for name, block in every_block():
        if not block.language and not block.mark:
            assert not re.search(r"^\$? ?(fairaudit|pip|python|cd) ", block.text, re.MULTILINE), (name, block.line)


def test_every_language_is_one_that_is_run_or_read():
    assert {block.language for _, block in every_block()} <= {"", "sh", "python", "toml", "yaml", "json"}


def test_few_blocks_are_only_read_and_each_says_why():
    found = [(name, block.mark) for name, block in every_block() if block.mark.startswith("not run")]
    assert len(found) <= NOT_RUN, found
    assert all(re.fullmatch(r"not run: \S.+", mark) for _, mark in found)


def test_every_mark_is_understood():
    for name, block in every_block():
        known = block.mark.startswith(("not run: ", "file: ")) or block.output is not None
        assert not block.mark or known or block.mark.startswith(("given: ", "generated: ")), (name, block.mark)


@pytest.mark.parametrize("name", pages.PAGES)
def test_links_lead_to_files_and_titles_that_exist(name):
    text = pages.read(name)
    for link in pages.links(text):
        if re.match(r"[a-z]+:", link):
            continue
        target, _, anchor = link.partition("#")
        path = (pages.PAGES[name].parent / target).resolve() if target else pages.PAGES[name]
        assert path.exists(), link
        if anchor:
            assert anchor in pages.anchors(path.read_text(encoding="utf-8")), link


def test_the_index_leads_to_every_page():
    index = pages.PAGES["docs/README.md"]
    reached = {(index.parent / link.partition("#")[0]).resolve() for link in pages.links(index.read_text("utf-8"))}
    assert {path for name, path in pages.PAGES.items() if name.startswith("docs/")} - {index} <= reached
    assert "docs/README.md" in pages.links(pages.read("README.md"))


NUMBER = re.compile(r"(?<![\w.§-])\d[\d,]*(?:\.\d+)?(?![\w(])")


def numbers(text):
    return {match.group().rstrip(",") for match in NUMBER.finditer(text)}


def test_numbers_are_found_in_prose():
    assert numbers("Of 19,850 customers, 24.6 % and 0.80, one in 3.") == {"19,850", "24.6", "0.80", "3"}


@pytest.mark.parametrize("name", WRITTEN)
def test_a_number_in_prose_is_printed_somewhere(name):
    """On the page itself, by the benchmark of docs/statistics.md, in the sample's own page or in a preset's source."""
    text = pages.read(name)
    presets = sorted((pages.ROOT / "fairaudit" / "presets").glob("*.toml"))
    known = "\n".join(block.text for block in pages.blocks(text))
    known += "".join(path.read_text(encoding="utf-8") for path in presets)
    known += pages.read("docs/statistics.md") + pages.read("sample_data/README.md")
    known += pages.read("docs/reference/exit-codes.md")
    known += (pages.ROOT / "pyproject.toml").read_text(encoding="utf-8")
    allowed = numbers(known) | {str(small) for small in range(13)}
    # 0.61 is also said as 61 in a hundred
    allowed |= {number[2:].lstrip("0") for number in allowed if re.fullmatch(r"0\.\d\d", number)}
    cited = {number for number in numbers(pages.prose(text)) if re.fullmatch(r"(19|20)\d\d", number)}
    assert numbers(pages.prose(text)) - allowed - cited == set()


@pytest.mark.usefixtures("alone")
def test_a_page_that_is_wrong_is_noticed(tmp_path, monkeypatch):
    session = pages.session(tmp_path, "")
    monkeypatch.chdir(session.folder)
    for wrong in (
        "fairaudit metrics    # exit code 1",
        "fairaudit explain nothing",
        "false",
        "true  # told; exit code 3",
    ):
        with pytest.raises(AssertionError, match="ends with"):
            session.sh(wrong)
    with pytest.raises(AssertionError, match="not run"):
        session.sh("pip install .")
    for text in (
        "<!-- file: x.toml -->\n```toml\n[date]\n```\n",
        "```toml\n[[rule]]\nmetric = 'disparate_import'\n```\n",
        "```yaml\nscript: [fairaudit check nothing.csv]\n```\n",
        "```python\nimport fairaudit\nfairaudit.audit('nothing.csv')\n```\n",
        "```json\n{\n```\n",
    ):
        (block,) = pages.blocks(text)
        with pytest.raises((AssertionError, ValueError, FairauditError)):
            pages.run_block(session, block, "a page")
    (shown,) = pages.blocks("<!-- output of PASS: fairaudit metrics -->\n```\n```\n")
    with pytest.raises(AssertionError, match="no paragraph"):
        session.expected(shown)


def test_titles_become_anchors_as_on_github():
    text = "# A `b` (c)\n\n## 5. Where 0.80 and 0.10 come from\n\n## Twice\n\n## Twice\n\n```\n# not a title\n```\n"
    assert pages.anchors(text) == {"a-b-c", "5-where-080-and-010-come-from", "twice", "twice-1"}


def test_links_in_code_are_no_links():
    assert pages.links("[a](b.md#c) `[d](e)`\n\n```\n[f](g)\n```\n![h](i.png)") == ["b.md#c", "i.png"]
