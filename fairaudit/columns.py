"""Which column plays which role: proposals from names and contents, and the few that an audit takes without asking."""

from __future__ import annotations

import shlex
from dataclasses import dataclass
from typing import TYPE_CHECKING

from fairaudit import reasons
from fairaudit.column_names import (
    AGE,
    COUNT,
    CUSTOMER_ID,
    LABEL,
    LABEL_START,
    PERHAPS_PROTECTED,
    PREDICTION,
    PROTECTED,
    SCORE,
    SEGMENT,
    YES,
    like_an_id,
    plain,
    worth_a_look,
)
from fairaudit.engines.bands import propose_bands
from fairaudit.errors import UsageError, shortened

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Sequence

    from fairaudit.engines import Column, Description, Engine, Source
    from fairaudit.policy import Policy

GUESSED = "guessed from the file"
MOST_SEGMENTS = 20
"""More values than this make no customer segment."""
MOST_PROTECTED = 50
"""More values than this make no group."""
MANY_NUMBERS = 12
"""A number with more values than this needs bands to make groups."""
AGE_CUTS = (25.0, 40.0, 60.0)
"""Customary bounds of age groups, of which those inside the column's range are proposed."""


@dataclass(frozen=True, slots=True)
class Guess:
    """A column that may play a role, and why."""

    role: str
    """"id", "label", "prediction", "score", "count", "protected", "segments"; "bands" or "positive" for a value."""
    column: str
    reason: str
    """Why, in a few words: "named like a decision, two values"."""
    certain: bool = False
    """True if name and contents leave no doubt; never for a label."""
    cuts: tuple[float, ...] = ()
    """Of role "bands": the cut points proposed."""
    value: str = ""
    """Of role "positive": the value that means yes."""


@dataclass(frozen=True, slots=True)
class Proposal:
    """Every guess about two files, the likelier ones of a role first."""

    guesses: tuple[Guess, ...]

    def of(self, role: str) -> tuple[Guess, ...]:
        """Return the guesses of a role, the likeliest first."""
        return tuple(guess for guess in self.guesses if guess.role == role)

    def certain(self, role: str) -> tuple[Guess, ...]:
        """Return the guesses of a role that leave no doubt."""
        return tuple(guess for guess in self.of(role) if guess.certain)


def propose(predictions: Description, attributes: Description | None = None) -> Proposal:
    """Guess the role of every column from its name and its contents.

    Parameters
    ----------
    predictions, attributes : Description
        What a scan found; a column that was not scanned gets no role that depends on its values.

    Returns
    -------
    Proposal
        The guesses, with a reason each.
    """
    who = predictions if attributes is None else attributes
    ids = list(_ids(predictions, attributes))
    taken = {guess.column for guess in ids[:1]}
    decisions = [
        guess
        for guesses in (_decisions(predictions, taken), _scores(predictions, taken), _labels(predictions, taken))
        for guess in guesses
    ]
    counts = [] if ids else list(_counts(predictions))
    taken |= {guess.column for guess in (*decisions, *counts)}
    people = list(_people(who, taken))
    yes = list(_positive(predictions, decisions))
    return Proposal((*ids, *decisions, *counts, *people, *yes))


def _ids(predictions: Description, attributes: Description | None) -> Iterator[Guess]:
    """Yield what may join the two files: a name in both; in one file, a customer's id that may repeat."""
    if attributes is None:
        named = [name for name in predictions.names if plain(name) in CUSTOMER_ID]
        for name in named:
            yield Guess("id", name, reasons.NAMED_LIKE_ID(), certain=len(named) == 1)
        return
    shared = [name for name in predictions.names if name in attributes.names]
    alike = [name for name in shared if like_an_id(name)]
    if len(shared) == 1:
        fits = plain(shared[0]) not in PROTECTED | PERHAPS_PROTECTED | SEGMENT
        yield Guess("id", shared[0], reasons.ONLY_COLUMN_OF_BOTH(), certain=fits)
        return
    for name in sorted(shared, key=lambda name: (plain(name) not in CUSTOMER_ID, name not in alike)):
        only = alike == [name]
        yield Guess("id", name, reasons.ONLY_ID_OF_BOTH() if only else "both files have it", certain=only)


