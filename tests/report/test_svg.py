"""The SVG of a sheet: whatever is written is text, and its colours are those of the page's style."""

import re
from pathlib import Path
from xml.etree import ElementTree as ET

from hypothesis import given
from hypothesis import strategies as st

from fairaudit.report import svg
from fairaudit.report.sheet import BLUE, CARD, Sheet, heading

STYLE = Path(svg.__file__).parent / "templates" / "style.css"
NAMESPACE = "{http://www.w3.org/2000/svg}"
TEXTS = st.text(st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="\ufffe\uffff"), max_size=40)


@given(TEXTS, TEXTS, TEXTS)
def test_every_text_is_read_back_as_it_was_written(title, description, label):
    sheet = Sheet(300, 100)
    sheet.text(10, 50, label)
    root = ET.fromstring(svg.document(sheet, title, description, "f1-"))  # noqa: S314  our own document
    said = [root.findtext(NAMESPACE + name) or "" for name in ("title", "desc")]
    assert [*said, root.findtext(f".//{NAMESPACE}text") or ""] == [title, description, label]
    assert root.get("role") == "img"
    ids = {element.get("id") for element in root.iter() if element.get("id")}
    assert set((root.get("aria-labelledby") or "").split()) == ids == {"f1-t", "f1-d"}


def test_the_colours_are_those_of_the_pages_style():
    style = STYLE.read_text(encoding="utf-8")
    light, dark = style.split("@media (prefers-color-scheme:dark)", 1)
    for colour, (name, turned) in svg.COLOURS.items():
        short = {"#ffffff": "#fff"}.get(colour, colour)
        assert f"--plot-{name}:{short};" in light
        assert re.search(f"--plot-{name}:{turned}[;}}]", dark.split("*{", 1)[0])


def test_a_file_turns_dark_with_its_reader_and_lies_on_a_card():
    text = Sheet(300, 100).svg("t", "d")
    assert "@media (prefers-color-scheme:dark)" in text
    assert f'<rect width="300" height="100" fill="{CARD}"/>' in text
    assert f'[stroke="{BLUE}"]{{stroke:#5bb4f0}}' in text


def test_what_looks_alike_is_written_once_and_lies_in_layers():
    sheet = Sheet(300, 100)
    sheet.text(5, 5, "above")
    for y in (20, 40, 60):
        sheet.marks([10, 90], [y, y], "circle", BLUE)
        sheet.line([10, 90], [y, y])
        sheet.box(0, y, 100, y + 5, CARD)
    tags = re.findall(r"<(path|g|text|circle)\b", svg.document(sheet, "t", "d", "f0-"))
    assert tags == ["path"] * 3 + ["path", "g", *["circle"] * 6, "g", "text"]


def test_numbers_are_short():
    sheet = Sheet(300, 100)
    sheet.line([1 / 3, 2 / 3, 2 / 3, -0.01], [10.04, 10.0, 99.96, 100])
    assert ' d="M0.3 10H0.7V100H0"/>' in sheet.svg("t", "d")


def test_a_long_title_stands_whole_above_everything():
    sheet = Sheet(300, 100)
    title = "a long title that goes on and on and on and on, and on " * 3
    end = heading(sheet, title)
    shown = [one.text for one in sheet.drawn]
    assert " ".join(shown) == title
    assert max(one.y for one in sheet.drawn) < end


def test_only_the_tags_of_an_inline_figure_are_changed():
    sheet = Sheet(300, 100)
    name = ' xmlns="http://www.w3.org/2000/svg" #0072b2'
    sheet.text(10, 50, name)
    element = svg.inline(sheet.svg("t", "d"))
    assert f">{name}</text>" in element
    assert element.startswith("<svg viewBox=")
    assert "<style" not in element
    assert "<rect" not in element
