"""demo: a sample shop in a folder, its audit, and what the audit found."""

from __future__ import annotations

import shlex
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING

import click

from fairaudit.cli import terminal
from fairaudit.cli.layout import Sectioned, debug_option
from fairaudit.cli.progress import progress
from fairaudit.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from importlib.resources.abc import Traversable

    from fairaudit.findings import Audit

FILES = ("predictions.csv", "customers.csv", "fairaudit.toml")

_BUILT_IN = (
    "Women who are new customers get far fewer offers than new men, though they would redeem them as often. Over all "
    "customers the gap is small: only the segment shows it. Rule offer-rate.",
    "Customers of 65 and over get as many offers as the others, but the wrong ones of them: of those who would redeem, "
    "fewer are reached. Rule redeemers-reached.",
    "Ethnicity makes no difference, and no rule fails for it.",
    "A few customers are non-binary: too few to judge, so they are listed and not dropped.",
)
"""As sample_data/README.md explains and its tests recount."""
_NEXT = (
    ("reports/report.html", "the report, with pictures"),
    ("fairaudit.toml", "the rules: change one and check again"),
    ("fairaudit explain equal_opportunity", "what a metric means"),
    ("fairaudit init YOUR.csv", "the same for your own files"),
)


@click.command(cls=Sectioned)
@click.argument("folder", metavar="[DIR]", default="fairaudit-demo", type=click.Path(path_type=Path))
@debug_option
def command(folder: Path) -> int:
    """Audit a sample shop, to see what fairaudit does.

    It writes two CSV files of an invented shop and its policy into DIR
    (default: fairaudit-demo), audits them, writes the report and explains
    what was found. The shop's model is unfair on purpose, so the verdict is
    FAIL; the demo itself exits with 0. Nothing that exists is overwritten.

    For example:
      fairaudit demo
      fairaudit demo my-first-audit
    """
    from fairaudit import api
    from fairaudit.report import FORMATS, write

    _copy(folder)
    with progress("Auditing the sample shop", wanted=True):
        audit = api.audit(*(folder / name for name in FILES))
        try:
            write(audit, folder / "reports")
        except OSError as error:
            raise UsageError(f"{folder / 'reports'} cannot be written: {error.strerror}.") from None
    told = "\n".join(_told(folder, audit))
    terminal.result(f"{FORMATS['text'](audit)}\n{told}")
    return 0


def _sample() -> Traversable:
    """Return the folder with the sample's files: in the package, or in the checkout it runs from."""
    packed = resources.files("fairaudit") / "sample"
    return packed if packed.is_dir() else Path(__file__).resolve().parents[2] / "sample_data"


def _copy(folder: Path) -> None:
    """Write the sample's files into a folder that is new or empty.

    Raises
    ------
    UsageError
        Something is there already, or the folder cannot be written.
    """
    try:
        if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
            raise UsageError(f"{folder} exists and is not an empty folder. Name another: fairaudit demo DIR")
        contents = {name: (_sample() / name).read_bytes() for name in FILES}
        folder.mkdir(parents=True, exist_ok=True)
        for name, content in contents.items():
            with (folder / name).open("xb") as file:
                file.write(content)
    except OSError as error:
        raise UsageError(f"{folder} cannot be written: {error.strerror}.") from None


def _told(folder: Path, audit: Audit) -> Iterator[str]:
    """Yield what the demo did, how to read it and what to do next."""
    yield "-" * terminal.WIDTH
    yield terminal.paragraph(
        "That was the audit of an invented shop that decides with a model who gets an offer. "
        f"{audit.verdict.value.upper()} is right: the model is unfair on purpose. `fairaudit check` would end with "
        f"exit code {audit.exit_code} and stop a deployment; this demo ends with 0."
    )
    yield "\nWhat was built into the data, and what the audit makes of it:"
    for number, text in enumerate(_BUILT_IN, 1):
        yield terminal.paragraph(text, f"  {number}. ", "     ")
    yield "\nThe same by hand:"
    yield f"  cd {shlex.quote(str(folder))}"
    yield "  fairaudit check predictions.csv customers.csv"
    yield "\nThen look at:"
    yield terminal.table(_NEXT, indent="  ")
