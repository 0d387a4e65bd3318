"""Every sentence of the record that says why: templates with named values, so that a report can find them again.

The record is in English. A report in another language has only the finished text, of an audit as of its record, and
looks for the template it was made from.
"""

from __future__ import annotations

from types import MappingProxyType


class Reason:
    """A sentence with named values in braces.

    Parameters
    ----------
    text : str
        In English; the key of the reports' catalogues.
    **formats : str
        How each number among the values is written; the other values are texts.
    """

    def __init__(self, text: str, /, **formats: str) -> None:
        self.text, self.formats = text, MappingProxyType(formats)

    def __call__(self, **values: object) -> str:
        """Return the sentence."""
        return self.text.format(**self._written(values))

    def _written(self, values: dict[str, object]) -> dict[str, object]:
        return {name: format(value, self.formats.get(name, "")) for name, value in values.items()}


class Counted(Reason):
    """The same in two forms: for one, and for every other number {n}."""

    def __init__(self, one: str, many: str, /, **formats: str) -> None:
        super().__init__(one, n=",", **formats)
        self.many = many

    def __call__(self, **values: object) -> str:
        """Return the form that fits the value n."""
        text = self.text if values["n"] == 1 else self.many
        return text.format(**self._written(values))


# why a rule or an audit has its verdict
OF = Reason("{name}: {reason}")
"""Of a rule or an attribute."""
NO_LIMIT = Reason("the policy states no limit")
NOTHING_DECIDED = Reason("the policy states no limit, so nothing is decided")
COVERAGE = Reason(
    "{coverage} % of the predictions found attributes, less than min_coverage = {least} %", coverage=".1f", least=".0f"
)
NO_RULE = Reason("the policy has no rule that decides")
DISCOVERED = Counted(
    "{n} comparison discovered, to be confirmed on other data",
    "{n} comparisons discovered, to be confirmed on other data",
)
PROVEN = Counted("{n} comparison proven beyond the limit", "{n} comparisons proven beyond the limit")
NOTHING_COMPARED = Reason("nothing could be compared")
UNDECIDED = Counted("{n} required comparison of {of} undecided", "{n} required comparisons of {of} undecided", of=",")
REST = Reason('reference = "rest" is reported and cannot pass: it hides in the rest')
INSIDE = Counted("{n} comparison, all inside the limit", "{n} comparisons, all inside the limit")

# why a comparison has no value or no verdict
TOO_LITTLE = Reason("not enough data: equal rates could not pass either")
TOO_LITTLE_BY = Counted(
    "not enough data: equal rates could not pass either; {n} more customer of this group would let them pass four "
    "times in five",
    "not enough data: equal rates could not pass either; {n} more customers of this group would let them pass four "
    "times in five",
)
NOBODY = Reason("nobody in its denominator")
UNDEFINED = Reason("undefined")
ZERO_BY_ZERO = Reason("0 / 0: neither side has any")
REFERENCE_ZERO = Reason("the reference's value is 0, so there is no ratio")
BELOW_ZERO = Reason("a ratio of values below 0 has no meaning")
UNDEFINED_IN_ONE = Reason("the value is undefined in one of the groups")

