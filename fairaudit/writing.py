"""Writing a file whole or not at all, so that a reader sees the old one or the new one."""

from __future__ import annotations

import os
import secrets
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path


def write_file(text: str | bytes, path: Path) -> None:
    """Write a text or an image to a file that someone named: whole or not at all, or into a device or pipe as it is."""
    content = text.encode(errors="backslashreplace") if isinstance(text, str) else text
    if _is_stream(path):
        path.write_bytes(content)
    else:
        path.parent.mkdir(parents=True, exist_ok=True)
        replace(path, content)


def _is_stream(path: Path) -> bool:
    """Return whether a path is a device or a pipe, or a name like /dev/stdout for what may be a file."""
    if path.absolute().parts[1:2] in (("dev",), ("proc",)):
        return True
    return path.exists() and not path.is_file() and not path.is_dir()


def replace(path: Path, content: bytes) -> None:
    """Put a file in its place by one step, so that a reader sees the old one or the new one."""
    temporary = path.with_name(f".{path.name}.{secrets.token_hex(4)}.tmp")
    try:
        with temporary.open("xb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)
