"""Writes the README's pictures of the sample's report: python tests/browser/screenshots.py."""

import io
import sys
import tempfile
from pathlib import Path

from chromium import Browser, missing
from PIL import Image

ROOT = Path(__file__).parents[2]
PICTURES = {
    "report.png": {"width": 1180, "height": 1150},
    "report-dark.png": {"width": 1180, "height": 900, "scheme": "dark", "at": "#segments"},
    "report-phone.png": {"width": 360, "height": 740},
}
"""The page's top, the map of the segments in dark, and a telephone's first screen."""


def main():
    """Look at the page in reports/ and write the pictures to docs/, in few colours."""
    if missing():
        sys.exit(missing())
    page = (ROOT / "reports" / "report.html").read_text(encoding="utf-8")
    with tempfile.TemporaryDirectory() as folder:
        browser = Browser(Path(folder))
        shots = [{"path": str(Path(folder, name)), **how} for name, how in PICTURES.items()]
        browser.look("report", page, shots=shots)
        browser.close()
        for name in PICTURES:
            packed = io.BytesIO()
            Image.open(Path(folder, name)).convert("RGB").quantize(256, Image.Quantize.MAXCOVERAGE).save(
                packed, "PNG", optimize=True
            )
            (ROOT / "docs" / name).write_bytes(packed.getvalue())


if __name__ == "__main__":
    main()
