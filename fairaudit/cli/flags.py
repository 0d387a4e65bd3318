"""The flags that set a value of the policy: one row each, and how their texts are read."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, Any

import click

from fairaudit.cli.layout import SectionOption, variable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from fairaudit.settings import Setting

    Function = Callable[..., Any]

_REFERENCE_WORDS = ("best", "largest", "rest")
_DELIMITERS = {"comma": ",", "semicolon": ";", "tab": "\t", "\\t": "\t", "pipe": "|"}


class _Listed(click.ParamType[Any]):
    """A value that may be given several times; an environment variable holds them all, with commas between."""

    name = "list"

    def split_envvar_value(self, rv: str) -> Sequence[str]:
        """Return the values of an environment variable."""
        return [part.strip() for part in rv.split(",")]

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:  # noqa: ANN401
        """Return one value; an empty one is an error."""
        if not value:
            self.fail("a name is empty", param, ctx)
        return value


class _Number(click.ParamType[Any]):
    """A decimal number, kept exactly as it is written."""

    name = "number"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:  # noqa: ANN401
        """Return the number."""
        return self.read(value, param, ctx)

    def read(self, text: str, param: click.Parameter | None, ctx: click.Context | None) -> Decimal:
        """Return the number of a text."""
        try:
            number = Decimal(text.strip())
        except InvalidOperation:
            self.fail(f'"{text}" is not a number (0.8, say)', param, ctx)
        if not number.is_finite():
            self.fail(f'"{text}" is not a finite number', param, ctx)
        return number


NUMBER = _Number()


class _Threshold(_Number):
    """A decimal number, or the word median."""

    name = "threshold"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:  # noqa: ANN401
        """Return the number or the word."""
        return value if value == "median" else self.read(value, param, ctx)


class _Range(click.ParamType[Any]):
    """Two numbers with a comma between."""

    name = "range"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:  # noqa: ANN401
        """Return the two numbers."""
        parts = value.split(",")
        if len(parts) != 2:
            self.fail(f'"{value}" is not LOW,HIGH (0,1, say)', param, ctx)
        return [NUMBER.read(part, param, ctx) for part in parts]


class _Band(_Listed):
    """COLUMN=25,40,60: the cut points of a numeric column."""

    name = "band"

    def split_envvar_value(self, rv: str) -> Sequence[str]:
        """Return the columns of an environment variable, parted where a comma is followed by the next COLUMN=."""
        return [part.strip() for part in re.split(r",(?=[^,=]*=)", rv)]

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:  # noqa: ANN401
        """Return column and cut points."""
        column, found, cuts = value.rpartition("=")
        if not found or not column:
            self.fail(f'"{value}" is not COLUMN=CUT,CUT,... (age=25,40,60, say)', param, ctx)
        return column, [NUMBER.read(cut, param, ctx) for cut in cuts.split(",")]


class _Reference(_Listed):
    """Whom groups are compared with: best, largest, rest, or COLUMN=VALUE."""

    name = "reference"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:  # noqa: ANN401
        """Return column (None for all) and word or value."""
        if value in _REFERENCE_WORDS:
            return None, value
        column, found, group = value.partition("=")
        if not found or not column or not group:
            self.fail(f'"{value}" is neither best, largest, rest nor COLUMN=VALUE', param, ctx)
        names, groups = column.split("*"), group.split("*")
        if len(names) == 1 or group in _REFERENCE_WORDS:
            return column, group
        if len(names) != len(groups):
            self.fail(f'"{value}" must name a value for each of {" and ".join(names)}: A*B=X*Y', param, ctx)
        return column, dict(zip(names, groups, strict=True))


class _Rule(_Listed):
    """METRIC, METRIC:max=0.05, METRIC:compare=ratio:min=0.8, METRIC:of=COLUMN."""

    name = "rule"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:  # noqa: ANN401
        """Return the rule as the policy file would hold it."""
        metric, *parts = value.split(":")
        rule: dict[str, Any] = {"metric": metric.strip()}
        for part in parts:
            key, _, text = (piece.strip() for piece in part.partition("="))
            if key in ("min", "max"):
                rule[key] = NUMBER.read(text, param, ctx)
            elif key in ("compare", "of", "arm"):
                rule[key] = text
            else:
                self.fail(
                    f'"{part}" is neither min=NUMBER, max=NUMBER, compare=WORD, of=COLUMN nor arm=VALUE', param, ctx
                )
        return rule


class _Delimiter(click.ParamType[Any]):
    """One of the four delimiters, or its name."""

    name = "delimiter"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:  # noqa: ANN401
        """Return the character."""
        char = _DELIMITERS.get(value, value)
        if char not in _DELIMITERS.values():
            self.fail(f'"{value}" is none of comma, semicolon, tab, pipe', param, ctx)
        return char


def _null(values: Sequence[str]) -> list[str]:
    """Return what is missing: an empty cell always, or a misread flag would turn gaps into a group."""
    return list(dict.fromkeys(["", *values]))


@dataclass(frozen=True, slots=True)
class Flag:
    """One flag and the value of the policy that it sets."""

    option: str
    key: str
    """Where the value stands in the policy: "data.id"."""
    kind: click.ParamType[Any] | type[str] | type[int]
    metavar: str | None
    """None for a switch, which takes no value."""
    section: str
    help: str
    multiple: bool = False
    gather: Callable[[Any], Any] = lambda value: value
    """Turns what Click read into the policy's value."""


