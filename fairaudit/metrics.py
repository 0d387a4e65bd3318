"""METRICS: one row per metric, the only place where a metric is declared.

The command line, the policy check, the documentation's table, the report's explanations and the oracle tests all read
this table, so adding a metric is adding a row.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from types import MappingProxyType
from typing import TYPE_CHECKING, Literal

from fairaudit.cube import Count
from fairaudit.curves import Area, ObservedOverExpected
from fairaudit.errors import UsageError, nearest
from fairaudit.estimands import Estimand, Mean, Odds, Rate
from fairaudit.fairlearn_names import ALIASES
from fairaudit.shuffle import ShuffleDistance

if TYPE_CHECKING:
    from collections.abc import Mapping

Compare = Literal["ratio", "difference", "value"]
Best = Literal["highest", "lowest"]
Outcome = Literal["benefit", "harm"]

TP, FP, FN, TN = Count.TP, Count.FP, Count.FN, Count.TN


@dataclass(frozen=True, slots=True)
class Metric:
    """What can be asked of every group: a question, what it is computed from, and how groups are compared."""

    name: str
    asks: str
    """The question it answers, in one sentence."""
    formula: str
    """The value per group in counts: n customers, TP, FP, FN, TN, scores s, labels y."""
    estimands: tuple[Estimand, ...]
    """What is compared; two for equalized odds."""
    use: str
    """When it is the right question."""
    avoid: str
    """When it misleads."""
    source: str
    best: Best | None = "highest"
    """Which end is good for a customer; None where neither is."""
    harm_flips: bool = False
    """True if the good end changes sides when being selected is a harm."""
    compare: Compare | None = None
    """How a rule compares groups unless it says otherwise; None: it must say."""
    min: Decimal | None = None
    max: Decimal | None = None
    favourable: Estimand | None = None
    """What is judged instead when being selected is a harm: the favourable outcome."""
    oracle: str | None = None
    """The function of scikit-learn or fairlearn that gives the same value per group."""

    def judged(self, outcome: Outcome) -> tuple[Estimand, ...]:
        """Return what is compared when being selected is a benefit or a harm."""
        return (self.favourable,) if outcome == "harm" and self.favourable else self.estimands

    def best_for(self, outcome: Outcome) -> Best | None:
        """Return which end is good for a customer when being selected is a benefit or a harm."""
        if outcome == "harm" and self.harm_flips:
            return "lowest" if self.best == "highest" else "highest"
        return self.best


SELECTION = Rate("selection rate", of=Count.SELECTED, among=Count.DECIDED)
NOT_SELECTED = Rate("rate of not being selected", of=Count.PASSED, among=Count.DECIDED)
TRUE_POSITIVE = Rate("true positive rate", of=TP, among=TP | FN)
FALSE_POSITIVE = Rate("false positive rate", of=FP, among=FP | TN)
TRUE_NEGATIVE = Rate("true negative rate", of=TN, among=FP | TN)
FALSE_NEGATIVE = Rate("false negative rate", of=FN, among=TP | FN)
PRECISION = Rate("precision", of=TP, among=TP | FP)
ACCURACY = Rate("accuracy", of=TP | TN, among=Count.BOTH)
AREA = Area("area under the ROC curve")
CALIBRATION = ObservedOverExpected("observed over expected")

_ROWS = (
    Metric(
        "disparate_impact",
        asks="Is every group selected nearly as often as the group that is selected most?",
        formula="(TP + FP) / n, as a ratio",
        estimands=(SELECTION,),
        favourable=NOT_SELECTED,
        compare="ratio",
        min=Decimal("0.80"),
        use="An offer, a discount or a place in a list should reach all groups alike, whatever they would do with it.",
        avoid="Where groups rightly differ in need or eligibility; it does not look at labels.",
        source="Feldman et al. 2015; the four-fifths convention of 29 CFR 1607.4(D)",
        oracle="fairlearn.metrics.selection_rate",
    ),
    Metric(
        "statistical_parity",
        asks="How many more in a hundred are selected in one group than in another?",
        formula="(TP + FP) / n, as a difference",
        estimands=(SELECTION,),
        favourable=NOT_SELECTED,
        compare="difference",
        use="As disparate impact, where selection is rare and a ratio would exaggerate, or common and it would hide.",
        avoid="Where a gap of one point in a hundred is large (rates near zero): use the ratio.",
        source="Dwork et al. 2012",
        oracle="fairlearn.metrics.selection_rate",
    ),
    Metric(
        "equal_opportunity",
        asks="Of those who would respond, is every group reached alike?",
        formula="TP / (TP + FN), as a difference",
        estimands=(TRUE_POSITIVE,),
        favourable=TRUE_NEGATIVE,
        compare="difference",
        max=Decimal("0.10"),
        use="The label tells who deserves or wants the offer, and it is known for everyone.",
        avoid="Where the label is only seen for those selected, or is itself the result of unfair treatment.",
        source="Hardt, Price and Srebro 2016",
        oracle="fairlearn.metrics.true_positive_rate",
    ),
    Metric(
        "equalized_odds",
        asks="Are both kinds of decision, right and wrong ones, spread alike over the groups?",
        formula="TP / (TP + FN) and FP / (FP + TN), both as differences",
        estimands=(TRUE_POSITIVE, FALSE_POSITIVE),
        compare="difference",
        best=None,
        use="Errors in either direction matter: an offer withheld and an offer wasted or a suspicion raised.",
        avoid="Together with calibration where base rates differ: both cannot hold (Kleinberg et al. 2016).",
        source="Hardt, Price and Srebro 2016",
    ),
    Metric(
        "predictive_equality",
        asks="Of those who would not respond, is every group selected wrongly alike?",
        formula="FP / (FP + TN), as a difference",
        estimands=(FALSE_POSITIVE,),
        best="lowest",
        compare="difference",
        use="Being selected wrongly is costly for the customer: a suspicion, a check, a refusal.",
        avoid="Where being selected does no harm.",
        source="Chouldechova 2017",
        oracle="fairlearn.metrics.false_positive_rate",
    ),
    Metric(
        "predictive_parity",
        asks="Of those selected, does the same share respond in every group?",
        formula="TP / (TP + FP), as a difference",
        estimands=(PRECISION,),
        compare="difference",
        use="A selection must mean the same for every group; labels are only known for those selected.",
        avoid="As the only rule: a group may be selected too rarely and still show the best precision.",
        source="Chouldechova 2017",
        oracle="sklearn.metrics.precision_score",
    ),
    Metric(
        "accuracy_parity",
        asks="Is the decision right equally often in every group?",
        formula="(TP + TN) / (TP + FP + FN + TN), as a difference",
        estimands=(ACCURACY,),
        compare="difference",
        use="Right and wrong weigh the same whoever they happen to.",
        avoid="Where one kind of error is worse, or base rates differ: it mixes both errors.",
        source="Berk et al. 2021",
        oracle="sklearn.metrics.accuracy_score",
    ),
    Metric(
        "treatment_equality",
        asks="Do wrongly withheld and wrongly given selections stand in the same proportion in every group?",
        formula="FN / FP, as a ratio (the odds of FN / (FN + FP))",
        estimands=(
            Odds("false negatives over false positives", Rate("share of false negatives", of=FN, among=FN | FP)),
        ),
        best=None,
        compare="ratio",
        use="Groups should not pay for the model's caution in different coin.",
        avoid="Where there are few errors: a ratio of two small counts.",
        source="Berk et al. 2021",
    ),
    Metric(
        "auc_parity",
        asks="Does the score rank customers equally well in every group?",
        formula="P(s of a positive > s of a negative), as a difference",
        estimands=(AREA,),
        compare="difference",
        use="The score orders customers and the cut-off is chosen later or changes.",
        avoid="As proof that decisions are fair: a score may rank well within groups and still be shifted for one.",
        source="Hanley and McNeil 1982; DeLong et al. 1988",
    ),
    Metric(
        "calibration",
        asks="Does a score of 30 % mean 30 in 100 in every group?",
        formula="sum of y / sum of s, per group",
        estimands=(CALIBRATION,),
        best=None,
        compare="value",
        use="The score is read as a probability: an expected value, a price, a risk.",
        avoid="Together with equalized odds where base rates differ: both cannot hold.",
        source="Kleinberg et al. 2016; Van Calster et al. 2019",
    ),
    Metric(
        "shuffle_distance",
        asks="Do the selected look like everybody?",
        formula="half the sum over the groups of |share of the selected - share of all|",
        estimands=(ShuffleDistance("shuffle distance"),),
        best=None,
        compare="value",
        use="An audience is delivered, an advertisement or an offer, and should mirror those who could have had it.",
        avoid="Where a small group matters: leaving it out altogether moves the distance by no more than its share.",
        source="Ali et al. 2019; Geyik et al. 2019",
    ),
    Metric(
        "selection_rate",
        asks="What share of the group is selected?",
        formula="(TP + FP) / n",
        estimands=(SELECTION,),
        harm_flips=True,
        use="As the plain fact behind disparate impact.",
        avoid="Alone, where groups differ in eligibility.",
        source="Barocas, Hardt and Narayanan 2023",
        oracle="fairlearn.metrics.selection_rate",
    ),
    Metric(
        "base_rate",
        asks="What share of the group is positive?",
        formula="(TP + FN) / n",
        estimands=(Rate("base rate", of=Count.POSITIVE, among=Count.LABELLED),),
        harm_flips=True,
        use="To see whether groups differ before any model has spoken.",
        avoid="As a test of the model: it does not depend on it.",
        source="Barocas, Hardt and Narayanan 2023",
        oracle="fairlearn.metrics.mean_prediction",
    ),
    Metric(
        "true_positive_rate",
        asks="Of the positives, what share is selected?",
        formula="TP / (TP + FN)",
        estimands=(TRUE_POSITIVE,),
        use="As the plain fact behind equal opportunity; also called recall or sensitivity.",
        avoid="Where labels are only seen for those selected.",
        source="Hardt, Price and Srebro 2016",
        oracle="fairlearn.metrics.true_positive_rate",
    ),
    Metric(
        "false_positive_rate",
        asks="Of the negatives, what share is selected?",
        formula="FP / (FP + TN)",
        estimands=(FALSE_POSITIVE,),
        best="lowest",
        use="As the plain fact behind predictive equality.",
        avoid="Where labels are only seen for those selected.",
        source="Hardt, Price and Srebro 2016",
        oracle="fairlearn.metrics.false_positive_rate",
    ),
    Metric(
        "true_negative_rate",
        asks="Of the negatives, what share is not selected?",
        formula="TN / (FP + TN)",
        estimands=(TRUE_NEGATIVE,),
        use="Where being selected is a harm: those who should be left alone and are; also called specificity.",
        avoid="Where labels are only seen for those selected.",
        source="Hardt, Price and Srebro 2016",
        oracle="fairlearn.metrics.true_negative_rate",
    ),
    Metric(
        "false_negative_rate",
        asks="Of the positives, what share is not selected?",
        formula="FN / (TP + FN)",
        estimands=(FALSE_NEGATIVE,),
        best="lowest",
        use="Where being passed over is the harm.",
        avoid="As a ratio where it is near zero.",
        source="Hardt, Price and Srebro 2016",
        oracle="fairlearn.metrics.false_negative_rate",
    ),
    Metric(
        "precision",
        asks="Of those selected, what share is positive?",
        formula="TP / (TP + FP)",
        estimands=(PRECISION,),
        use="As the plain fact behind predictive parity.",
        avoid="As the only metric: it says nothing of those passed over.",
        source="Chouldechova 2017",
        oracle="sklearn.metrics.precision_score",
    ),
    Metric(
        "negative_predictive_value",
        asks="Of those not selected, what share is negative?",
        formula="TN / (TN + FN)",
        estimands=(Rate("negative predictive value", of=TN, among=TN | FN),),
        use="Where not being selected must mean the same for every group.",
        avoid="Where labels are only seen for those selected.",
        source="Chouldechova 2017",
    ),
    Metric(
        "false_discovery_rate",
        asks="Of those selected, what share is negative?",
        formula="FP / (TP + FP)",
        estimands=(Rate("false discovery rate", of=FP, among=TP | FP),),
        best="lowest",
        use="Where a wrong selection is costly for the customer.",
        avoid="As the only metric: it says nothing of those passed over.",
        source="Chouldechova 2017",
    ),
    Metric(
        "false_omission_rate",
        asks="Of those not selected, what share is positive?",
        formula="FN / (TN + FN)",
        estimands=(Rate("false omission rate", of=FN, among=TN | FN),),
        best="lowest",
        use="Where being passed over wrongly is the harm and the passed over are the population of interest.",
        avoid="Where labels are only seen for those selected.",
        source="Chouldechova 2017",
    ),
    Metric(
        "accuracy",
        asks="How often is the decision right?",
        formula="(TP + TN) / (TP + FP + FN + TN)",
        estimands=(ACCURACY,),
        use="As a floor for every group.",
        avoid="Where one kind of error is worse.",
        source="Berk et al. 2021",
        oracle="sklearn.metrics.accuracy_score",
    ),
    Metric(
        "mean_score",
        asks="How high is the group's average score?",
        formula="sum of s / n",
        estimands=(Mean("mean score", of="score"),),
        harm_flips=True,
        use="Where the score itself is the treatment, or before a cut-off is chosen.",
        avoid="Where only the order of the scores matters.",
        source="Barocas, Hardt and Narayanan 2023",
        oracle="fairlearn.metrics.mean_prediction",
    ),
    Metric(
        "mean_label",
        asks="How high is the group's average label?",
        formula="sum of y / n",
        estimands=(Mean("mean label", of="label"),),
        harm_flips=True,
        use="For labels that are amounts: spend, price, visits.",
        avoid="As a test of the model: it does not depend on it.",
        source="Barocas, Hardt and Narayanan 2023",
        oracle="fairlearn.metrics.mean_prediction",
    ),
    Metric(
        "mean_prediction",
        asks="How high is the group's average prediction?",
        formula="sum of predictions / n",
        estimands=(Mean("mean prediction", of="prediction"),),
        harm_flips=True,
        use="For predictions that are amounts: a price, a discount, a limit.",
        avoid="Where products differ between groups: compare within a product.",
        source="Barocas, Hardt and Narayanan 2023",
        oracle="fairlearn.metrics.mean_prediction",
    ),
    Metric(
        "roc_auc",
        asks="How well does the score rank positives above negatives?",
        formula="P(s of a positive > s of a negative)",
        estimands=(AREA,),
        use="As a floor for every group's ranking quality.",
        avoid="As proof that decisions are fair.",
        source="Hanley and McNeil 1982; DeLong et al. 1988",
    ),
)

METRICS: Mapping[str, Metric] = MappingProxyType({metric.name: metric for metric in _ROWS})
"""Every metric by name: first the named rules, then the plain ones."""

PER_GROUP: Mapping[str, Estimand] = MappingProxyType(
    {name: m.estimands[0] for name, m in METRICS.items() if m.compare is None}
    | {name: METRICS[name].estimands[0] for name in ("treatment_equality", "calibration")}
)
"""What is reported for every group, asked for or not."""


def find(name: str) -> tuple[Metric, Compare | None]:
    """Return the metric of a name or of a fairlearn alias, with how groups are compared.

    Raises
    ------
    UsageError
        No metric has that name; the message offers the nearest one.
    """
    if name in ALIASES:
        ours, compare = ALIASES[name]
        return METRICS[ours], compare
    if name in METRICS:
        return METRICS[name], METRICS[name].compare
    raise UsageError(
        f'There is no metric "{name}".{nearest(name, [*METRICS, *ALIASES])} `fairaudit explain` lists all metrics.'
    )
