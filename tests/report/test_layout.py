"""The page in a browser, at the widths of a telephone, a small window and a desk: nothing is cut."""

import html as markup
import json
import re
import shutil
import subprocess

import audits
import pytest

from fairaudit.report import html

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
WIDTHS = (320, 1000, 1400)
MEASURE = """
const sizes = {};
for (const frame of document.querySelectorAll("iframe")) {
  const page = frame.contentDocument, tables = {};
  for (const caption of page.querySelectorAll("caption")) {
    const box = caption.closest(".scroll"), ids = [...box.querySelectorAll(".id")];
    tables[caption.id] = {
      cut: box.scrollWidth - box.clientWidth,
      rule: ids.length ? Math.max(...ids.map(id => id.getBoundingClientRect().right)) : null,
      box: box.getBoundingClientRect().right};
  }
  sizes[frame.width] = {page: page.documentElement.scrollWidth, tables};
}
document.body.textContent = JSON.stringify(sizes);
"""

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="no Chromium to look at the page with")


def sizes_of(page, folder):
    """Return what a browser measures: per width the page's own, and per table what sticks out of its box."""
    # a frame for each width; the page's own policy forbids nothing to the page around it
    frames = "".join(
        f'<iframe width="{width}" height="900" srcdoc="{markup.escape(page)}"></iframe>' for width in WIDTHS
    )
    file = folder / "page.html"
    file.write_text(f"<!doctype html><meta charset=utf-8>{frames}<script>onload=()=>{{{MEASURE}}}</script>", "utf-8")
    run = subprocess.run(  # noqa: S603  the browser, with a file of this test
        [CHROMIUM, "--headless", "--no-sandbox", "--disable-gpu", "--dump-dom", file.as_uri()],
        capture_output=True, text=True, check=True, timeout=60,
    )  # fmt: skip
    return json.loads(markup.unescape(re.search(r"<body>(.*)</body>", run.stdout, re.DOTALL)[1]))


@pytest.fixture(scope="module")
def sizes(tmp_path_factory):
    """The measures of a page with two failed rules of the usual names."""
    audit = audits.unfair([{"metric": "disparate_impact"}, {"metric": "equal_opportunity"}])
    return sizes_of(html.render(audit), tmp_path_factory.mktemp("page"))


@pytest.mark.parametrize("width", WIDTHS)
def test_the_page_itself_never_scrolls_sideways(sizes, width):
    assert sizes[str(width)]["page"] <= width


@pytest.mark.parametrize("width", [1000, 1400])
@pytest.mark.parametrize("table", ["rules-caption", "failures-caption"])
def test_the_tables_of_rules_are_whole_in_a_window(sizes, width, table):
    assert sizes[str(width)]["tables"][table]["cut"] <= 0


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("table", ["rules-caption", "failures-caption"])
def test_the_rule_is_in_sight_at_every_width(sizes, width, table):
    measured = sizes[str(width)]["tables"][table]
    assert measured["rule"] <= measured["box"]