def _decisions(file: Description, taken: Collection[str]) -> Iterator[Guess]:
    named = [c for c in file.columns if plain(c.name) in PREDICTION and c.name not in taken]
    for column in named:
        if column.distinct == 2:
            yield Guess("prediction", column.name, reasons.NAMED_LIKE_DECISION(), certain=len(named) == 1)
    for column in named:
        if column.distinct != 2:
            reason = f"named like a decision, but {_values(column)}"
            yield Guess("prediction", column.name, reason)


def _scores(file: Description, taken: Collection[str]) -> Iterator[Guess]:
    named = [c for c in file.columns if plain(c.name) in SCORE and c.name not in taken and c.numeric]
    for column in named:
        within = column.minimum is not None and column.maximum is not None and 0 <= column.minimum < column.maximum <= 1
        reason = reasons.NAMED_LIKE_SCORE() if within else "named like a score, a number"
        yield Guess("score", column.name, reason, certain=within and len(named) == 1)


def _labels(file: Description, taken: Collection[str]) -> Iterator[Guess]:
    """Yield what may be the label; never certain, since a column that only looks like the truth spoils everything."""

    def named(column: Column) -> bool:
        return plain(column.name) in LABEL or plain(column.name).startswith(LABEL_START)

    candidates = [c for c in file.columns if named(c) and c.name not in taken]
    for column in sorted(candidates, key=lambda c: (c.distinct != 2, plain(c.name) != "label")):
        yield Guess("label", column.name, f"named like an outcome, {_values(column)}")


def _counts(file: Description) -> Iterator[Guess]:
    for column in file.columns:
        if plain(column.name) in COUNT and column.whole:
            yield Guess("count", column.name, "named like a frequency, whole numbers")


def _people(file: Description, taken: Collection[str]) -> Iterator[Guess]:
    """Yield protected columns, the bands that numbers among them need, and segments."""
    columns = [c for c in file.columns if c.name not in taken and not like_an_id(c.name)]
    banded = any(AGE.match(plain(c.name)) and 2 <= c.distinct <= MOST_PROTECTED for c in columns)
    for column in columns:
        key = plain(column.name)
        if not (key == "age" and banded and column.numeric):
            yield from _protected(column, sure=key in PROTECTED or bool(AGE.match(key)))
    for column in columns:
        key = plain(column.name)
        many = column.numeric and column.distinct > MANY_NUMBERS
        free = key not in PROTECTED | PERHAPS_PROTECTED and not AGE.match(key)
        if free and 2 <= column.distinct <= MOST_SEGMENTS and not many:
            named = key in SEGMENT or key.endswith("_segment")
            reason = reasons.NAMED_LIKE_SEGMENT(n=column.distinct) if named else f"{column.distinct} values"
            yield Guess("segments", column.name, reason, certain=named)


def _protected(column: Column, *, sure: bool) -> Iterator[Guess]:
    if not sure and plain(column.name) not in PERHAPS_PROTECTED:
        return
    start = "its name says so" if sure else "perhaps by its name"
    if column.numeric and column.distinct > MANY_NUMBERS:
        yield Guess("protected", column.name, f"{start}, but a number needs bands")
        cuts = _cuts(column)
        if cuts:
            yield Guess("bands", column.name, "a number must be cut into groups", cuts=cuts)
    elif 2 <= column.distinct <= MOST_PROTECTED:
        reason = reasons.NAMED_LIKE_PROTECTED(n=column.distinct) if sure else f"{start}, {column.distinct} values"
        yield Guess("protected", column.name, reason, certain=sure)
    elif column.distinct:
        yield Guess("protected", column.name, f"{start}, but {_values(column)}")


def _cuts(column: Column) -> tuple[float, ...]:
    """Return cut points for a number: the customary ones for an age, else its quartiles."""
    if column.minimum is None or column.maximum is None:
        return ()
    customary = plain(column.name) == "age" and column.maximum <= 120
    cuts = AGE_CUTS if customary else propose_bands(column)
    return tuple(dict.fromkeys(cut for cut in cuts if column.minimum < cut <= column.maximum))


