"""What is said of a group for each kind of value, and what an audit does not say."""

from __future__ import annotations

from typing import NamedTuple

from fairaudit.report.language import message, say


class OfRate(NamedTuple):
    """The sentences of a count over a count."""

    ratio: str
    """Held against a reference, as so many times for every 100."""
    apart: str
    """Both rates, and how far they are apart."""
    alone: str


class OfValue(NamedTuple):
    """The sentences of what is no count over a count."""

    apart: str
    alone: str


RATES = {
    "selection rate": OfRate(
        message(
            "{where}, {group} were selected {times} for every 100 times that {reference} were: {rate} against {other}."
        ),
        message("{where}, {group} were selected in {share} of cases ({counts}), {reference} in {other}: {gap}."),
        message("{where}, {group} were selected in {share} of cases ({counts})."),
    ),
    "rate of not being selected": OfRate(
        message(
            "{where}, {group} were not selected {times} for every 100 times that {reference} were not: {rate} "
            "against {other}."
        ),
        message("{where}, {group} were not selected in {share} of cases ({counts}), {reference} in {other}: {gap}."),
        message("{where}, {group} were not selected in {share} of cases ({counts})."),
    ),
    "true positive rate": OfRate(
        message(
            "{where}, {group} whose {label} is {positive} were selected {times} for every 100 times that "
            "{reference} were: {rate} against {other}."
        ),
        message(
            "{where}, {group} whose {label} is {positive} were selected in {share} of cases ({counts}), "
            "{reference} in {other}: {gap}."
        ),
        message("{where}, {group} whose {label} is {positive} were selected in {share} of cases ({counts})."),
    ),
    "false negative rate": OfRate(
        message(
            "{where}, {group} whose {label} is {positive} were not selected {times} for every 100 times that "
            "{reference} were not: {rate} against {other}."
        ),
        message(
            "{where}, {group} whose {label} is {positive} were not selected in {share} of cases ({counts}), "
            "{reference} in {other}: {gap}."
        ),
        message("{where}, {group} whose {label} is {positive} were not selected in {share} of cases ({counts})."),
    ),
    "false positive rate": OfRate(
        message(
            "{where}, {group} whose {label} is not {positive} were selected {times} for every 100 times that "
            "{reference} were: {rate} against {other}."
        ),
        message(
            "{where}, {group} whose {label} is not {positive} were selected in {share} of cases ({counts}), "
            "{reference} in {other}: {gap}."
        ),
        message("{where}, {group} whose {label} is not {positive} were selected in {share} of cases ({counts})."),
    ),
    "true negative rate": OfRate(
        message(
            "{where}, {group} whose {label} is not {positive} were not selected {times} for every 100 times that "
            "{reference} were not: {rate} against {other}."
        ),
        message(
            "{where}, {group} whose {label} is not {positive} were not selected in {share} of cases ({counts}), "
            "{reference} in {other}: {gap}."
        ),
        message("{where}, {group} whose {label} is not {positive} were not selected in {share} of cases ({counts})."),
    ),
    "precision": OfRate(
        message(
            "{where}, {group} who were selected had {label} {positive} {times} for every 100 times that "
            "{reference} had: {rate} against {other}."
        ),
        message(
            "{where}, {group} who were selected had {label} {positive} in {share} of cases ({counts}), "
            "{reference} in {other}: {gap}."
        ),
        message("{where}, {group} who were selected had {label} {positive} in {share} of cases ({counts})."),
    ),
    "false discovery rate": OfRate(
        message(
            "{where}, {group} who were selected did not have {label} {positive} {times} for every 100 times that "
            "{reference} did not: {rate} against {other}."
        ),
        message(
            "{where}, {group} who were selected did not have {label} {positive} in {share} of cases ({counts}), "
            "{reference} in {other}: {gap}."
        ),
        message("{where}, {group} who were selected did not have {label} {positive} in {share} of cases ({counts})."),
    ),
    "false omission rate": OfRate(
        message(
            "{where}, {group} who were not selected had {label} {positive} {times} for every 100 times that "
            "{reference} had: {rate} against {other}."
        ),
        message(
            "{where}, {group} who were not selected had {label} {positive} in {share} of cases ({counts}), "
            "{reference} in {other}: {gap}."
        ),
        message("{where}, {group} who were not selected had {label} {positive} in {share} of cases ({counts})."),
    ),
    "negative predictive value": OfRate(
        message(
            "{where}, {group} who were not selected did not have {label} {positive} {times} for every 100 times "
            "that {reference} did not: {rate} against {other}."
        ),
        message(
            "{where}, {group} who were not selected did not have {label} {positive} in {share} of cases "
            "({counts}), {reference} in {other}: {gap}."
        ),
        message(
            "{where}, {group} who were not selected did not have {label} {positive} in {share} of cases ({counts})."
        ),
    ),
    "accuracy": OfRate(
        message(
            "{where}, {group} were decided rightly {times} for every 100 times that {reference} were: {rate} "
            "against {other}."
        ),
        message("{where}, {group} were decided rightly in {share} of cases ({counts}), {reference} in {other}: {gap}."),
        message("{where}, {group} were decided rightly in {share} of cases ({counts})."),
    ),
    "base rate": OfRate(
        message(
            "{where}, {group} had {label} {positive} {times} for every 100 times that {reference} had: {rate} "
            "against {other}."
        ),
        message(
            "{where}, {group} had {label} {positive} in {share} of cases ({counts}), {reference} in {other}: {gap}."
        ),
        message("{where}, {group} had {label} {positive} in {share} of cases ({counts})."),
    ),
}
"""Per rate."""
ABOVE_MEDIAN = {
    "selection rate": OfRate(
        message(
            "{where}, {group} scored above the median {times} for every 100 times that {reference} did: {rate} "
            "against {other}."
        ),
        message(
            "{where}, {group} scored above the median in {share} of cases ({counts}), {reference} in {other}: {gap}."
        ),
        message("{where}, {group} scored above the median in {share} of cases ({counts})."),
    ),
    "true positive rate": OfRate(
        message(
            "{where}, {group} whose {label} is {positive} scored above the median {times} for every 100 times "
            "that {reference} did: {rate} against {other}."
        ),
        message(
            "{where}, {group} whose {label} is {positive} scored above the median in {share} of cases "
            "({counts}), {reference} in {other}: {gap}."
        ),
        message("{where}, {group} whose {label} is {positive} scored above the median in {share} of cases ({counts})."),
    ),
    "false positive rate": OfRate(
        message(
            "{where}, {group} whose {label} is not {positive} scored above the median {times} for every 100 "
            "times that {reference} did: {rate} against {other}."
        ),
        message(
            "{where}, {group} whose {label} is not {positive} scored above the median in {share} of cases "
            "({counts}), {reference} in {other}: {gap}."
        ),
        message(
            "{where}, {group} whose {label} is not {positive} scored above the median in {share} of cases ({counts})."
        ),
    ),
}
"""The same where being selected means a score above the median."""
OTHERS = {
    "mean score": OfValue(
        message("{where}, {group} have a mean score of {rate} (on {n}), {reference} of {other} (on {m}): {gap}."),
        message("{where}, {group} have a mean score of {rate} (on {n})."),
    ),
    "mean label": OfValue(
        message("{where}, {group} have a mean {label} of {rate} (on {n}), {reference} of {other} (on {m}): {gap}."),
        message("{where}, {group} have a mean {label} of {rate} (on {n})."),
    ),
    "mean prediction": OfValue(
        message("{where}, {group} have a mean prediction of {rate} (on {n}), {reference} of {other} (on {m}): {gap}."),
        message("{where}, {group} have a mean prediction of {rate} (on {n})."),
    ),
    "area under the ROC curve": OfValue(
        message(
            "{where}, {group} have an area under the ROC curve of {rate} (on {n}), {reference} of {other} (on "
            "{m}): {gap}."
        ),
        message("{where}, {group} have an area under the ROC curve of {rate} (on {n})."),
    ),
    "observed over expected": OfValue(
        message(
            "{where}, {group} have {rate} times as many positives as their scores foretell (on {n}), {reference} "
            "{other} times (on {m}): {gap}."
        ),
        message("{where}, {group} have {rate} times as many positives as their scores foretell (on {n})."),
    ),
    "shuffle distance": OfValue(
        message(
            "{where}, {group} together have a shuffle distance of {rate} (on {n}), {reference} of {other} (on "
            "{m}): {gap}."
        ),
        message("{where}, {group} together have a shuffle distance of {rate} (on {n})."),
    ),
    "false negatives over false positives": OfValue(
        message(
            "{where}, {group} have {rate} false negatives for each false positive (on {n}), {reference} {other} "
            "(on {m}): {gap}."
        ),
        message("{where}, {group} have {rate} false negatives for each false positive (on {n})."),
    ),
    "uplift": OfValue(
        message(
            "{where}, the treatment changes the outcome of {group} by {rate} (on {n}), that of {reference} by {other} "
            "(on {m}): {gap}."
        ),
        message("{where}, the treatment changes the outcome of {group} by {rate} (on {n})."),
    ),
    "relative lift": OfValue(
        message(
            "{where}, the treatment changes the outcome of {group} by {rate} times what it is without (on {n}), that "
            "of {reference} by {other} times (on {m}): {gap}."
        ),
        message("{where}, the treatment changes the outcome of {group} by {rate} times what it is without (on {n})."),
    ),
    "outcome with the treatment": OfValue(
        message(
            "{where}, the outcome of {group} with the treatment is {rate} (on {n}), that of {reference} {other} (on "
            "{m}): {gap}."
        ),
        message("{where}, the outcome of {group} with the treatment is {rate} (on {n})."),
    ),
    "outcome of the control": OfValue(
        message(
            "{where}, the outcome of {group} without the treatment is {rate} (on {n}), that of {reference} {other} (on "
            "{m}): {gap}."
        ),
        message("{where}, the outcome of {group} without the treatment is {rate} (on {n})."),
    ),
    "amount at the same mix": OfValue(
        message(
            "{where}, the amount of {group} is {rate} on average (on {n}), that of {reference} {other} (on {m}), both "
            "at everybody's mix of products: {gap}."
        ),
        message("{where}, the amount of {group} is {rate} on average (on {n}), at everybody's mix of products."),
    ),
    "standardized mean": OfValue(
        message(
            "{where}, the average of {group} is {rate} standard deviations (on {n}), that of {reference} {other} (on "
            "{m}): {gap}."
        ),
        message("{where}, the average of {group} is {rate} standard deviations (on {n})."),
    ),
}
"""The same for what is no count over a count."""
UNKNOWN = OfValue(
    message("{where}, {group} have {estimand} {rate} (on {n}), {reference} {other} (on {m}): {gap}."),
    message("{where}, {group} have {estimand} {rate} (on {n})."),
)
"""For a metric of the reader's own."""

VERDICTS = {
    "pass": message("pass"),
    "fail": message("fail"),
    "inconclusive": message("inconclusive"),
    "explored": message("explored"),
}
"""What is said of a rule or an audit."""

NO_CLAIM = (
    message(
        "It is no legal finding: the limits are conventions or your own choice, and a court may ask for more or for "
        "less."
    ),
    message(
        "It names no cause: a gap can come from the model, from its inputs, from the data or from the world outside."
    ),
    message(
        "It speaks of the customers in these files, at this time; the next month and another country need their own "
        "audit."
    ),
    message("It cannot see what the files do not hold: attributes that were not collected, customers who never came."),
)
"""What an audit does not say."""


def verdict(word: str) -> str:
    """Return a verdict's word in the language of the report: "pass", "bestanden"."""
    return say(VERDICTS[word])


def no_claim() -> list[str]:
    """Return what an audit does not say, in the language of the report."""
    return [say(sentence) for sentence in NO_CLAIM]