# why something cannot be judged
NOT_PROTECTED = Reason('"{name}" is not under [data] protected')
MISSING = Reason("{name} is missing for {share} %, more than max_missing = {most} %", share=".1f", most=".0f")
FEWER_THAN_TWO_LARGE = Reason("{name}: fewer than two groups are large enough to compare")
FEWER_THAN_TWO = Reason("{name}: fewer than two groups to compare")
FEW_SELECTED = Reason("{estimand} rests on {n} selected, fewer than min_size = {least}", n=",", least="d")
FEW_ROWS = Reason("{estimand} rests on {n} of {of}, fewer than min_size = {least}", n=",", of=",", least="d")
FEW_CUSTOMERS = Reason(
    "{estimand} rests on {n} of {of} customers, fewer than min_size = {least}", n=",", of=",", least="d"
)
SMALL_SHARE = Reason("{n} of {of} customers, a smaller share than min_share = {least} %", n=",", of=",", least="g")
NO_REFERENCE = Reason("the reference group is absent or too small")
NO_LABEL = Reason("there is no label column")
NO_PREDICTION = Reason("there is no prediction, nor a score with a threshold")
NO_SCORE = Reason("there is no score column")
NO_TREATMENT = Reason("there is no treatment column")
NO_CONTROL = Reason("nobody has the value of {name} that means no treatment; state control under [data]")
NOBODY_TREATED = Reason("nobody was treated: {name} has no value but that of the control")
IN_BOTH_ARMS = Counted(
    "{n} customer has more than one value of {name}, so its effect cannot be told",
    "{n} customers have more than one value of {name}, so its effect cannot be told",
)
FEW_IN_SHARED_STRATA = Reason(
    "only {share} % of the amounts are in a {name} of which every group has some, less than {least} %",
    share=".1f",
    least=".0f",
)
LABEL_IS_NUMBER = Reason("the label is a number, not one of two values")
PREDICTION_IS_NUMBER = Reason("the prediction is a number, not one of two values")
LABEL_IS_CATEGORY = Reason("the label is a category, which has no mean")
PREDICTION_IS_CATEGORY = Reason("the prediction is a category, which has no mean")
SCORES_OUTSIDE = Reason("{n} scores lie outside {low} to {high}; state [data] score_range", n=",", low="g", high="g")
NO_PROBABILITY = Reason("the score is not a probability between 0 and 1")
SELECTIVE = Reason(
    "labels are known for {selected} % of those selected and {others} % of the others; if they are complete, say "
    'labels = "complete" under [data]',
    selected=".0f",
    others=".0f",
)
SELECTIVE_POSITIVES = Reason(
    "nobody who was not selected has a positive label, as if outcomes were only seen after it; if they are complete, "
    'say labels = "complete" under [data]'
)

# why there is no value at the same mix of segments
SAME_CUSTOMERS = Reason("the same customers stand in both groups")
OWN_VALUE = Reason("a group's own value is held against the limit, not another group's")
NOT_AVERAGED = Reason("only rates and means can be averaged over segments")
FEW_IN_BOTH = Reason(
    "only {share} % are in segments where both groups have a value, less than {least} %", share=".1f", least=".0f"
)
NO_RATIO = Reason("there is no ratio to a value of 0 or below")

# what happened to the rows
MISSING_ID = Reason("missing id")

# demands that exclude each other
CALIBRATION_EXCLUDED = Reason(
    "calibration and equal error rates ({rules}) cannot both hold exactly where base rates differ, unless the model is "
    "always right (Kleinberg et al. 2016); the further they are apart, the harder it is to meet both limits: decide "
    "which matters"
)
PRECISION_EXCLUDED = Reason(
    "equal precision and equal error rates ({rules}) cannot both hold exactly where base rates differ, unless the "
    "model is always right (Chouldechova 2017); the further they are apart, the harder it is to meet both limits: "
    "decide which matters"
)
WITH_BASE_RATES = Reason("{reason}; base rates here: {rates}")

# columns whose role was guessed
TAKEN_AS_ID = Reason('"{column}" is taken as the id: {reason}')
TAKEN_AS_PREDICTION = Reason('"{column}" is taken as the prediction: {reason}')
TAKEN_AS_SCORE = Reason('"{column}" is taken as the score: {reason}')
TAKEN_AS_PROTECTED = Reason('"{column}" is taken as protected: {reason}')
TAKEN_AS_SEGMENT = Reason('"{column}" is taken as a segment: {reason}')
TAKEN_AS_POSITIVE = Reason('"{value}" is taken as the positive value: {reason}')
NOT_TAKEN = Reason('"{column}" is not taken as protected; if it is, name all with --protected')
LABEL_NEVER_GUESSED = Reason("a label is never guessed: if it is what really happened, add {flags}")
NAMED_LIKE_ID = Reason("named like a customer's id")
ONLY_COLUMN_OF_BOTH = Reason("the only column that both files have")
ONLY_ID_OF_BOTH = Reason("the only id that both files have")
NAMED_LIKE_DECISION = Reason("named like a decision, two values")
NAMED_LIKE_SCORE = Reason("named like a score, between 0 and 1")
NAMED_LIKE_PROTECTED = Reason("its name says so, {n} values", n="d")
NAMED_LIKE_SEGMENT = Reason("named like a segment, {n} values", n="d")
MEANS_YES = Reason('of the two values of "{column}" the one that means yes')

# what a reader should know about the policy and the data
OF_PRESET = Reason("the policy builds on the preset {preset}; its status on {date}: {status}")
OTHER_RULES = Reason("the rules are not those of the preset {preset}: {origin} states its own")
LOOK_ALIKES = Reason('"{name}" has values that differ only by blanks or capitals; they are counted as different groups')