def _positive(file: Description, decisions: Iterable[Guess]) -> Iterator[Guess]:
    """Yield the value that means yes, where it is not the default 1 and one of two values is a word for it."""
    for guess in decisions:
        if guess.role not in ("prediction", "label") or file[guess.column].distinct != 2:
            continue
        values = [value for value, _ in file[guess.column].values]
        yes = [value for value in values if value.strip().lower() in YES]
        if len(yes) == 1 and yes != ["1"]:
            yield Guess("positive", guess.column, reasons.MEANS_YES(column=guess.column), certain=True, value=yes[0])


def resolve(
    policy: Policy, predictions: Source, attributes: Source | None, engine: Engine
) -> tuple[Policy, tuple[str, ...]]:
    """Fill the roles that a policy leaves open where names and contents leave no doubt.

    Values are read only if a role is open, or to learn whether a label that no rule needs is a number.

    Parameters
    ----------
    policy : Policy
        As stated; a label is never added to it.
    predictions, attributes : Source
        The files.
    engine : Engine
        What looks into them.

    Returns
    -------
    Policy, tuple of str
        The policy with every needed role, and a note for each column that was guessed.

    Raises
    ------
    UsageError
        A role is open and in doubt; the message holds the ``fairaudit init`` command that helps.
    """
    return _Resolution(policy, predictions, attributes, engine).run()