_COLUMNS, _RULES, _READING = "Which column is what", "Rules, and how strict they are", "How the files are read"
_TEXT, _WORDS = str, _Listed()

PRESET = Flag(
    "--preset", "preset", _TEXT, "NAME", _RULES,
    "Rules and strictness for a purpose, on which the policy file builds; `fairaudit policy presets` lists them.",
)  # fmt: skip

FLAGS = (
    Flag("--id", "data.id", _TEXT, "COLUMN", _COLUMNS, "The customer's id, in both files."),
    Flag("--prediction", "data.prediction", _TEXT, "COLUMN", _COLUMNS, "What the model decided, yes or no."),
    Flag("--score", "data.score", _TEXT, "COLUMN", _COLUMNS, "The model's score."),
    Flag(
        "--threshold", "data.threshold", _Threshold(), "NUMBER", _COLUMNS,
        "Decide by the score instead: yes from this value on; median: yes above the median of all scores.",
    ),
    Flag("--label", "data.label", _TEXT, "COLUMN", _COLUMNS, "What really happened. Never guessed."),
    Flag(
        "--labels", "data.labels", click.Choice(["observed", "complete"]), "WORD", _COLUMNS,
        "complete: the label is known whatever the model decided. observed (default): perhaps not.",
    ),
    Flag("--positive", "data.positive", _TEXT, "VALUE", _COLUMNS, "The value that means yes. Default: 1."),
    Flag(
        "--outcome", "data.outcome", click.Choice(["benefit", "harm"]), "WORD", _COLUMNS,
        "Whether a yes is good (benefit, default) or bad (harm) for the customer.",
    ),
    Flag(
        "--protected", "data.protected", _WORDS, "COLUMN", _COLUMNS,
        "Groups that must be treated alike. Repeat it for more; gender*age is the intersection of two.", multiple=True,
    ),
    Flag(
        "--segment", "data.segments", _WORDS, "COLUMN", _COLUMNS,
        "Parts of the customer base in which the groups are compared again. Repeat it for more.", multiple=True,
    ),
    Flag(
        "--band", "data.bands", _Band(), "COLUMN=CUTS", _COLUMNS,
        "Make groups of a number: age=25,40,60. Repeat it for more.", multiple=True, gather=dict,
    ),
    Flag("--count", "data.count", _TEXT, "COLUMN", _COLUMNS, "How many customers a row stands for."),
    Flag("--weight", "data.weight", _TEXT, "COLUMN", _COLUMNS, "How much a row weighs: not negative, never missing."),
    Flag(
        "--treatment", "data.treatment", _TEXT, "COLUMN", _COLUMNS,
        "How a customer was treated, personalized or not: what benefit_parity and no_group_harmed compare.",
    ),
    Flag("--control", "data.control", _TEXT, "VALUE", _COLUMNS, "The treatment that means none. Default: 0."),
    Flag(
        "--propensity", "data.propensity", _TEXT, "COLUMN", _COLUMNS,
        "The chance that a row had of its treatment; rows are weighed by its inverse.",
    ),
    Flag(
        "--stratum", "data.stratum", _TEXT, "COLUMN", _COLUMNS,
        "Within whose values amounts are compared: the product of a price.",
    ),
    Flag(
        "--customers", "data.customers", click.Choice(["disjoint", "repeat"]), "WORD", _COLUMNS,
        "disjoint: no customer is in other data too, so their cubes may be merged. repeat: some are.",
    ),
    Flag("--score-range", "data.score_range", _Range(), "LOW,HIGH", _COLUMNS, "The score's scale. Default: 0,1."),
    PRESET,
    Flag(
        "--rule", "rule", _Rule(), "METRIC", _RULES,
        "A rule instead of the policy's: disparate_impact, or with its limit equal_opportunity:max=0.05, of a column "
        "price_parity:of=price:max=1.05. Repeat it for more; `fairaudit metrics` lists them.",
        multiple=True, gather=list,
    ),
    Flag(
        "--reference", "groups.reference", _Reference(), "WORD", _RULES,
        "Whom a group is compared with: best (default, every pair), largest, rest, or for one column COLUMN=VALUE.",
        multiple=True,
    ),
    Flag("--min-size", "groups.min_size", click.INT, "NUMBER", _RULES, "Smaller groups are not judged. Default: 30."),
    Flag(
        "--min-coverage", "data.min_coverage", NUMBER, "SHARE", _RULES,
        "Least share of the predictions that must find attributes. Default: 0.95.",
    ),
    Flag("--confidence", "verdict.confidence", NUMBER, "SHARE", _RULES, "How sure a pass must be. Default: 0.90."),
    Flag(
        "--decide-on", "verdict.decide_on", click.Choice(["interval", "point"]), "WORD", _RULES,
        "interval (default): chance is taken into account. point: the bare number decides.",
    ),
    Flag(
        "--on-inconclusive", "verdict.on_inconclusive", click.Choice(["block", "warn"]), "WORD", _RULES,
        "block (default): exit code 4. warn: exit code 0 and a warning.",
    ),
    Flag(
        "--engine", "data.engine", click.Choice(["duckdb", "spark"]), "WORD", _READING,
        "duckdb (default): this machine. spark: a cluster; PREDICTIONS may be a table or an address, s3a:// say.",
    ),
    Flag(
        "--delimiter", "data.delimiter", _Delimiter(), "CHAR", _READING,
        "comma, semicolon, tab or pipe. Default: the one in the header.",
    ),
    Flag("--encoding", "data.encoding", _TEXT, "NAME", _READING, "Text encoding, latin-1 say. Default: UTF-8."),
    Flag(
        "--null", "data.null", _WORDS, "TEXT", _READING,
        "A text that means missing, as an empty cell does: NA, say. Repeat it for more.", multiple=True, gather=_null,
    ),
    Flag(
        "--max-groups", "data.max_groups", click.INT, "NUMBER", _READING,
        "More values than this in a column are an error: it looks like an id. Default: 50.",
    ),
    Flag(
        "--memory-limit", "data.memory_limit", _TEXT, "SIZE", _READING,
        "Memory that the engine may take, 2GB say; beyond it, the disk. Default: 80 % of the machine's.",
    ),
    Flag(
        "--parts", "data.parts", click.BOOL, None, _READING,
        "PREDICTIONS and ATTRIBUTES may be a folder or a pattern (*, ?, [) of Parquet files.",
    ),
    Flag(
        "--predictions-table", "data.predictions_table", _TEXT, "NAME", _READING,
        "The table, view or SELECT of a database, the sheet of a workbook. Default: the only one.",
    ),
    Flag(
        "--attributes-table", "data.attributes_table", _TEXT, "NAME", _READING,
        "The same for ATTRIBUTES, which may be left out if it lies in the database or workbook of the predictions.",
    ),
)  # fmt: skip


