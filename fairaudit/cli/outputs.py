"""Where a check's result goes: one form on stdout, the report's folder, and single files on request."""

from __future__ import annotations

import os
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from fairaudit.cli import terminal
from fairaudit.cli.layout import SectionOption, variable
from fairaudit.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from fairaudit.findings import Audit

    Function = Callable[..., Any]

KINDS = ("text", "json", "markdown", "html", "junit", "sarif", "github", "csv", "model-card")
"""The keys of `fairaudit.report.FORMATS`, which is not loaded for the help."""
FILE_KINDS = (*KINDS, "pdf")
"""The kinds that can be written to a file; those of `fairaudit.report.FILES` are no text for the standard output."""
LANGUAGES = ("en", "de")
"""Those of `fairaudit.report.language`."""
_JSON = ("json", "sarif")
"""The kinds that are JSON documents."""
STEP_SUMMARY = "GITHUB_STEP_SUMMARY"
"""The variable in which GitHub Actions names the file of a step's summary."""
DEFAULT_FOLDER = "reports"
_SECTION = "Where the result goes"


class _Output(click.ParamType[Any]):
    """KIND=PATH, or plots=png."""

    name = "output"

    def split_envvar_value(self, rv: str) -> Sequence[str]:
        """Return the files of an environment variable, parted by commas."""
        return [part.strip() for part in rv.split(",")]

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:  # noqa: ANN401
        """Return kind and path."""
        kind, _, path = value.partition("=")
        if kind == "plots":
            if path not in ("png", "svg"):
                self.fail("plots are svg or png: plots=png", param, ctx)
        elif kind not in FILE_KINDS or not path:
            self.fail(f'"{value}" is not KIND=PATH with a KIND of {", ".join(FILE_KINDS)}, nor plots=png', param, ctx)
        elif path == "-" and kind not in KINDS:
            self.fail(f"a {kind} goes to a file: {kind}=fairaudit.{kind}", param, ctx)
        elif path == "-":
            self.fail(f"what goes to the standard output is chosen by --format {kind}", param, ctx)
        return kind, path


@dataclass(frozen=True, slots=True)
class Outputs:
    """What a check writes."""

    form: str
    """What goes to stdout, one of `KINDS`."""
    folder: Path | None
    """None: no folder is written."""
    files: tuple[tuple[str, Path], ...]
    """Kind and path of the single files."""
    png: bool
    """Whether the folder's plots are also written as PNG."""
    language: str = LANGUAGES[0]
    """What is written is in this one of `LANGUAGES`."""

    @classmethod
    def of(
        cls, form: str, out: str, output: Iterable[tuple[str, str]], *, no_out: bool, language: str = LANGUAGES[0]
    ) -> Outputs:
        """Return what the flags ask for."""
        chosen = list(output)
        folder = None if no_out or not out else Path(out)
        png = ("plots", "png") in chosen
        if png and folder is None:
            raise UsageError("plots=png writes the plots into the folder of --out, and there is none.")
        if any(kind == "pdf" for kind, _ in chosen):
            from fairaudit.report import pdf

            pdf.require()
        files = tuple((kind, Path(path)) for kind, path in chosen if kind != "plots")
        return cls(form, folder, files, png, language)

    def protect(self, inputs: Iterable[Path]) -> None:
        """Refuse to write where an input lies, or a folder where a file is, before any work is done.

        Raises
        ------
        UsageError
            Something would be overwritten that is no report, or written twice.
        """
        if self.folder is not None and self.folder.exists() and not self.folder.is_dir():
            raise UsageError(f"--out {self.folder} is a file; it must be a folder.")
        paths, known = [path for _, path in self.files], list(inputs)
        if len(set(paths)) < len(paths):
            raise UsageError("-o names the same file twice.")
        for path in paths:
            if path.is_dir():
                raise UsageError(f"-o {path} is a folder; it must be a file.")
            if any(_same(one, path) for one in known):
                raise UsageError(f"-o {path} would overwrite a file that is read.")

    def show(self, audit: Audit) -> None:
        """Print the result on stdout; its text form without the notes on the data, which go to stderr."""
        from fairaudit.report import FORMATS
        from fairaudit.report.language import speaking

        shown = audit if self.form != "text" else replace(audit, notes=())
        with speaking(self.language):
            text = FORMATS[self.form](shown)
        (terminal.json_result if self.form in _JSON else terminal.result)(text)

    def write(self, audit: Audit, record: bytes | None = None) -> list[Path]:
        """Write the files and return the ones to look at.

        Parameters
        ----------
        audit : Audit
            What was found.
        record : bytes, optional
            The record that the audit was read from: the folder gets it as it is.

        Raises
        ------
        UsageError
            A file cannot be written.
        """
        from fairaudit.report import FILES, FORMATS, write
        from fairaudit.report.language import speaking
        from fairaudit.writing import write_file

        written = []
        path = self.folder
        try:
            with speaking(self.language):
                for kind, path in self.files:
                    write_file(FILES[kind](audit) if kind in FILES else FORMATS[kind](audit), path)
                    written.append(path)
                if self.folder is not None:
                    path = self.folder
                    write(audit, self.folder, png=self.png, record=record)
                    written.append(self.folder / "report.html")
        except OSError as error:
            raise UsageError(f"{path} cannot be written: {error.strerror or type(error).__name__}.") from None
        return written


