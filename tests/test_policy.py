"""The policy: what it reads, what it refuses, and what it makes of it."""

import tomllib
from decimal import Decimal
from fractions import Fraction

import pytest

from fairaudit.comparison import Band
from fairaudit.errors import UsageError
from fairaudit.metrics import METRICS
from fairaudit.policy import Policy
from fairaudit.rule import Rule
from fairaudit.score import Score
from fairaudit.settings import load
from fairaudit.spec import Spec

IMPACT = {"metric": "disparate_impact"}


def parse(**sections):
    return Policy.parse(sections)


def rule(metric, **keys):
    return parse(rule=[{"metric": metric, **keys}]).rules[0]


def toml(text):
    return Policy.parse(tomllib.loads(text, parse_float=Decimal))


def refused(match, **sections):
    with pytest.raises(UsageError, match=match) as caught:
        parse(**sections)
    return str(caught.value)


# --- keys and values ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("sections", "key", "nearest"),
    [
        ({"dta": {}}, "dta", "data"),
        ({"data": {"lable": "y"}}, "data.lable", "label"),
        ({"groups": {"min_sise": 5}}, "groups.min_sise", "min_size"),
        ({"verdict": {"confidense": 0.9}}, "verdict.confidense", "confidence"),
        ({"rule": [{**IMPACT, "protectd": ["sex"]}]}, "rule.0.protectd", "protected"),
        ({"rule": [IMPACT], "rules": [IMPACT]}, "rules", "rule"),
        ({"shema": 1}, "shema", "schema"),
    ],
)
def test_an_unknown_key_is_refused_with_the_nearest_name(sections, key, nearest):
    refused(f'unknown key "{key}". Did you mean "{nearest}"', **sections)


def test_an_unknown_key_without_a_near_one_is_refused_without_a_guess():
    assert "Did you mean" not in refused('unknown key "qqqq"', qqqq=1)


def test_several_problems_are_said_together_each_with_its_origin():
    with pytest.raises(UsageError) as caught:
        Policy.parse({"data": {"lable": "y"}, "groups": {"min_size": 0}}, "fairaudit.toml")
    lines = str(caught.value).splitlines()
    assert len(lines) == 2
    assert all(line.startswith("fairaudit.toml: ") for line in lines)


NAN, INF = float("nan"), float("inf")


@pytest.mark.parametrize("number", [NAN, INF, -INF, Decimal("NaN"), Decimal("Infinity")])
@pytest.mark.parametrize(
    "place",
    [
        ("rule", "min"),
        ("rule", "max"),
        ("groups", "max_missing"),
        ("groups", "small_share"),
        ("data", "min_coverage"),
        ("data", "threshold"),
        ("verdict", "confidence"),
    ],
    ids=".".join,
)
def test_no_number_of_a_policy_may_be_nan_or_infinite(place, number):
    """A NaN limit compares False with everything, and so would pass or block in silence."""
    section, key = place
    values = {"rule": [{**IMPACT, key: number}]} if section == "rule" else {section: {key: number}}
    if key == "threshold":
        values["data"]["score"] = "s"
    refused("finite|less than|greater than", **values)


@pytest.mark.parametrize("ends", [(1, 0), (0, 0), (NAN, 1), (0, NAN), (0, INF), (-INF, 1)])
def test_a_score_range_is_two_finite_numbers_the_lower_first(ends):
    refused("score_range must be", data={"score": "s", "score_range": ends})


def test_a_threshold_needs_a_score():
    refused("threshold needs a score", data={"threshold": 0.5})
    refused("threshold needs a score", data={"threshold": "median"})


def test_a_threshold_is_a_number_or_the_median():
    assert parse(data={"score": "s", "threshold": "median"}).spec().threshold == "median"
    refused("data.threshold", data={"score": "s", "threshold": "mean"})


@pytest.mark.parametrize("confidence", [0.5, 0.3, 1, 1.2, 0, -0.9])
def test_confidence_lies_above_one_half_and_below_one(confidence):
    refused("verdict.confidence", verdict={"confidence": confidence})


def test_confidence_may_be_a_decimal():
    assert parse(verdict={"confidence": Decimal("0.95")}).verdict.confidence == 0.95


