"""The language of a report: English is the messages themselves, every other language a gettext catalogue of them."""

from __future__ import annotations

import gettext
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

LANGUAGES = ("en", "de")
"""The codes of the languages that reports are written in; the first is the default."""

_CATALOGUES = Path(__file__).parent / "locale"
_SEPARATORS = {"en": str.maketrans("", ""), "de": str.maketrans(",.", ".,")}
"""How a language writes thousands and decimals, from the English form."""

# a context, not a parameter: a sentence is made many calls below the format that asks for it
_language: ContextVar[str] = ContextVar("language", default=LANGUAGES[0])


@contextmanager
def speaking(code: str) -> Iterator[None]:
    """Write everything inside the block in one language.

    Parameters
    ----------
    code : str
        One of `LANGUAGES`.
    """
    token = _language.set(code)
    try:
        yield
    finally:
        _language.reset(token)


def current() -> str:
    """Return the code of the language that is spoken, for a page's `lang`."""
    return _language.get()


def say(message: str, /, **values: object) -> str:
    """Return a message in the language that is spoken, with its values filled in.

    Parameters
    ----------
    message : str
        In English, with names in braces: "Hold the deploy of {name}." It is the catalogue's key, so it is written out
        where it is said and never put together.
    **values : object
        What stands for the names; texts and finished numbers.
    """
    return _catalogue(current()).gettext(message).format(**values)


def say_n(one: str, many: str, n: int, /, **values: object) -> str:
    """Return the form of a message that fits a number, which is filled in for {n}: "1 customer", "1,204 customers"."""
    return _catalogue(current()).ngettext(one, many, n).format(n=written(f"{n:,}"), **values)


def message(text: str, /) -> str:
    """Return a text as it is: this marks one that stands in a table, and is said from there, for the catalogue."""
    return text


def message_n(one: str, many: str, /) -> tuple[str, str]:
    """Return two forms as they are; the same for `say_n`."""
    return one, many


def term(text: str) -> str:
    """Return a word of the field, or a text without values, in the language that is spoken; an unknown one as it is."""
    return _catalogue(current()).gettext(text) if text else text


def written(number: str) -> str:
    """Return a number that is written the English way ("1,204.5") the way of the language that is spoken."""
    return number.translate(_SEPARATORS[current()])


@cache
def _catalogue(code: str) -> gettext.NullTranslations:
    if code == LANGUAGES[0]:
        return gettext.NullTranslations()
    return gettext.translation("fairaudit", _CATALOGUES, [code])
