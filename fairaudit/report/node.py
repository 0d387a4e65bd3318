"""A place in a JSON document: what stands there, and the key path that leads to it, for messages that name both."""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

from fairaudit.errors import DataError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    T = TypeVar("T")

MOST = 2**63 - 1
"""The largest whole number; nobody has more customers."""
_KINDS = {dict: "an object", list: "a list", str: "a text", bool: "true or false", int: "a number", float: "a number"}


def parse(content: bytes) -> Any:  # noqa: ANN401  whatever JSON holds
    """Return what a JSON text holds, read strictly.

    Raises
    ------
    DataError
        It is no JSON; a key stands twice in one object; a number is NaN, infinite or beyond 64 bits.
    """
    try:
        return json.loads(
            content, object_pairs_hook=_object, parse_int=_whole, parse_float=_fraction, parse_constant=_constant
        )
    except json.JSONDecodeError as error:
        # its own message may quote the text, so only the place is taken from it
        raise DataError(f"This is no JSON, as a record is: it goes wrong in line {error.lineno:,}.") from None
    except UnicodeDecodeError:
        raise DataError("This is no JSON, as a record is: it is not UTF-8 text.") from None
    except RecursionError:
        raise DataError("This is no record: its lists lie in each other without end.") from None


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        keys = [key for key, _ in pairs]
        twice = next(key for key in found if keys.count(key) > 1)
        raise DataError(f'The key "{_shown(twice)}" stands twice in one object, so that nobody can tell which counts.')
    return found


def _whole(text: str) -> int:
    # Python reads no number of 5,000 digits, and takes long over one of 4,000
    if len(text) > 20 or abs(int(text)) > MOST:
        raise DataError("A number is beyond 64 bits.")
    return int(text)


def _fraction(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise DataError("A number is too large to be one.")
    return number


def _constant(text: str) -> float:
    raise DataError(f"JSON has no {text.lstrip('-')}: an undefined value is null, an infinite one a text.")


def _shown(key: str) -> str:
    return key if len(key) <= 40 else f"{key[:37]}..."


@dataclass(frozen=True, slots=True)
class Node:
    """A value of the document and its path ("findings[3].interval"); the path of the whole is empty."""

    value: Any
    path: str = ""

    def error(self, message: str) -> DataError:
        """Return an error that names the place."""
        return DataError(f"{self.path}: {message}" if self.path else f"{message[:1].upper()}{message[1:]}")

    def _expected(self, what: str) -> DataError:
        found = "null" if self.value is None else _KINDS.get(type(self.value), "something else")
        return self.error(f"{what} is expected and {found} is there.")

    def _below(self, key: str) -> str:
        return f"{self.path}.{_shown(key)}" if self.path else _shown(key)

    def __getitem__(self, key: str) -> Node:
        found = self.get(key)
        if found is None:
            raise self.error(f'the key "{key}" is missing.')
        return found

    def get(self, key: str) -> Node | None:
        """Return what stands under a key of an object, None where the key is not there."""
        table = self.table()
        return Node(table[key], self._below(key)) if key in table else None

    def table(self) -> dict[str, Any]:
        """Return an object as it is."""
        if not isinstance(self.value, dict):
            raise self._expected("an object")
        return self.value

    def mapping(self, part: Callable[[Node], T]) -> dict[str, T]:
        """Return an object with each value read."""
        return {key: part(Node(value, self._below(key))) for key, value in self.table().items()}

    def each(self, part: Callable[[Node], T]) -> tuple[T, ...]:
        """Return a list with each element read."""
        if not isinstance(self.value, list):
            raise self._expected("a list")
        return tuple(part(Node(value, f"{self.path}[{i}]")) for i, value in enumerate(self.value))

    def maybe(self, part: Callable[[Node], T]) -> T | None:
        """Return what is read there, None for null."""
        return None if self.value is None else part(self)

    def text(self) -> str:
        """Return a text."""
        if not isinstance(self.value, str):
            raise self._expected("a text")
        return self.value

    def flag(self) -> bool:
        """Return true or false."""
        if not isinstance(self.value, bool):
            raise self._expected("true or false")
        return self.value

    def whole(self) -> int:
        """Return a whole number."""
        if type(self.value) is not int:
            raise self._expected("a whole number")
        return self.value

    def count(self) -> int:
        """Return a number of rows or customers."""
        if self.whole() < 0:
            raise self.error("a number of 0 or more is expected.")
        return self.whole()

    def number(self) -> float:
        """Return a finite number."""
        if type(self.value) not in (int, float):
            raise self._expected("a number")
        return float(self.value)

    def real(self) -> float:
        """Return a number, or an infinite one from its text."""
        infinite = {"inf": math.inf, "-inf": -math.inf}
        if isinstance(self.value, str) and self.value in infinite:
            return infinite[self.value]
        return self.number()

    def word(self, words: Sequence[str]) -> str:
        """Return one of some words."""
        if self.value not in words or not isinstance(self.value, str):
            raise self.error(f"one of {', '.join(words)} is expected.")
        return self.value
