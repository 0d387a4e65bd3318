"""Progress on stderr: a line that appears once the work has taken a second, and goes when it is done."""

from __future__ import annotations

import contextlib
import sys
import threading
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

from fairaudit.cli.terminal import name

if TYPE_CHECKING:
    from collections.abc import Iterator

_PATIENCE = 1.0
"""Seconds of silence."""


@contextmanager
def progress(what: str, *, wanted: bool) -> Iterator[None]:
    """Show what is going on and for how long, if that is wanted and stderr is a terminal."""
    if not wanted or sys.stderr is None or not sys.stderr.isatty():
        yield
        return
    done = threading.Event()
    teller = threading.Thread(target=_tell, args=(name(what, 60), done), daemon=True)
    teller.start()
    try:
        yield
    finally:
        done.set()
        teller.join()


def _tell(what: str, done: threading.Event) -> None:
    start = time.monotonic()
    wait, shown = _PATIENCE, ""
    # a terminal that has gone is no reason to stop the audit
    with contextlib.suppress(OSError, ValueError):
        while not done.wait(wait):
            wait = 0.5
            shown = f"{what} ... {time.monotonic() - start:.0f} s"
            print(f"\r{shown}", end="", file=sys.stderr, flush=True)
        if shown:
            print(f"\r{' ' * len(shown)}\r", end="", file=sys.stderr, flush=True)
