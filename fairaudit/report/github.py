"""Annotations of GitHub Actions: a workflow command for each rule that is not met, at its line in the policy file."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fairaudit.report import gate, names, phrases
from fairaudit.report.gate import Effect
from fairaudit.report.language import say, say_n
from fairaudit.report.words import Words

if TYPE_CHECKING:
    from fairaudit.findings import Audit
    from fairaudit.policy import Place

_MOST = 10
"""Annotations of each kind that GitHub shows for one step."""
_COMMAND = {Effect.FAILS: "error", Effect.BLOCKS: "error", Effect.WARNS: "warning"}


def render(audit: Audit) -> str:
    """Return a command a line: errors where the exit code is not 0, else warnings, and the verdict as a notice."""
    words = Words(audit)
    found: dict[str, list[str]] = {"error": [], "warning": []}
    for rule in audit.rules:
        kind = _COMMAND.get(gate.effect(rule, audit))
        if kind is not None:
            place = audit.policy.places.get(rule.id)
            found[kind].append(_command(kind, gate.title(rule, words), "\n".join(gate.why(rule, words)), place))
    kind = _COMMAND[gate.of_open(audit)]
    found[kind] += [_command(kind, say("Fairness audit"), said) for said in gate.as_a_whole(audit, words)]
    lines = [line for kind, commands in found.items() for line in _some(kind, commands)]
    verdict = say("Fairness audit") + " " + phrases.verdict(audit.verdict.value).upper()
    name = f": {words.show(audit.policy.name)}" if audit.policy.name else ""
    return "\n".join([*lines, _command("notice", verdict + name, "\n".join(words.manager()))]) + "\n"


def _some(kind: str, commands: list[str]) -> list[str]:
    """Return what GitHub shows of the commands of a kind; the last one says how many more there are."""
    if len(commands) <= _MOST:
        return commands
    left = len(commands) - _MOST + 1
    more = say_n("{n} more rule like these in audit.json.", "{n} more rules like these in audit.json.", left)
    return [*commands[: _MOST - 1], _command(kind, say("Fairness audit"), more)]


def _command(kind: str, title: str, message: str, place: Place | None = None) -> str:
    at = {} if place is None else {"file": place.file, "line": str(place.line or 1)}
    properties = ",".join(f"{key}={_property(text)}" for key, text in {**at, "title": title}.items())
    return f"::{kind} {properties}::{_message(message)}"


def _message(text: str) -> str:
    """Return a text on one line; only our own line ends are left to be encoded."""
    lines = (names.harmless(line).replace("%", "%25") for line in text.split("\n"))
    return "%0A".join(lines)


def _property(text: str) -> str:
    return _message(text).replace(":", "%3A").replace(",", "%2C")