@pytest.mark.parametrize(
    "section",
    [
        {"groups": {"min_size": 0}},
        {"groups": {"small": "ignore"}},
        {"groups": {"small_share": 1.1}},
        {"groups": {"max_missing": -0.1}},
        {"groups": {"reference": "overall"}},
        {"verdict": {"interval": "wald"}},
        {"verdict": {"decide_on": "p-value"}},
        {"verdict": {"on_inconclusive": "pass"}},
        {"data": {"outcome": "good"}},
        {"data": {"labels": "all"}},
        {"data": {"min_coverage": 1.5}},
        {"data": {"max_groups": 1}},
        {"data": {"protected": "sex"}},
        {"rule": [{**IMPACT, "compare": "gap"}]},
        {"rule": [{**IMPACT, "in_segments": "ignored"}]},
        {"rule": [{"metric": 3}]},
        {"rule": [{"min": 0.8}]},
        {"rule": ["disparate_impact"]},
        {"preset": "strict"},
        {"schema": 2},
    ],
    ids=str,
)
def test_a_value_that_does_not_fit_is_refused(section):
    refused("policy", **section)


def test_the_schema_key_is_accepted():
    assert parse(schema=1, rule=[IMPACT]).schema_ == 1
    assert parse(name="Offers").name == "Offers"


@pytest.mark.parametrize("cuts", [[], [40, 25], [25, 25], [25, NAN], [25, INF]])
def test_bands_are_increasing_numbers(cuts):
    refused(r"bands.age must be increasing numbers", data={"bands": {"age": cuts}})


@pytest.mark.parametrize(
    ("names", "problem"),
    [
        (["sex", "sex"], "names a column twice"),
        (["sex*sex"], "names a column twice"),
        (["sex*age", "age*sex"], "names a column twice"),
        (["sex", ""], "holds an empty name"),
        (["sex*"], "holds an empty name"),
    ],
)
def test_protected_names_each_group_once(names, problem):
    refused(f"protected {problem}", data={"protected": names})


def test_a_column_may_be_protected_alone_and_in_intersections():
    assert parse(data={"protected": ["sex", "age", "sex*age"]}).attributes() == ("sex", "age")


def test_segments_are_named_once_and_are_no_intersections():
    refused("segments names a column twice", data={"segments": ["region", "region"]})
    assert parse(data={"segments": ["a*a"]}).attributes() == ("a*a",)


# --- the positive value ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("value", [1, "1", True, 1.0, Decimal("1.0"), Decimal(1)])
def test_one_is_the_same_as_text_truth_and_number(value):
    assert parse(data={"positive": value}).spec().positive == "1"


@pytest.mark.parametrize(
    ("value", "text"), [("yes", "yes"), (0, "0"), (False, "0"), (10, "10"), (Decimal("10.0"), "10"), (0.5, "0.5")]
)
def test_the_positive_value_is_compared_as_text(value, text):
    assert parse(data={"positive": value}).spec().positive == text


# --- rules ----------------------------------------------------------------------------------------------------------


def test_decimals_are_exact():
    """DESIGN 7: 0.8 of a TOML file is exactly 4/5, and so is the float 0.8 of a call."""
    text = '[[rule]]\nmetric = "disparate_impact"\nmin = 0.8'
    for read in (toml(text).rules[0], rule("disparate_impact", min=0.8), rule("disparate_impact", min="0.8")):
        assert Fraction(read.min) == Fraction(4, 5)
        assert Band.of(read, any_pair=True) == Band(Fraction(4, 5), Fraction(5, 4))


def test_a_named_rule_takes_comparison_and_limit_from_its_metric():
    impact, opportunity = rule("disparate_impact"), rule("equal_opportunity")
    assert (impact.id, impact.compare, impact.min, impact.max) == ("disparate_impact", "ratio", Decimal("0.80"), None)
    assert (opportunity.compare, opportunity.min, opportunity.max) == ("difference", None, Decimal("0.10"))
    assert impact.declared is METRICS["disparate_impact"]
    assert not impact.is_alias


