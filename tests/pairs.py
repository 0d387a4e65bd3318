"""Comparisons made by hand: a group beside a reference, from how many of each are selected."""

from rows import recount

from fairaudit.comparison import Arm, Band, Comparison
from fairaudit.cube import Cell
from fairaudit.metrics.decisions import SELECTION
from fairaudit.policy import Policy
from fairaudit.spec import Spec

SPEC = Spec(label="y", prediction="p", score="s")


def chosen(k, n):
    """Return a cell of n customers without labels, k of them selected."""
    return Cell((0, 0, k, 0, 0, n - k, 0, 0, 0))


def rule(compare, **limits):
    metric = "equalized_odds" if compare != "value" else "calibration"
    return Policy.parse({"rule": [{"metric": metric, "compare": compare, **limits}]}).rules[0]


def arm(cell, estimand=SELECTION, name="a", method="exact"):
    return Arm({"g": name}, cell, estimand, SPEC, method)


def compare(a, b, kind="ratio", estimand=SELECTION, **limits):
    limits = limits or {"ratio": {"min": "0.8"}, "difference": {"max": "0.1"}, "value": {"min": "0.5"}}[kind]
    band = Band.of(rule(kind, **limits), any_pair=True)
    reference = None if b is None else arm(b, estimand, "b")
    return Comparison(kind, arm(a, estimand, "a"), reference, band, {}, required=True, shown=True)


def amounts(*values):
    return recount(SPEC, [{"s": value} for value in values]).cell()
