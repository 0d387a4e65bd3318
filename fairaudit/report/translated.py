"""The record's own sentences in the language of a report: found by the template that each was made from."""

from __future__ import annotations

import re
from functools import cache
from string import Formatter
from typing import TYPE_CHECKING

from fairaudit import reasons
from fairaudit.report.language import LANGUAGES, current, say, say_n, term, written

if TYPE_CHECKING:
    from collections.abc import Iterator

    from fairaudit.reasons import Reason

_NUMBER = r"[-+]?(?:\d[\d,]*(?:\.\d+)?(?:e[-+]\d+)?|inf|nan)"
_RATE = re.compile(r"(?<= )(\d+\.\d) %(?=;|$)")


def in_language(text: str) -> str:
    """Return a sentence of the record in the language that is spoken; one that no template makes stays as it is."""
    if current() == LANGUAGES[0]:
        return text
    return _said(text) or text


def _said(text: str) -> str | None:
    for reason, pattern in _patterns():
        found = pattern.fullmatch(text)
        values = None if found is None else _values(found.groupdict(), reason)
        if found is None or values is None:
            continue
        if isinstance(reason, reasons.Counted):
            n = int(found["n"].replace(",", ""))
            return say_n(reason.text, reason.many, n, **{name: v for name, v in values.items() if name != "n"})
        return say(reason.text, **values)
    return None


def _values(found: dict[str, str], reason: Reason) -> dict[str, str] | None:
    """Return the values of a template in the language; None where one shows that another template made the text."""
    values = {}
    for name, value in found.items():
        said = written(value) if name in reason.formats else _value(name, value)
        if said is None:
            return None
        values[name] = said
    return values


def _value(name: str, value: str) -> str | None:
    """Return a text among the values; what the reader named stays as it is."""
    if name == "reason":
        return _said(value)
    if name in ("estimand", "status"):
        known = term(value)
        return None if name == "estimand" and known == value and ": " in value else known
    if name == "rules":
        return value.replace('" and "', '" ' + say("and") + ' "')
    if name == "flags":
        return value.replace(" or --", " " + say("or") + " --")
    return _RATE.sub(lambda match: f"{written(match[1])} %", value) if name == "rates" else value


@cache
def _patterns() -> tuple[tuple[Reason, re.Pattern[str]], ...]:
    """Return every template with what its sentences look like; those that say most by themselves come first."""
    known = [value for value in vars(reasons).values() if isinstance(value, reasons.Reason)]
    texts = [(one, text) for one in known for text in _texts(one)]
    texts.sort(key=lambda pair: -sum(len(literal) for literal, *_ in Formatter().parse(pair[1])))
    return tuple((one, _pattern(text, one)) for one, text in texts)


def _texts(reason: Reason) -> Iterator[str]:
    yield reason.text
    if isinstance(reason, reasons.Counted):
        yield reason.many


def _pattern(text: str, reason: Reason) -> re.Pattern[str]:
    parts = []
    for literal, name, *_ in Formatter().parse(text):
        parts.append(re.escape(literal))
        if name is not None:
            parts.append(f"(?P<{name}>{_NUMBER if name in reason.formats else '.+?'})")
    return re.compile("".join(parts), re.DOTALL)
