"""The entry point: runs the command line, turns every ending into an exit code, needs only the standard library."""

from __future__ import annotations

import contextlib
import os
import signal
import sys
import threading
import traceback
from typing import TYPE_CHECKING, Any

from fairaudit.cli import terminal
from fairaudit.errors import FairauditError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from types import FrameType

INTERNAL, PIPE_CLOSED, SIGNALLED = 70, 141, 128


class _Stopped(KeyboardInterrupt):
    """A signal to stop.

    Where its own KeyboardInterrupt leaves exec() of a text, Python ends the process by SIGINT, whatever is returned.
    """


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line and return the exit code.

    0 pass, 1 fail, 2 usage or policy error, 3 data error, 4 inconclusive, 70 internal error, 130 interrupted, 141 the
    reader of the output has gone, 143 asked to end. Python's own code for an uncaught exception is 1, which a gate
    would read as an unfair model, so nothing is left uncaught.

    Parameters
    ----------
    arguments : sequence of str, optional
        What stands after the program's name; None for the process's own.
    """
    given = sys.argv[1:] if arguments is None else list(arguments)
    debug = "--debug" in given or os.environ.get("FAIRAUDIT_DEBUG", "").lower() not in ("", "0", "false", "no", "off")
    interruptions: list[int] = []
    try:
        # Click may be missing or broken: that too is an internal error and not a failed audit
        from fairaudit.cli.commands import run

        with _collected(interruptions):
            code = run(given)
        if sys.stdout is not None:
            sys.stdout.flush()
    except KeyboardInterrupt:
        return SIGNALLED + (interruptions or [signal.SIGINT])[0]
    except BrokenPipeError:
        terminal.drop(sys.stdout)
        return PIPE_CLOSED
    except Exception as error:  # noqa: BLE001  whatever it is, it must not exit 1
        return SIGNALLED + interruptions[0] if interruptions else _failed(error, debug=debug)
    return code


def _failed(error: Exception, *, debug: bool) -> int:
    """Tell of an error, with its traceback on request, and return its exit code."""
    if isinstance(error, FairauditError):
        code, message = error.exit_code, str(error)
    else:
        terminal.drop(sys.stdout)
        # the message of a foreign exception may quote a customer's row, so only its kind is shown; an operating
        # system's own words hold none
        kind = (isinstance(error, OSError) and error.strerror) or type(error).__name__
        hint = "" if debug else " Run it again with --debug to see where."
        code, message = INTERNAL, f"internal error ({kind}); this says nothing about your model.{hint}"
    trace = "".join(traceback.format_exception(error)) if debug else ""
    terminal.say(f"{trace}{terminal.wrapped(f'fairaudit: {message}')}")
    return code


@contextlib.contextmanager
def _collected(interruptions: list[int]) -> Iterator[None]:
    """Write down each signal to stop, and let the stack unwind, so that no temporary folder is left behind.

    An engine that is interrupted may raise an error of its own instead.
    """

    def interrupt(number: int, frame: FrameType | None) -> None:  # noqa: ARG001  its form is Python's
        interruptions.append(number)
        raise _Stopped

    usual: dict[signal.Signals, Any] = {signal.SIGINT: signal.default_int_handler, signal.SIGTERM: signal.SIG_DFL}
    main_thread = threading.current_thread() is threading.main_thread()
    ours = [number for number, handler in usual.items() if main_thread and signal.getsignal(number) is handler]
    for number in ours:
        signal.signal(number, interrupt)
    try:
        yield
    finally:
        for number in ours:
            signal.signal(number, usual[number])


if __name__ == "__main__":
    sys.exit(main())
