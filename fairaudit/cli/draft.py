"""The text of a policy file that `init` proposes: every guess with its reason and its alternatives as comments."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

from fairaudit.cli import toml
from fairaudit.cli.terminal import name, paragraph, visible

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from fairaudit.columns import Guess, Proposal
    from fairaudit.engines import Column, Description
    from fairaudit.settings import Setting

_NONE = "none found"
_FOUR_FIFTHS = ("0.80", "1.25")


class Draft:
    """A policy file in the making.

    Parameters
    ----------
    proposal : Proposal
        What was guessed.
    files : sequence of Description
        The files.
    reading : sequence of Setting
        Delimiter, encoding and texts for missing values, where the user had to state them.
    check : str
        The command that uses the file.

    Attributes
    ----------
    chosen : dict
        Role -> columns, as the file has them.
    open : list of str
        What only the user can fill in.
    """

    def __init__(
        self, proposal: Proposal, files: Sequence[Description], reading: Sequence[Setting], check: str
    ) -> None:
        self.proposal, self.files, self.reading, self.check = proposal, files, reading, check
        self.chosen: dict[str, tuple[str, ...]] = {}
        self.open: list[str] = []
        self.prediction = self._first("prediction")
        self.score = self._first("score")
        self.label = self._label()
        self.amount = self.prediction is not None and self._column(self.prediction).distinct > 2
        self._lines = [*self._head(), *self._data(), *self._groups(), *self._rules()]

    def text(self) -> str:
        """Return the file."""
        return "\n".join(self._lines) + "\n"

    def _first(self, role: str) -> Guess | None:
        return next(iter(self.proposal.of(role)), None)

    def _column(self, guess: Guess) -> Column:
        return next(file[guess.column] for file in self.files if guess.column in file.names)

    def _label(self) -> Guess | None:
        """Return a label that fits the prediction: both with two values, the same ones, or both amounts."""
        for guess in self.proposal.of("label"):
            column = self._column(guess)
            if self.prediction is None:
                fits = column.distinct == 2
            else:
                decision = self._column(self.prediction)
                values = {value for value, _ in column.values} | {value for value, _ in decision.values}
                two = max(column.distinct, decision.distinct) <= 2
                fits = len(values) <= 2 if two else column.numeric and decision.distinct > 2
            if fits:
                return guess
        return None

    def _head(self) -> Iterator[str]:
        yield from _comment(
            "What fairaudit is to compare, and how strictly. It was proposed from names and values: check every line "
            "that says CHECK. The command that uses it:"
        )
        yield f"#   {visible(self.check, keep='')}"
        yield "\nschema = 1\n"

    def _data(self) -> Iterator[str]:
        yield "[data]"
        two = len(self.files) == 2
        use = "which joins the two files" if two else "where a customer may have several rows"
        yield from self._one("id", f"The customer's id, {use}", self._first("id"), required=two)
        yield from self._decision()
        yield from self._one("score", "The model's score", self.score)
        yield from self._label_lines()
        yield from self._positive()
        yield from _comment('Whether being selected is good for a customer ("benefit") or bad ("harm"). CHECK')
        yield 'outcome = "benefit"\n'
        if self._first("count"):
            yield from self._one("count", "How many customers a row stands for", self._first("count"))
        yield from self._many("protected", "Groups that must be treated alike, in total and in every segment")
        yield from _comment('"gender*age_band" would add the groups of both together.')
        yield ""
        yield from self._many("segments", "Parts of the customer base in which the groups are compared again")
        for setting in self.reading:
            yield toml.line(setting.key.removeprefix("data."), setting.value, setting.origin)
        yield from self._bands()

    def _one(self, role: str, meaning: str, guess: Guess | None, *, required: bool = False) -> Iterator[str]:
        """Yield the lines of a role that one column plays."""
        if guess is None:
            yield from _comment(f"{meaning}: {_NONE}.")
            yield f'# {role} = "COLUMN"\n'
            if required:
                self.open.append(f"{role}: {meaning[0].lower()}{meaning[1:]}")
            return
        others = [f'"{name(other.column)}" ({other.reason})' for other in self.proposal.of(role) if other != guess]
        check = "" if guess.certain else " CHECK"
        yield from _comment(f"{meaning}: {guess.reason}.{check}")
        yield from _comment(f"Instead, perhaps: {'; '.join(others)}.") if others else ()
        yield f"{toml.line(role, guess.column)}\n"
        self.chosen[role] = (guess.column,)

    def _decision(self) -> Iterator[str]:
        meaning = "What the model decided for each customer"
        if self.prediction is not None or self.score is None:
            needed = self.prediction is None
            yield from self._one("prediction", meaning, self.prediction, required=needed)
            return
        column = self._column(self.score)
        yield from _comment(f"{meaning}: no column says it, so the score decides: selected from this value on. CHECK")
        if self.score.certain:
            yield "threshold = 0.5\n"
            self.chosen["threshold"] = ("0.5",)
        else:
            middle = f"{column.quartiles[1]:g}" if column.quartiles else "NUMBER"
            yield f"# threshold = {middle}\n"
            self.open.append("threshold: the score from which a customer is selected")

    def _label_lines(self) -> Iterator[str]:
        guesses = self.proposal.of("label")
        if self.label is None and guesses:
            seen = "; ".join(f'"{name(guess.column)}" ({guess.reason})' for guess in guesses)
            yield from _comment(f"What really happened: none fits the prediction's values. Perhaps: {seen}.")
            yield f"# {toml.line('label', guesses[0].column)}\n"
            return
        yield from self._one("label", "What really happened", self.label)
        if self.label is not None:
            yield from _comment(
                "If the label is known for everybody, whether selected or not, say so; else what it says of those "
                "who were not selected is not trusted where it looks one-sided."
            )
            yield '# labels = "complete"\n'

    def _positive(self) -> Iterator[str]:
        """Yield the value that means yes: a word for it, or 1, or the rarer of two unknown ones."""
        decision = self.prediction or self.label
        if decision is None or self.amount:
            return
        known = next((guess for guess in self.proposal.of("positive") if guess.column == decision.column), None)
        values = [value for value, _ in self._column(decision).values]
        meaning = "The value that means yes, in prediction and label"
        if known is not None or "1" in values or not values:
            value = known.value if known is not None else "1"
            yield from _comment(f"{meaning}.")
        else:
            value = values[-1]
            yield from _comment(f"{meaning}: the rarer of the two. CHECK")
        yield f"{toml.line('positive', value)}\n"

    def _many(self, role: str, meaning: str) -> Iterator[str]:
        """Yield the lines of a role that several columns play."""
        guesses = self.proposal.of(role)
        banded = {guess.column for guess in self.proposal.of("bands")}
        sure = [guess for guess in guesses if guess.certain or (role == "protected" and guess.column in banded)]
        fit = [guess for guess in guesses if 2 <= self._column(guess).distinct <= 50]
        chosen = sure or (fit if role == "protected" else [])
        others = [guess for guess in guesses if guess not in chosen]
        yield from _comment(f"{meaning}{'. CHECK' if chosen else f': {_NONE} by name.'}")
        for guess in chosen:
            yield from _comment(f"{name(guess.column)}: {guess.reason}", "  ")
        if others:
            yield from _comment("Not taken, add what belongs here:")
        for guess in others:
            yield from _comment(f"{name(guess.column)}: {guess.reason}", "  ")
        columns = tuple(guess.column for guess in chosen)
        if columns:
            self.chosen[role] = columns
            yield toml.line(role, columns)
        else:
            yield f'# {role} = ["COLUMN"]'
            if role == "protected":
                self.open.append("protected: the columns whose groups must be treated alike")
        if role == "segments":
            yield ""

    def _bands(self) -> Iterator[str]:
        bands = [guess for guess in self.proposal.of("bands") if guess.column in self.chosen.get("protected", ())]
        if bands:
            yield "[data.bands]"
            yield from _comment("A number must be cut into groups, each from one of these values up to the next. CHECK")
        for guess in bands:
            yield from _comment(f"Groups: {_groups_of(guess.cuts)}.")
            yield toml.line(guess.column, [_whole(cut) for cut in guess.cuts])
        if bands:
            yield ""

    def _groups(self) -> Iterator[str]:
        yield "[groups]"
        yield from _comment(
            'Groups of fewer customers cannot be judged. small = "block": then there is no pass; "report": they are '
            "listed and do not block, while together they are at most small_share of all."
        )
        yield "min_size = 30"
        yield 'small = "block"'
        yield "small_share = 0.02\n"
        yield "[verdict]"
        yield from _comment("How sure a pass must be: the whole 90 % interval lies inside the limit.")
        yield "confidence = 0.90\n"

    def _rules(self) -> Iterator[str]:
        if self.amount:
            low, high = _FOUR_FIFTHS
            yield from _comment(
                "The average prediction (a price, a limit) of each group: at least 80 and at most 125 for every 100 of "
                "another's. CHECK: the limits are a convention."
            )
            yield f'[[rule]]\nid = "average"\nmetric = "mean_prediction"\ncompare = "ratio"\nmin = {low}\nmax = {high}'
            return
        yield from _comment(
            "Who is selected: the group selected least at least 80 times for every 100 of the one selected most. The "
            "limit is the four-fifths convention."
        )
        yield '[[rule]]\nid = "disparate_impact"\nmetric = "disparate_impact"\nmin = 0.80\n'
        yield from _comment(
            "Of those who would respond (the label), who is reached: no two groups more than 10 in 100 apart."
        )
        rule = '[[rule]]\nid = "equal_opportunity"\nmetric = "equal_opportunity"\nmax = 0.10'
        if self.label is None:
            yield from _comment("It needs a label.")
            rule = "\n".join(f"# {line}" for line in rule.split("\n"))
        yield rule


def _comment(text: str, indent: str = "") -> Iterable[str]:
    """Return a text as comment lines; a line break in a name from the data cannot end the comment."""
    return paragraph(visible(text, keep=""), f"# {indent}", f"# {indent}{'  ' if indent else ''}").split("\n")


def _whole(cut: float) -> float:
    return int(cut) if cut == int(cut) else cut


def _groups_of(cuts: Sequence[float]) -> str:
    """Return the groups that cuts make, in words."""
    inner = [f"{low:g} to under {high:g}" for low, high in pairwise(cuts)]
    return ", ".join([f"under {cuts[0]:g}", *inner, f"{cuts[-1]:g} and over"])
