"""Markdown tables, and their places between markers in the pages of docs/."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Return a Markdown table."""
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines) + "\n"


def write(page: Path, name: str, text: str) -> None:
    """Put a text between the page's markers of that name."""
    old = page.read_text(encoding="utf-8")
    pattern = re.compile(rf"(<!-- table: {name} -->\n).*?(<!-- end -->)", re.DOTALL)
    if not pattern.search(old):
        raise SystemExit(f"{page.name} has no place for {name}")
    page.write_text(pattern.sub(lambda match: match[1] + text + match[2], old), encoding="utf-8")