def test_a_stated_limit_replaces_the_default():
    assert rule("disparate_impact", min=0.9).min == Decimal("0.9")
    only_max = rule("disparate_impact", max=1.25)
    assert (only_max.min, only_max.max) == (None, Decimal("1.25"))


def test_a_default_limit_is_not_carried_over_to_another_comparison():
    refused("no default limit", rule=[{**IMPACT, "compare": "difference"}])


@pytest.mark.parametrize(
    "name", ["statistical_parity", "equalized_odds", "predictive_parity", "treatment_equality", "calibration"]
)
def test_a_rule_without_a_default_limit_must_state_one(name):
    """FIELD trap 23: without a limit fairpipe always passes."""
    refused(f'"{name}" has no default limit: state min or max', rule=[{"metric": name}])


@pytest.mark.parametrize("name", ["selection_rate", "true_positive_rate", "mean_score", "roc_auc"])
def test_a_plain_metric_must_say_how_it_is_compared(name):
    refused("must say how to compare groups", rule=[{"metric": name, "min": 0.8}])
    assert rule(name, compare="ratio", min=0.8).compare == "ratio"


def test_an_unknown_metric_offers_the_nearest_name():
    refused('no metric "disparate_imact".*Did you mean "disparate_impact"', rule=[{"metric": "disparate_imact"}])


@pytest.mark.parametrize(
    ("keys", "problem"),
    [
        ({"metric": "calibration", "min": 1.2, "max": 0.8}, "min 1.2 is above max 0.8"),
        ({"metric": "equal_opportunity", "min": 0.1}, "a difference has one limit, max"),
        ({"metric": "equal_opportunity", "min": 0.1, "max": 0.2}, "a difference has one limit, max"),
        ({"metric": "equal_opportunity", "max": -0.1}, "is not negative"),
        ({"metric": "disparate_impact", "min": 1.2}, "at most at 1, so that equal groups meet it"),
        ({"metric": "disparate_impact", "min": 0}, "the min of a ratio lies above 0"),
        ({"metric": "disparate_impact", "min": -0.8}, "the min of a ratio lies above 0"),
        ({"metric": "disparate_impact", "max": 0.9}, "at least 1, so that equal groups meet it"),
    ],
)
def test_contradictory_limits_are_refused(keys, problem):
    refused(problem, rule=[keys])


@pytest.mark.parametrize("name", [name for name, m in METRICS.items() if m.best == "lowest" and m.compare != "ratio"])
def test_a_min_on_the_ratio_of_an_error_rate_bounds_the_harmless_side(name):
    refused("bounds the harmless side", rule=[{"metric": name, "compare": "ratio", "min": 0.8}])
    assert rule(name, compare="ratio", max=1.25).max == Decimal("1.25")
    assert rule(name, compare="ratio", min=0.8, max=1.25).min == Decimal("0.8")


@pytest.mark.parametrize("name", [name for name, m in METRICS.items() if m.best == "highest" and m.compare != "ratio"])
def test_a_max_on_the_ratio_of_a_benefit_bounds_the_harmless_side(name):
    refused("bounds the harmless side", rule=[{"metric": name, "compare": "ratio", "max": 1.25}])
    assert rule(name, compare="ratio", min=0.8).min == Decimal("0.8")


@pytest.mark.parametrize("name", [name for name, m in METRICS.items() if m.harm_flips])
def test_where_being_selected_is_a_harm_the_sides_change(name):
    harm = {"outcome": "harm"}
    refused("bounds the harmless side", data=harm, rule=[{"metric": name, "compare": "ratio", "min": 0.8}])
    assert parse(data=harm, rule=[{"metric": name, "compare": "ratio", "max": 1.25}])


@pytest.mark.parametrize("name", ["equalized_odds", "treatment_equality", "calibration"])
def test_where_neither_end_is_good_either_limit_may_be_stated(name):
    assert rule(name, compare="ratio", min=0.8).min == Decimal("0.8")
    assert rule(name, compare="ratio", max=1.25).max == Decimal("1.25")


def test_an_alias_of_fairlearn_is_a_minimum_over_a_maximum_so_a_min_is_right_for_any_rate():
    read = rule("false_positive_rate_ratio", min=0.8)
    assert read.is_alias
    assert read.compare == "ratio"
    assert read.declared is METRICS["false_positive_rate"]


