"""Reports: each format is one function from an audit to a text, and the folder that holds them all."""

from __future__ import annotations

import re
from importlib import import_module
from typing import TYPE_CHECKING

from fairaudit.writing import replace

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from fairaudit.findings import Audit

_OURS = re.compile(r"(rates|segments|scores|calibration|threshold)-\d+\.(svg|png)")


def _format(module: str) -> Callable[[Audit], str]:
    def render(audit: Audit) -> str:
        text: str = import_module(f"fairaudit.report.{module}").render(audit)
        return text

    return render


FORMATS: Mapping[str, Callable[[Audit], str]] = {
    "text": _format("text"),
    "json": _format("json"),
    "markdown": _format("markdown"),
    "html": _format("html"),
    "junit": _format("junit"),
    "sarif": _format("sarif"),
    "github": _format("github"),
    "csv": _format("csv"),
    "model-card": _format("model_card"),
}
"""Each format's function; what it needs is imported when it is called."""


def _pdf(audit: Audit) -> bytes:
    from fairaudit.report import pdf

    return pdf.render(audit)


FILES: Mapping[str, Callable[[Audit], bytes]] = {"pdf": _pdf}
"""The formats that are no text, each with its function."""


def write(audit: Audit, folder: Path, *, png: bool = False, record: bytes | None = None) -> list[Path]:
    """Write the record, the page, the summary and the figures into a folder.

    Everything is rendered before anything is written, and each file is replaced whole; the record comes last, so where
    it is new the others are.

    Parameters
    ----------
    audit : Audit
        What was found.
    folder : Path
        Made if need be; figures of an earlier run that are no longer drawn are removed.
    png : bool
        Whether the figures are also written as PNG.
    record : bytes, optional
        The record that the audit was read from, which is then written as it is, with the same checksum.

    Returns
    -------
    list of Path
        The files, the record last.
    """
    from fairaudit.report import figures, html

    drawn = figures.draw(audit)
    files = {f"plots/{plot.name}.svg": plot.svg.encode() for plot in drawn}
    if png:
        files |= {f"plots/{plot.name}.png": plot.png for plot in drawn}
    files["report.html"] = html.render(audit, drawn).encode(errors="backslashreplace")
    files["summary.md"] = FORMATS["markdown"](audit).encode(errors="backslashreplace")
    files["audit.json"] = FORMATS["json"](audit).encode(errors="backslashreplace") if record is None else record

    (folder / "plots").mkdir(parents=True, exist_ok=True)
    for old in (folder / "plots").iterdir():
        if _OURS.fullmatch(old.name) and f"plots/{old.name}" not in files:
            old.unlink()
    for name, content in files.items():
        replace(folder / name, content)
    return [folder / name for name in files]
