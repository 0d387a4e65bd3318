"""The catalogue of a report's messages: read from the code with Babel, brought up to date, compiled.

``python tests/report/catalogue.py update`` brings the catalogue of every language up to date with the code: new
messages come without a translation, those that are no longer said go. ``python tests/report/catalogue.py compile``
writes the file that reports read.
"""

import ast
import datetime as dt
import io
import sys
import tomllib
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_file
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

import fairaudit
from fairaudit.report.language import LANGUAGES

PACKAGE = Path(fairaudit.__file__).parent
LOCALE = PACKAGE / "report" / "locale"
KEYWORDS = {
    "say": (1,), "say_n": (1, 2), "message": (1,), "message_n": (1, 2), "Reason": (1,), "Counted": (1, 2),
    **dict.fromkeys(("Rate", "Odds", "Mean", "Area", "ObservedOverExpected", "ShuffleDistance"), (1,)),
    **dict.fromkeys(("Uplift", "Lift", "InArm", "SameMix", "Standardized"), (1,)),
}  # fmt: skip
"""The functions and classes whose first argument, or first two for one and many, are messages."""
EXPLAINS = ("asks", "use", "avoid")
"""The texts of a metric that a report shows."""
JINJA = {"trim_blocks": "true", "lstrip_blocks": "true", "silent": "false"}


def metric_texts(file, _keywords, _tags, options):  # noqa: ARG001  Babel's signature
    """Yield what the rows of the table of metrics say about themselves."""
    for node in ast.walk(ast.parse(file.read())):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "Metric":
            for keyword in node.keywords:
                if keyword.arg in EXPLAINS and isinstance(keyword.value, ast.Constant):
                    yield keyword.value.lineno, "message", keyword.value.value, []


def preset_texts(file, _keywords, _tags, options):  # noqa: ARG001  Babel's signature
    """Yield the status of a preset, which a note repeats."""
    yield 1, "message", tomllib.load(file)["about"]["status"], []


def names_of_tests(file, _keywords, _tags, options):  # noqa: ARG001  Babel's signature
    """Yield the names of the tests of significance: the texts that the module gives names to."""
    for node in ast.parse(file.read()).body:
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Tuple):
            yield from (
                (node.lineno, "message", one.value, []) for one in node.value.elts if isinstance(one.value, str)
            )


def sources():
    """Yield every file with messages, the way to read it and the options of that."""
    for path in sorted(PACKAGE.rglob("*.py")):
        if "__pycache__" not in path.parts and not {"cli", "engines"} & set(path.relative_to(PACKAGE).parts):
            yield path, "python", {}
    for path in sorted((PACKAGE / "report" / "templates").glob("*.jinja")):
        yield path, "jinja2.ext:babel_extract", JINJA
    for path in sorted((PACKAGE / "metrics").glob("*.py")):
        yield path, metric_texts, {}
    yield PACKAGE / "significance.py", names_of_tests, {}
    for path in sorted((PACKAGE / "presets").glob("*.toml")):
        yield path, preset_texts, {}


def messages():
    """Return a catalogue of every message in the code, without translations."""
    found = Catalog(project="fairaudit", charset="utf-8")
    for path, method, options in sources():
        where = path.relative_to(PACKAGE.parent).as_posix()
        for _, text, comments, context in extract_from_file(method, path, KEYWORDS, options=options):
            found.add(text, locations=[(where, 0)], auto_comments=comments, context=context)
    return found


def path_of(language, suffix="po"):
    return LOCALE / language / "LC_MESSAGES" / f"fairaudit.{suffix}"


def read(language):
    """Return the catalogue of a language as it is stored."""
    with path_of(language).open("rb") as file:
        return read_po(file, locale=language)


def compiled(language):
    """Return the bytes of the file that reports read."""
    file, found = io.BytesIO(), read(language)
    # without a date in the texts Babel takes today's, and the file would change every day
    found.creation_date = found.revision_date = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
    write_mo(file, found)
    return file.getvalue()


def updated(language):
    """Return the catalogue of a language, brought up to date with the code, as text."""
    kept = read(language) if path_of(language).exists() else Catalog(locale=language)
    fresh = Catalog(locale=language, project="fairaudit", charset="utf-8", fuzzy=False)
    for message in messages():
        if message.id:
            old = kept.get(message.id, message.context)
            fresh.add(message.id, old.string if old else None, locations=message.locations, context=message.context)
    file = io.BytesIO()
    write_po(file, fresh, width=110, include_lineno=False)
    # a date would change the file whenever it is written
    lines = file.getvalue().decode().splitlines(keepends=True)
    return "".join(line for line in lines if "-Date:" not in line)


def missing(language):
    """Return the messages without a translation."""
    found = [message for message in read(language) if message.id]
    return [m.id for m in found if not (all(m.string) if isinstance(m.string, tuple) else m.string)]


def main(argument):
    for language in LANGUAGES[1:]:
        if argument == "update":
            path = path_of(language)
            text = updated(language)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8", newline="\n")
            sys.stdout.write(f"{path}: {len(missing(language))} messages without a translation\n")
        else:
            path_of(language, "mo").write_bytes(compiled(language))


if __name__ == "__main__":
    if sys.argv[1:] not in (["update"], ["compile"]):
        sys.exit("python tests/report/catalogue.py update | compile")
    main(sys.argv[1])