def test_an_alias_compares_as_its_name_says():
    refused(
        '"demographic_parity_ratio" is compared as a ratio',
        rule=[{"metric": "demographic_parity_ratio", "compare": "difference", "max": 0.1}],
    )
    assert rule("demographic_parity_ratio").min == Decimal("0.80")
    refused("no default limit", rule=[{"metric": "equal_opportunity_ratio"}])


def test_two_rules_have_two_ids():
    refused('two rules have the id "disparate_impact"', rule=[IMPACT, IMPACT])
    assert [r.id for r in parse(rule=[IMPACT, {**IMPACT, "id": "strict"}]).rules] == ["disparate_impact", "strict"]


def test_a_score_is_a_metric():
    gain = Score("balanced_accuracy_score")
    read = rule(gain, compare="value", min=0.6)
    assert (read.id, read.name, read.declared) == ("balanced accuracy score", "balanced accuracy score", None)
    assert read.estimands("benefit") == read.estimands("harm") == (gain,)
    assert not read.is_alias
    refused("must say how to compare", rule=[{"metric": gain, "min": 0.6}])
    assert rule(gain, compare="ratio", max=1.25).max == Decimal("1.25"), "we cannot know which end is good"


def test_a_harm_flips_named_rules_and_never_an_alias():
    assert rule("disparate_impact").estimands("harm") == METRICS["disparate_impact"].judged("harm")
    assert rule("demographic_parity_ratio").estimands("harm") == METRICS["disparate_impact"].estimands
    assert rule("equal_opportunity_difference", max=0.1).estimands("harm") == METRICS["equal_opportunity"].estimands


def test_a_rule_is_checked_when_it_is_made_in_python_too():
    with pytest.raises(ValueError, match="has one limit, max"):
        Rule.model_validate({"metric": "statistical_parity", "min": 0.1})


def test_a_rule_may_go_without_a_limit_only_where_the_policy_says_that_nothing_is_decided_then():
    measured = {"verdict": {"without_limit": "report"}}
    for name, keys in (("statistical_parity", {}), ("precision", {"compare": "ratio"}), ("calibration", {})):
        refused("has no default limit", rule=[{"metric": name, **keys}])
        assert not parse(**measured, rule=[{"metric": name, **keys}]).rules[0].limited
    assert parse(**measured, rule=[IMPACT]).rules[0].min == Decimal("0.80"), "a default limit stays one"


# --- names that must fit together -----------------------------------------------------------------------------------


def test_a_rules_columns_are_among_those_of_the_data():
    data = {"protected": ["gender"], "segments": ["region"]}
    refused(
        '"gendr" is not under .data. protected. Did you mean "gender"',
        data=data,
        rule=[{**IMPACT, "protected": ["gendr"]}],
    )
    refused('"regoin" is not under .data. segments', data=data, rule=[{**IMPACT, "segments": ["regoin"]}])
    read = parse(data=data, rule=[{**IMPACT, "protected": ["gender"], "segments": []}])
    assert read.rules[0].segments == ()


def test_a_rule_names_each_column_once():
    """Twice the same comparison would halve the level at which each can fail."""
    refused("protected names a column twice", rule=[{**IMPACT, "protected": ["sex", "sex"]}])
    refused("segments names a column twice", rule=[{**IMPACT, "segments": ["region", "region"]}])


def test_references_name_protected_attributes():
    data = {"protected": ["race", "race*sex"]}
    refused(
        'references. "rase" is not listed under .data. protected.',
        data=data,
        groups={"references": {"rase": "White"}},
    )
    refused("is a table with a value per column", data=data, groups={"references": {"race*sex": "White"}})
    for mode in ("best", "largest", "rest"):
        assert parse(data=data, groups={"references": {"race*sex": mode}})
    table = {"race": "White", "sex": 1}
    read = parse(data=data, groups={"references": {"race*sex": table, "race": "White"}})
    assert read.groups.references == {"race*sex": {"race": "White", "sex": "1"}, "race": "White"}