class _Resolution:
    """The roles a policy leaves open, and what fills them."""

    def __init__(self, policy: Policy, predictions: Source, attributes: Source | None, engine: Engine) -> None:
        self.policy, self.data, self.engine = policy, policy.data, engine
        self.sources = [predictions, *([attributes] if attributes is not None else [])]
        self.needs = policy.needs()
        self.filled: dict[str, object] = {}
        self.notes: list[str] = []
        self.doubts: list[str] = []

    def run(self) -> tuple[Policy, tuple[str, ...]]:
        decided = self.data.prediction is not None or self.data.threshold is not None
        wanted = {
            "prediction": not decided and bool(self.needs & {"prediction", "prediction mean"}),
            "score": self.data.score is None and bool(self.needs & {"score", "curve", "probability"}),
            "protected": not self.data.protected,
        }
        if any(wanted.values()):
            self._by_contents(wanted)
        elif self.data.id is None:
            self._by_names()
        if self.doubts:
            raise UsageError(self._request())
        numbers = tuple(role for role in ("label", "prediction") if self._is_number(role))
        if not self.filled and not numbers:
            return self.policy, ()
        return self.policy.filled(self.filled, GUESSED, numbers), tuple(self.notes)

    def _describe(self, scan: Collection[str]) -> list[Description]:
        return [self.engine.describe(source, scan) for source in self.sources]

    def _by_names(self) -> None:
        """Take the id, for which names are enough: whether it is one, the join tells."""
        self._take_id(propose(*self._describe(())))

    def _by_contents(self, wanted: dict[str, bool]) -> None:
        heads = self._describe(())
        scan = {name for head in heads for name in head.names if worth_a_look(name)}
        files = [
            self.engine.describe(source, scan & set(head.names))
            for source, head in zip(self.sources, heads, strict=True)
        ]
        proposal = propose(*files)
        if self.data.id is None:
            self._take_id(proposal)
        if wanted["prediction"]:
            self._take_one(proposal, "prediction", "state --prediction COLUMN, or --score COLUMN --threshold NUMBER")
        # beside a guessed decision a score costs nothing and tells more
        if self.data.score is None and (wanted["score"] or wanted["prediction"]):
            self._take_one(proposal, "score", "state --score COLUMN", needed=wanted["score"])
        if wanted["protected"]:
            self._take_people(proposal)
        if wanted["prediction"] and "positive" not in self.data.model_fields_set:
            self._take_positive(proposal)
        if self.data.count is None:
            self.doubts += [
                f'"{g.column}" may be how many customers a row stands for ({g.reason}): state --count '
                f"{shlex.quote(g.column)}; if it is not, name --prediction and --protected"
                for g in proposal.of("count")
            ]
        if self.data.label is None:
            self._tell_of_labels(proposal)

    def _take_id(self, proposal: Proposal) -> None:
        data = self.data
        busy = {data.label, data.prediction, data.score, *self.policy.attributes()}
        found = [guess for guess in proposal.certain("id") if guess.column not in busy]
        if data.count is not None and len(self.sources) == 1:
            return  # a row stands for many customers, so it has no id
        if found:
            self._fill("id", found[0].column, _taken(reasons.TAKEN_AS_ID, found[0]))
        elif len(self.sources) == 2:
            both = ", ".join(f'"{shortened(guess.column)}"' for guess in proposal.of("id"))
            why = f"both files have {both}" if both else "no column name is in both files; give the id one name in both"
            self.doubts.append(f"which column joins the two files is not clear: {why}. State --id COLUMN")

    def _take_one(self, proposal: Proposal, role: str, remedy: str, *, needed: bool = True) -> None:
        found = proposal.certain(role)
        if len(found) == 1:
            taken = reasons.TAKEN_AS_SCORE if role == "score" else reasons.TAKEN_AS_PREDICTION
            self._fill(role, found[0].column, _taken(taken, found[0]))
        elif needed:
            seen = "; ".join(f'"{shortened(guess.column)}": {guess.reason}' for guess in proposal.of(role))
            self.doubts.append(f"which column is the {role} is not clear ({seen or 'no name says so'}): {remedy}")

    def _take_people(self, proposal: Proposal) -> None:
        protected, segments = proposal.certain("protected"), proposal.certain("segments")
        unfit = [g for g in proposal.of("protected") if not g.certain and plain(g.column) in PROTECTED]
        for guess in unfit:
            bands = next((g for g in proposal.of("bands") if g.column == guess.column), None)
            remedy = f"; state --band {shlex.quote(guess.column)}={_joined(bands.cuts)}, say" if bands else ""
            self.doubts.append(f'"{guess.column}" should be protected: {guess.reason}{remedy}')
        if not protected and not unfit:
            self.doubts.append(
                "no column is named like a protected attribute (gender, age_band): state --protected COLUMN"
            )
        if not protected or self.doubts:
            return
        self._fill("protected", tuple(guess.column for guess in protected))
        self.notes += [_taken(reasons.TAKEN_AS_PROTECTED, guess) for guess in protected]
        if segments and not self.data.segments:
            self._fill("segments", tuple(guess.column for guess in segments))
            self.notes += [_taken(reasons.TAKEN_AS_SEGMENT, guess) for guess in segments]
        self.notes += [reasons.NOT_TAKEN(column=g.column) for g in proposal.of("protected") if not g.certain]

    def _take_positive(self, proposal: Proposal) -> None:
        for guess in proposal.certain("positive"):
            if guess.column == self.filled.get("prediction"):
                self._fill("positive", guess.value, reasons.TAKEN_AS_POSITIVE(value=guess.value, reason=guess.reason))

    def _tell_of_labels(self, proposal: Proposal) -> None:
        candidates = [guess.column for guess in proposal.of("label")]
        if candidates and "label" in self.needs:
            flags = " or ".join(f"--label {shlex.quote(column)}" for column in candidates)
            self.notes.insert(0, reasons.LABEL_NEVER_GUESSED(flags=flags))

    def _fill(self, role: str, value: object, note: str | None = None) -> None:
        self.filled[role] = value
        if note is not None:
            self.notes.append(note)

    def _is_number(self, role: str) -> bool:
        """Return whether a column that no rule needs to have two values has more, and is to be taken as a number."""
        name = getattr(self.data, role)
        if (
            name is None
            or self.needs & {role, f"{role} mean"}
            or (role == "prediction" and self.data.threshold is not None)
        ):
            return False
        for source in self.sources:
            if name in self.engine.describe(source, ()).names:
                return self.engine.describe(source, (name,))[name].distinct > 2
        return False

    def _request(self) -> str:
        listed = "\n".join(f"  - {doubt}." for doubt in self.doubts)
        request = f"some columns must be named, by a flag or under [data] of a policy file:\n{listed}"
        if not all(source.plain for source in self.sources):
            return request
        command = shlex.join(["fairaudit", "init", *(str(source.path) for source in self.sources)])
        return f"{request}\nOr let this write a policy file with a proposal for each, to be checked:\n  {command}"


def _taken(note: reasons.Reason, guess: Guess) -> str:
    return note(column=guess.column, reason=guess.reason)


def _values(column: Column) -> str:
    """Return how many values a column has, in words."""
    few = {0: "no value", 1: "one value", 2: "two values"}
    return few.get(column.distinct, f"{column.distinct:,} different values")


def _joined(cuts: Sequence[float]) -> str:
    return ",".join(f"{cut:g}" for cut in cuts)