READING = tuple(flag for flag in FLAGS if flag.option in ("--delimiter", "--encoding", "--null", "--parts"))
"""The flags that a file needs to be read at all."""
READING_KEYS = frozenset(flag.key for flag in FLAGS if flag.section == _READING)
"""What says how data are read, and nothing where a saved cube is judged."""
TABLES = tuple(flag for flag in FLAGS if flag.option in ("--predictions-table", "--attributes-table"))


COUNTING = tuple(flag for flag in FLAGS if flag.section != _RULES or flag.option in ("--preset", "--rule"))
"""The flags that change what is counted; rules do, since some need a column's two values and some its mean."""


def policy_flags(function: Function) -> Function:
    """Give a command every flag of `FLAGS`; the context holds their values."""
    return _with(FLAGS, function)


def counting_flags(function: Function) -> Function:
    """Give a command the flags of `COUNTING`; the context holds their values."""
    return _with(COUNTING, function)


def preset_flag(function: Function) -> Function:
    """Give a command --preset; the context holds its value."""
    return _with((PRESET,), function)


def reading_flags(function: Function) -> Function:
    """Give a command the flags of `READING` and `TABLES`; the context holds their values."""
    return _with((*READING, *TABLES), function)


def file_flags(function: Function) -> Function:
    """Give a command the flags of `READING`; the context holds their values."""
    return _with(READING, function)


def _with(flags: Sequence[Flag], function: Function) -> Function:
    for flag in reversed(flags):
        function = click.option(
            flag.option,
            cls=SectionOption,
            section=flag.section,
            type=flag.kind,
            multiple=flag.multiple,
            metavar=flag.metavar,
            is_flag=flag.metavar is None,
            default=None,
            envvar=variable(flag.option),
            help=flag.help,
        )(function)
    return function


def overrides(context: click.Context) -> Iterator[Setting]:
    """Yield the policy's values that flags and environment variables set, with where each comes from."""
    from fairaudit.settings import Setting

    for flag in FLAGS:
        parameter = flag.option.removeprefix("--").replace("-", "_")
        value = context.params.get(parameter)
        if value is None or value == ():
            continue
        by_variable = context.get_parameter_source(parameter) is click.core.ParameterSource.ENVIRONMENT
        origin = variable(flag.option) if by_variable else flag.option
        if flag.option == "--reference":
            yield from _references(value, origin)
        else:
            yield Setting(flag.key, flag.gather(value), origin)


def _references(pairs: Sequence[tuple[str | None, Any]], origin: str) -> Iterator[Setting]:
    """Yield the reference of all columns, and those of single ones."""
    from fairaudit.settings import Setting

    words = [word for column, word in pairs if column is None]
    single = {column: value for column, value in pairs if column is not None}
    if words:
        yield Setting("groups.reference", words[-1], origin)
    if single:
        yield Setting("groups.references", single, origin)