def add_to_step_summary(audit: Audit, language: str = LANGUAGES[0]) -> None:
    """Append the Markdown to the summary of a step of GitHub Actions; one that cannot be written changes no verdict."""
    path = os.environ.get(STEP_SUMMARY)
    if not path:
        return
    from fairaudit.report import FORMATS
    from fairaudit.report.language import speaking

    try:
        with speaking(language), Path(path).open("ab") as file:
            file.write(f"{FORMATS['markdown'](audit)}\n".encode(errors="backslashreplace"))
    except (OSError, ValueError) as error:  # a path may hold what no path can
        why = getattr(error, "strerror", None) or type(error).__name__
        terminal.note(f"note: the summary for GitHub ({STEP_SUMMARY}) could not be written: {why}")


def _same(one: Path, other: Path) -> bool:
    """Return whether a path is an input, or in a folder that is one."""
    return one.exists() and other.exists() and (one.samefile(other) or one.resolve() in other.resolve().parents)


def output_flags(function: Function) -> Function:
    """Give a command --format, --out, --no-out, -o and --lang."""
    return _with(function, DEFAULT_FOLDER, "Default: reports.")


def rendering_flags(function: Function) -> Function:
    """Give a command the same flags, but no folder that is not asked for."""
    return _with(function, "", "Default: none is written.")


def _with(function: Function, folder: str, usual: str) -> Function:
    options = (
        _option(
            "--format", "form", default="text", type=click.Choice(KINDS), metavar="KIND",
            help="What goes to the standard output: text (default), json, markdown, html, csv (a line per comparison), "
            "junit or sarif (test and scan results for a CI server), github (annotations of GitHub Actions) or "
            "model-card (Markdown).",
        ),
        _option(
            "--out", "out", default=folder, metavar="FOLDER",
            help=f"Folder for report.html, summary.md, audit.json and plots, replaced each time. {usual}",
        ),
        _option("--no-out", "no_out", is_flag=True, help="Write no folder; faster, since nothing is drawn."),
        _option(
            "--output", "output", short="-o", multiple=True, type=_Output(), metavar="KIND=PATH",
            help="Write one form to a file, besides the folder: any KIND of --format, junit=fairaudit.xml say, or pdf. "
            "plots=png: the folder's plots also as PNG. Repeat it for more.",
        ),
        _option(
            "--lang", "lang", default=LANGUAGES[0], type=click.Choice(LANGUAGES), metavar="CODE",
            help="Language of what is written: en (default) or de. audit.json stays English.",
        ),
    )  # fmt: skip
    for option in reversed(options):
        function = option(function)
    return function


def _option(name: str, parameter: str, short: str | None = None, **settings: Any) -> Callable[[Function], Function]:  # noqa: ANN401
    names = [name, parameter] if short is None else [short, name, parameter]
    return click.option(*names, cls=SectionOption, section=_SECTION, envvar=variable(name), **settings)
