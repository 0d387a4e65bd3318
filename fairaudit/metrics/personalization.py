"""The metrics of personalization beyond one decision: what a treatment does to each group, and what each one pays."""

from __future__ import annotations

from fairaudit.amounts import SameMix, Standardized
from fairaudit.estimands import Mean
from fairaudit.metrics.row import Metric
from fairaudit.spec import CONTROL
from fairaudit.uplift import InArm, Lift, Uplift

UPLIFT = Uplift("uplift")
LIFT = Lift("relative lift")
TREATED = InArm("outcome with the treatment")
UNTREATED = InArm("outcome of the control", CONTROL)

ROWS = (
    Metric(
        "benefit_parity",
        asks="Does personalization gain as much for every group as for the one that gains most?",
        formula="(outcome treated - outcome of the control), as a difference between groups",
        estimands=(UPLIFT,),
        compare="difference",
        of_column=True,
        use="An experiment: some customers had the personalized version and others, by chance, the generic one.",
        avoid="Without chance: those treated may differ from the others, and the gap is no effect.",
        source="Kallus and Zhou 2019; Newcombe 1998",
    ),
    Metric(
        "no_group_harmed",
        asks="Is no group worse off with personalization than without?",
        formula="outcome treated - outcome of the control, per group",
        estimands=(UPLIFT,),
        best=None,
        compare="value",
        of_column=True,
        use="With min as the margin: the most that a group may lose; 0 asks for proof that every group gains.",
        avoid="With few customers per arm, where no group's gain can be proven.",
        source="Kallus and Zhou 2019",
    ),
    Metric(
        "price_parity",
        asks="Does every group pay alike for the same products?",
        formula="mean of the amount within each stratum, averaged with everybody's mix of strata, as a ratio",
        estimands=(SameMix("amount at the same mix", Mean("mean value", of="")),),
        best="lowest",
        compare="ratio",
        of_column=True,
        use="A price, a fee, a premium or a discount; with stratum as the product, so that equal goods are compared.",
        avoid="Without a stratum where groups buy different products: their mix then looks like a price.",
        source="Chen, Mislove and Wilson 2016; Kallus and Zhou 2021; Zou, Huang and Zhang 2009",
    ),
    Metric(
        "standardized_mean_difference",
        asks="How far apart are the groups' averages, in standard deviations?",
        formula="mean of v / standard deviation of everybody's v, as a difference",
        estimands=(Standardized("standardized mean", Mean("mean value", of="")),),
        best=None,
        compare="difference",
        of_column=True,
        use="Amounts in a unit that says nothing by itself: a gap of 0.2 is called small, 0.5 medium, 0.8 large.",
        avoid="Where a few very large amounts make the deviation large, and every gap small.",
        source="Cohen 1988",
    ),
    Metric(
        "uplift",
        asks="What does the treatment change in the group's outcome?",
        formula="outcome treated - outcome of the control",
        estimands=(UPLIFT,),
        of_column=True,
        use="As the plain fact behind benefit parity.",
        avoid="Without chance in who was treated.",
        source="Gutierrez and Gerardy 2017",
    ),
    Metric(
        "relative_lift",
        asks="By what share does the treatment change the group's outcome?",
        formula="outcome treated / outcome of the control - 1",
        estimands=(LIFT,),
        of_column=True,
        use="Where groups start from different levels: a point more is much for one and little for another.",
        avoid="Where the control's outcome is rare: a ratio to a small count.",
        source="Gutierrez and Gerardy 2017",
    ),
    Metric(
        "treated_outcome",
        asks="How good is the outcome of those treated?",
        formula="outcome, among the treated",
        estimands=(TREATED,),
        of_column=True,
        use="Engagement with the personalized version.",
        avoid="Alone: see the control's.",
        source="Gutierrez and Gerardy 2017",
    ),
    Metric(
        "control_outcome",
        asks="How good is the outcome of the control?",
        formula="outcome, among the control",
        estimands=(UNTREATED,),
        of_column=True,
        use="Engagement with the generic version.",
        avoid="Alone: see that of those treated.",
        source="Gutierrez and Gerardy 2017",
    ),
    Metric(
        "mean_value",
        asks="How high is the group's average of a column?",
        formula="sum of v / n",
        estimands=(Mean("mean value", of=""),),
        best=None,
        of_column=True,
        use="For amounts that are neither label nor prediction: spend, price, discount.",
        avoid="Where products differ between groups: compare within a product.",
        source="Barocas, Hardt and Narayanan 2023",
    ),
)
