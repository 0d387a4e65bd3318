"""What is said of a group for each kind of value, and what an audit does not say."""

_HAVE, _HAVE_NOT = "of those whose {label} is {positive}, ", "of those whose {label} is not {positive}, "
RATES = {
    "selection rate": ("", "were selected in {rate}"),
    "rate of not being selected": ("", "were not selected in {rate}"),
    "true positive rate": (_HAVE, "were selected in {rate}"),
    "false negative rate": (_HAVE, "were not selected in {rate}"),
    "false positive rate": (_HAVE_NOT, "were selected in {rate}"),
    "true negative rate": (_HAVE_NOT, "were not selected in {rate}"),
    "precision": ("of those selected, ", "had {label} {positive} in {rate}"),
    "false discovery rate": ("of those selected, ", "did not have {label} {positive} in {rate}"),
    "false omission rate": ("of those not selected, ", "had {label} {positive} in {rate}"),
    "negative predictive value": ("of those not selected, ", "did not have {label} {positive} in {rate}"),
    "accuracy": ("", "were decided rightly in {rate}"),
    "base rate": ("", "had {label} {positive} in {rate}"),
}
"""Per rate: among whom, and what is said of a group."""
OTHERS = {
    "mean score": ("", "have a mean score of {rate}"),
    "mean label": ("", "have a mean {label} of {rate}"),
    "mean prediction": ("", "have a mean prediction of {rate}"),
    "area under the ROC curve": ("", "have an area under the ROC curve of {rate}"),
    "observed over expected": ("", "have {rate} times as many positives as their scores foretell"),
    "shuffle distance": ("", "together have a shuffle distance of {rate}"),
    "false negatives over false positives": ("", "have {rate} false negatives for each false positive"),
}
"""The same for what is no count over a count."""

NO_CLAIM = (
    "It is no legal finding: the limits are conventions or your own choice, and a court may ask for more or for less.",
    "It names no cause: a gap can come from the model, from its inputs, from the data or from the world outside.",
    "It speaks of the customers in these files, at this time; the next month and another country need their own audit.",
    "It cannot see what the files do not hold: attributes that were not collected, customers who never came.",
)
"""What an audit does not say."""