# --- what it makes of it --------------------------------------------------------------------------------------------


def test_the_defaults_of_the_design():
    policy = parse()
    assert policy.data.min_coverage == 0.95
    assert policy.data.positive == "1"
    assert policy.data.outcome == "benefit"
    assert policy.groups.min_size == 30
    assert (policy.groups.small, policy.groups.small_share, policy.groups.max_missing) == ("block", 0.02, 0.05)
    assert policy.groups.reference == "best"
    assert policy.verdict.confidence == 0.90
    assert policy.verdict.interval == "exact"
    assert policy.verdict.decide_on == "interval"
    assert policy.verdict.on_inconclusive == "block"


def test_the_preset_is_four_fifths_of_offers_and_a_tenth_of_opportunity():
    impact, opportunity = load().rules
    assert (impact.metric, impact.compare, Fraction(impact.min)) == ("disparate_impact", "ratio", Fraction(4, 5))
    assert (opportunity.metric, opportunity.compare) == ("equal_opportunity", "difference")
    assert Fraction(opportunity.max) == Fraction(1, 10)


def test_the_views_are_each_protected_attribute_each_segment_and_each_pair_of_them():
    policy = parse(
        data={
            "id": "id",
            "label": "y",
            "prediction": "p",
            "score": "s",
            "protected": ["sex", "age*sex", "region"],
            "segments": ["region", "tier"],
            "bands": {"age": [25, 40], "unused": [1]},
        },
        rule=[IMPACT],
    )
    spec = policy.spec()
    assert spec.attributes == ("sex", "age", "region", "tier")
    assert spec.views == (
        (),
        ("sex",),
        ("sex", "age"),
        ("region",),
        ("tier",),
        ("sex", "region"),
        ("sex", "tier"),
        ("sex", "age", "region"),
        ("sex", "age", "tier"),
        ("region", "tier"),
    )
    assert spec.curves == tuple(view for view in spec.views if len(view) < 3)
    assert dict(spec.bands) == {"age": (25.0, 40.0)}
    assert policy.protected_views() == {"sex": ("sex",), "age*sex": ("sex", "age"), "region": ("region",)}
    assert policy.crossed(("age", "sex"), "tier") == ("sex", "age", "tier")


def test_without_a_score_there_are_no_curves():
    assert parse(data={"protected": ["sex"]}).spec().curves == ()
    assert parse(data={"score": "s"}).spec().score_range == (0.0, 1.0)
    assert parse(data={"score": "s", "score_range": [0, 100]}).spec().score_range == (0.0, 100.0)
    assert Spec().score_range == (0.0, 1.0)


@pytest.mark.parametrize(
    ("rules", "kinds"),
    [
        ([IMPACT], ("binary", "binary")),
        ([{"metric": "mean_label", "compare": "ratio", "min": 0.8}], ("number", "binary")),
        ([{"metric": "mean_prediction", "compare": "ratio", "min": 0.8}], ("binary", "number")),
        ([{"metric": "mean_prediction", "compare": "ratio", "min": 0.8}, IMPACT], ("binary", "binary")),
        ([], ("binary", "binary")),
    ],
)
def test_a_column_that_is_only_averaged_is_taken_as_a_number(rules, kinds):
    spec = parse(data={"label": "y", "prediction": "p"}, rule=rules).spec()
    assert (spec.label_kind, spec.prediction_kind) == kinds


def test_customers_that_repeat_across_cubes_are_not_disjoint():
    assert parse().spec().disjoint is None
    assert parse(data={"customers": "disjoint"}).spec().disjoint is True
    assert parse(data={"customers": "repeat"}).spec().disjoint is False


def test_a_policy_remembers_where_its_values_come_from():
    policy = Policy.parse({"data": {"id": "c"}}, "fairaudit.toml", {"data.id": "--id"})
    assert policy.origins == {"data.id": "--id"}
    assert parse().origins == {}


def test_an_error_names_the_origin_of_the_value():
    with pytest.raises(UsageError, match=r"^--min-coverage: data.min_coverage"):
        Policy.parse({"data": {"min_coverage": 7}}, "fairaudit.toml", {"data.min_coverage": "--min-coverage"})
    with pytest.raises(UsageError, match=r"^preset: rule.0.min"):
        Policy.parse({"rule": [{**IMPACT, "min": "x"}]}, "fairaudit.toml", {"rule": "preset"})


