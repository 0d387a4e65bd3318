"""A Chromium that looks at pages: Debian's, driven by look.js."""

import json
import shutil
import subprocess
from pathlib import Path

HERE = Path(__file__).parent
CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
NODE = shutil.which("node")


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
    """One Chromium, which looks at page after page.

    Parameters
    ----------
    folder : Path
        Where the pages are put for it.
    """

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
