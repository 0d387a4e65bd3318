"""The report in a browser: for everyone, from a telephone to a wide screen and on paper, with nothing from outside."""

import re
import shutil
import subprocess
import unicodedata
from html.parser import HTMLParser

import pytest
from shown import PAGES

pytestmark = pytest.mark.browser

# what a printer or a screen reader is given has its blanks and its breaks elsewhere
BLANK = re.compile(r"[\s\u200b-\u200f\u202a-\u202e\u2066-\u2069\ufeff\u00ad]+")


def squeezed(text):
    """Return a text without blanks, and without the signs that only direct or join."""
    return BLANK.sub("", unicodedata.normalize("NFKC", text)).replace("-", "")


class Parts(HTMLParser):
    """The headings and the table cells of a page, without what is only for screen readers."""

    def __init__(self, page):
        super().__init__()
        self.parts, self._open, self._hidden = [], None, 0
        self.feed(page)

    def handle_starttag(self, tag, attrs):
        if self._hidden or dict(attrs).get("class") == "hidden" or tag in ("svg", "style"):
            self._hidden += tag in ("span", "svg", "style")
        elif tag in ("h2", "h3", "td", "th", "caption", "summary", "dt"):
            self._open = ""

    def handle_endtag(self, tag):
        if self._hidden:
            self._hidden -= tag in ("span", "svg", "style")
        elif tag in ("h2", "h3", "td", "th", "caption", "summary", "dt") and self._open is not None:
            self.parts.append(squeezed(self._open))
            self._open = None

    def handle_data(self, data):
        if self._open is not None and not self._hidden:
            self._open += data


@pytest.fixture(params=PAGES)
def page(request, seen):
    return seen(request.param)


def test_axe_finds_nothing_in_light_in_dark_and_in_forced_colours(page):
    assert page["violations"] == {"light": [], "dark": [], "forced": []}


def test_nothing_is_asked_of_anybody_and_the_policy_refuses_nothing(page):
    """A refused style would be a page that looks wrong; a request would be one that tells on its reader."""
    assert page["requests"] == []
    assert page["complaints"] == []


def test_nothing_scrolls_sideways(page):
    for width, (needed, given) in page["sideways"].items():
        assert needed <= given == int(width)
    needed, given = page["spaced"]
    assert needed <= given, "with the text spacing of WCAG 1.4.12"


def test_the_page_is_complete_without_script(page):
    assert len(page["text"]) > 1000
    assert page["without_script"] == page["text"]


def test_a_mark_never_speaks_by_its_colour_alone(page):
    assert page["marks"]
    assert all(page["marks"])


def test_the_keyboard_reaches_every_link_and_shows_where_it_is(page):
    stops = page["stops"]
    assert stops[0]["href"] == "#main"
    assert stops[1]["href"] == "#rules"
    assert all(stop["outlined"] and stop["visible"] for stop in stops)


def test_nothing_is_cut_on_paper(page):
    assert page["cut_in_print"] == []


# pdftotext cuts and turns the names of these: what a printer draws is not what it extracts
@pytest.mark.parametrize("name", [name for name in PAGES if name not in ("scripts", "hostile")])
def test_the_printed_page_holds_every_section_and_every_row(seen, name):
    if shutil.which("pdftotext") is None:
        pytest.skip("pdftotext is not installed (Debian: apt-get install poppler-utils)")
    page = seen(name)
    command = ["pdftotext", "-raw", "-nopgbrk", str(page["pdf"]), "-"]
    printed = squeezed(subprocess.run(command, capture_output=True, text=True, check=True).stdout)  # noqa: S603
    assert [part for part in Parts(page["page"]).parts if part not in printed] == []
