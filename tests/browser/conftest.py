"""One Chromium for all pages of a process; without it, or without its driver, these tests are skipped."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from fairaudit.report import html

HERE = Path(__file__).parent
CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
NODE = shutil.which("node")

# pages.py stands beside this file, and a test may be collected from elsewhere
sys.path.insert(0, str(HERE))


def missing():
    """Return why no browser can look, None if one can."""
    if CHROMIUM is None:
        return "Chromium is not installed (Debian: apt-get install chromium)"
    if NODE is None:
        return "Node is not installed (Debian: apt-get install nodejs npm)"
    if not (HERE / "node_modules" / "playwright-core").is_dir():
        return "the browser's driver is not installed (npm ci --prefix tests/browser)"
    return None


class Browser:
    """A Chromium that looks at pages."""

    def __init__(self, folder):
        self.folder = folder
        self._script = subprocess.Popen(  # noqa: S603  our own script
            [NODE, str(HERE / "look.js"), CHROMIUM],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, encoding="utf-8",
        )  # fmt: skip

    def look(self, name, page, **order):
        """Return what is seen of a page, and the page's file."""
        path = self.folder / f"{name}.html"
        path.write_bytes(page.encode(errors="backslashreplace"))
        self._script.stdin.write(json.dumps({"page": str(path), **order}) + "\n")
        self._script.stdin.flush()
        line = self._script.stdout.readline()
        assert line, "the browser's script has ended"
        seen = json.loads(line)
        assert "error" not in seen, seen["error"]
        return seen

    def close(self):
        self._script.stdin.close()
        self._script.wait(timeout=30)
        self._script.stdout.close()


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
    from pages import PAGES

    known = {}

    def look(name):
        if name not in known:
            page = html.render(PAGES[name]())
            pdf = browser.folder / f"{name}.pdf"
            known[name] = browser.look(name, page, pdf=str(pdf)) | {"page": page, "pdf": pdf}
        return known[name]

    return look
