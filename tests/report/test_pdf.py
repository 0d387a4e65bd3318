"""The PDF: everything of the page is on paper, inside the margins, and nothing is fetched."""

import io
import os
import re
import socket
import subprocess
import sys
from pathlib import Path

import audits
import pytest
from paper import needs_pango
from test_html import Page

from fairaudit.errors import UsageError
from fairaudit.report import html, pdf

pytestmark = needs_pango
MARGIN = 28
"""Points of the 12 mm that every page keeps free, less what a rule's width may take."""


@pytest.fixture(scope="module")
def printed(shop):
    return pdf.render(shop)


@pytest.fixture(scope="module")
def document(printed):
    from pypdf import PdfReader

    return PdfReader(io.BytesIO(printed))


def squeezed(text):
    """Return a text without blanks: where lines are broken is the page's own matter."""
    return re.sub(r"[\s\u00a0\u00ad]+", "", text)


def test_every_word_of_the_page_is_on_paper(document, shop):
    """Whatever is folded on the screen is open."""
    on_paper = squeezed("".join(page.extract_text() for page in document.pages))
    # a heading of a table stands on each of its pages, so texts are looked for one by one
    page = re.sub(
        r"<title.*?</title>|<nav.*?</nav>|<svg.*?</svg>|<a class=\"skip\".*?</a>",
        "",
        html.render(shop, []),
        flags=re.DOTALL,
    )
    missing = [text for text in Page(page).texts if squeezed(text) and squeezed(text) not in on_paper]
    hidden = {"within the limit", "proven beyond the limit", "open", "measured, no limit is stated"}
    assert [text for text in missing if text.strip() not in hidden] == []


def test_title_language_and_bookmarks(document):
    assert document.metadata.title == "FAIL: fairness audit of Shop"
    assert document.trailer["/Root"]["/Lang"] == "en"
    assert document.trailer["/Root"]["/MarkInfo"]["/Marked"] is not None
    titles = [entry.title for entry in document.outline if not isinstance(entry, list)]
    assert {"Rules", "Data", "Groups", "Segments", "Method", "Glossary"} <= set(titles)


def test_it_holds_no_date_and_no_script(document, printed):
    assert document.metadata.creation_date is None
    assert b"/JavaScript" not in printed
    assert "/OpenAction" not in document.trailer["/Root"]


def outside(document):
    """Return the texts that begin outside the margins of their page."""
    found = []
    for number, page in enumerate(document.pages, 1):
        right = float(page.mediabox.width) - MARGIN

        def visit(text, page_, at, _font, _size, number=number, right=right):
            x = page_[0] * at[4] + page_[4]
            if text.strip() and not MARGIN <= x <= right:
                found.append((number, text.strip()[:30], round(x)))

        page.extract_text(visitor_text=visit)
    return found


@pytest.mark.parametrize("name", ["shop", "hostile", "many"])
def test_nothing_is_cut(name, request, document):
    """Long names and forty groups stay between the margins; a wide table turns its sheet."""
    from pypdf import PdfReader

    if name == "shop":
        pages = document
    else:
        names = [f"a rather long group name {i}" for i in range(40)]
        audit = audits.groups(names) if name == "many" else request.getfixturevalue("hostile")
        pages = PdfReader(io.BytesIO(pdf.render(audit)))
        assert any(page.mediabox.width > page.mediabox.height for page in pages.pages)
    assert outside(pages) == []


def test_the_figures_have_their_colours(printed):
    import zlib

    streams = re.findall(rb"stream\r?\n(.*?)endstream", printed, re.DOTALL)
    drawn = b"".join(zlib.decompress(one) for one in streams if one[:1] == b"x")
    # vermillion, #d55e00, of what is proven beyond the limit
    assert b"0.835294 0.368627 0 " in drawn


def test_a_name_can_be_neither_a_style_nor_a_place_to_fetch(monkeypatch):
    """Nothing is opened, whatever the names ask for."""

    def refused(*_arguments, **_more):
        raise AssertionError("the network is asked")

    monkeypatch.setattr(socket, "socket", refused)
    names = [
        '"><img src="http://evil.example/x.png">',
        "</style><link rel=stylesheet href=file:///etc/passwd>",
        "var(--plot-ink)",
    ]
    assert pdf.render(audits.groups(names)).startswith(b"%PDF")
    assert "var(--plot-ink)" in pdf._for_paper(html.render(audits.groups(names)))


def test_an_address_is_never_fetched():
    with pytest.raises(ValueError, match="file:"):
        pdf._nothing("file:///etc/passwd")


def test_equal_audits_give_equal_bytes_in_any_process(tmp_path):
    code = (
        "import sys, pathlib, audits; from fairaudit.report import FILES; "
        "pathlib.Path(sys.argv[1]).write_bytes(FILES['pdf'](audits.admissions()))"
    )
    for seed in ("1", "2"):
        subprocess.run(  # noqa: S603
            [sys.executable, "-c", code, str(tmp_path / seed)],
            check=True,
            cwd=Path(__file__).parents[1],  # where the audits are made
            env=os.environ | {"PYTHONHASHSEED": seed, "LC_ALL": "C"},
        )
    assert (tmp_path / "1").read_bytes() == (tmp_path / "2").read_bytes()


def test_without_the_extra_it_says_what_to_install(monkeypatch, admissions):
    monkeypatch.setattr(pdf, "find_spec", lambda _name: None)
    with pytest.raises(UsageError, match=r"pip install 'fairaudit-toolkit\[pdf\]'"):
        pdf.render(admissions)


def test_without_pango_it_says_what_to_install(monkeypatch, admissions):
    class Broken:
        def find_spec(self, name, *_):
            if name == "weasyprint":
                raise OSError("cannot load library 'libpango-1.0-0'")

    for name in [name for name in sys.modules if name.partition(".")[0] == "weasyprint"]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setattr(pdf, "require", lambda: None)
    monkeypatch.setattr(sys, "meta_path", [Broken(), *sys.meta_path])
    with pytest.raises(UsageError, match="libpango"):
        pdf.render(admissions)