def test_roles_that_the_policy_leaves_open_are_filled_in_later():
    policy = Policy.parse({"data": {"id": "c"}, "rule": [IMPACT]}, "file", {"data.id": "file"})
    filled = policy.filled({"label": "y", "protected": ("sex",)}, "guess", numbers=("label",))
    assert (filled.data.id, filled.data.label, filled.data.protected) == ("c", "y", ("sex",))
    assert filled.origins == {"data.id": "file", "data.label": "guess", "data.protected": "guess"}
    assert filled.spec().label_kind == "number", "no rule looks at the label, and its values are numbers"
    assert policy.data.label is None, "the policy itself is not changed"
    with pytest.raises(UsageError, match="not under"):
        Policy.parse({"rule": [{**IMPACT, "protected": ["sx"]}]}).filled({"protected": ("sex",)}, "guess")


def test_a_policy_cannot_be_changed():
    with pytest.raises(ValueError, match="frozen"):
        parse().data.id = "other"


# --- limits outside a metric's range, and rules that exclude each other ---------------------------------------------


@pytest.mark.parametrize(
    ("keys", "problem"),
    [
        ({"metric": "precision", "compare": "value", "min": 80}, "precision lies between 0 and 1.*min 80 is outside"),
        ({"metric": "selection_rate", "compare": "value", "max": -0.1}, "between 0 and 1.*max -0.1 is outside"),
        ({"metric": "roc_auc", "compare": "value", "min": 1.2}, "between 0 and 1.*min 1.2 is outside"),
        ({"metric": "shuffle_distance", "max": 10}, "between 0 and 1.*max 10 is outside"),
        ({"metric": "calibration", "min": -1}, "at 0 or above: min -1 is outside"),
        ({"metric": "equal_opportunity", "max": 10}, "at most 1, so max 10 says nothing: 10 points are 0.10"),
        ({"metric": "auc_parity", "max": 5}, "at most 1"),
        ({"metric": "equalized_odds", "max": 1.01}, "at most 1"),
    ],
)
def test_a_limit_outside_the_metrics_range_is_refused(keys, problem):
    refused(problem, rule=[keys])


@pytest.mark.parametrize(
    "keys",
    [
        {"metric": "precision", "compare": "value", "min": 1},
        {"metric": "calibration", "min": 0.8, "max": 1.25},
        {"metric": "treatment_equality", "compare": "value", "max": 20},
        {"metric": "mean_score", "compare": "value", "min": -30},
        {"metric": "mean_label", "compare": "difference", "max": 250},
        {"metric": "calibration", "compare": "difference", "max": 1.5},
        {"metric": Score("matthews_corrcoef"), "compare": "value", "min": -0.5},
        {"metric": Score("matthews_corrcoef"), "compare": "difference", "max": 2},
    ],
)
def test_a_limit_within_it_is_not(keys):
    assert parse(rule=[keys]).rules[0].limited


def floor_and_ceiling(low=0.5, high=0.4, **other):
    return [
        {"id": "floor", "metric": "precision", "compare": "value", "min": low},
        {"id": "ceiling", "metric": "predictive_parity", "compare": "value", "max": high, **other},
    ]


def test_rules_that_no_value_can_meet_are_refused_with_both_ids():
    message = refused('rule "ceiling".*both its limits and those of "floor"', rule=floor_and_ceiling())
    assert message.count("\n") == 0
    refused('rule "floor".*"ceiling"', rule=floor_and_ceiling()[::-1])


@pytest.mark.parametrize(
    "rules",
    [
        floor_and_ceiling(high=0.5),
        floor_and_ceiling(metric="accuracy"),
        floor_and_ceiling(compare="difference"),
        [{**rule, "protected": [name]} for rule, name in zip(floor_and_ceiling(), "ab", strict=True)],
    ],
)
def test_rules_that_some_value_or_other_groups_can_meet_are_not(rules):
    assert len(parse(rule=rules).rules) == 2
