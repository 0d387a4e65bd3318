"""One Chromium for all pages of a process; without it, or without its driver, these tests are skipped."""

import pytest
from chromium import Browser, missing
from shown import PAGES

from fairaudit.report import html


@pytest.fixture(scope="session")
def browser(tmp_path_factory):
    reason = missing()
    if reason:
        pytest.skip(reason)
    browser = Browser(tmp_path_factory.mktemp("browser"))
    yield browser
    browser.close()


@pytest.fixture(scope="session")
def seen(browser):
    """Return a function from a page's name to what the browser saw of it, which is looked at once."""
    known = {}

    def look(name):
        if name not in known:
            page = html.render(PAGES[name]())
            pdf = browser.folder / f"{name}.pdf"
            known[name] = browser.look(name, page, pdf=str(pdf)) | {"page": page, "pdf": pdf}
        return known[name]

    return look
