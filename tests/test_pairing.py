"""Who is compared with whom, and who cannot be judged."""

import pytest
from rows import reached, recount, selected, table

from fairaudit.pairing import Pairing
from fairaudit.policy import Policy
from fairaudit.spec import MISSING

SIZES = {"a": (60, 100), "b": (50, 100), "c": (40, 200), "d": (45, 100)}


def policy(groups=None, rule=None, verdict=None, **data):
    return Policy.parse(
        {
            "data": {"label": "y", "prediction": "p", "protected": ["g"], **data},
            "groups": groups or {},
            "verdict": verdict or {},
            "rule": [{"metric": "disparate_impact", **(rule or {})}],
        }
    )


def pairing(stated, *groups, **ledger):
    return Pairing(table(stated, *groups, **ledger), stated, stated.rules[0])


def four(stated, **extra):
    return pairing(stated, *(({"g": name, **extra}, selected(*size)) for name, size in SIZES.items()))


def pairs(made):
    """Return (group, reference, whether it is listed) of comparisons of one attribute."""
    return [
        ("".join(c.arm.names.values()), "".join(c.reference.names.values()) if c.reference else None, c.shown)
        for c in made
    ]


# --- references -----------------------------------------------------------------------------------------------------


def test_against_the_best_every_unordered_pair_is_compared_once_the_better_as_the_reference():
    made = pairs(four(policy()).in_population)
    assert made == [
        ("b", "a", True),
        ("d", "a", True),
        ("c", "a", True),
        ("d", "b", False),
        ("c", "b", False),
        ("c", "d", False),
    ]


@pytest.mark.parametrize(
    ("rule", "outcome", "best"),
    [
        ({}, "benefit", "a"),
        ({}, "harm", "c"),
        ({"metric": "selection_rate", "compare": "ratio", "min": 0.8}, "benefit", "a"),
        ({"metric": "selection_rate", "compare": "ratio", "max": 1.25}, "harm", "c"),
        ({"metric": "false_positive_rate", "compare": "ratio", "max": 1.25}, "benefit", "low"),
        ({"metric": "true_positive_rate", "compare": "ratio", "min": 0.8}, "benefit", "high"),
    ],
)
def test_the_best_is_the_highest_of_a_benefit_and_the_lowest_of_an_error_or_harm(rule, outcome, best):
    stated = policy(rule=rule, outcome=outcome)
    if best in SIZES:
        made = four(stated).in_population
    else:
        made = pairing(
            stated,
            ({"g": "low"}, reached(50, 100, rest=100, wrongly=20)),
            ({"g": "high"}, reached(60, 100, rest=100, wrongly=30)),
        ).in_population
    assert {c.reference.names["g"] for c in made if c.shown} == {best}


def test_against_the_largest_each_other_group_is_compared_in_both_directions():
    made = four(policy({"reference": "largest"})).in_population
    assert pairs(made) == [("a", "c", True), ("b", "c", True), ("d", "c", True)]
    assert made[0].band.ends == (0.8, 1.25)
    assert made[0].fails(0.9), "far above the largest is a difference too"


def test_against_a_named_group_each_other_group_is_compared():
    made = four(policy({"references": {"g": "b"}})).in_population
    assert pairs(made) == [("a", "b", True), ("c", "b", True), ("d", "b", True)]


def test_against_the_rest_each_group_is_compared_with_the_sum_of_the_others():
    made = four(policy({"reference": "rest"})).in_population
    assert [(c.arm.names["g"], c.reference.names["g"], c.shown) for c in made] == [
        (name, "(rest)", True) for name in "abcd"
    ]
    assert made[0].reference.value == (50 + 40 + 45) / 400


def test_a_rest_of_nobody_is_no_reference():
    stated = policy({"reference": "rest"})
    assert pairing(stated, ({"g": "a"}, selected(40, 100))).in_population == []


def test_one_attributes_reference_does_not_bind_another():
    stated = policy({"references": {"g": "largest"}}, protected=["g", "h"])
    found = pairing(stated, *(({"g": n, "h": "x" if n in "ab" else "y"}, selected(*size)) for n, size in SIZES.items()))
    assert len(found.in_population) == 3 + 1
    assert (found.mode("g"), found.mode("h")) == ("largest", "best")


def test_a_table_names_a_group_even_one_called_best():
    stated = policy({"references": {"g": {"g": "best"}}})
    made = pairing(
        stated, ({"g": "best"}, selected(20, 100)), ({"g": "a"}, selected(50, 100)), ({"g": "b"}, selected(40, 100))
    ).in_population
    assert pairs(made) == [("a", "best", True), ("b", "best", True)]


def test_an_intersection_is_named_by_a_table_and_compared_as_a_whole():
    stated = policy(
        {"references": {"g*h": {"h": "y", "g": "a"}}, "min_size": 5},
        protected=["g*h"],
    )
    made = pairing(stated, *(({"g": g, "h": h}, selected(20, 50)) for g in "ab" for h in "xy")).in_population
    assert {tuple(c.reference.names.items()) for c in made} == {(("g", "a"), ("h", "y"))}
    assert [c.arm.names for c in made] == [{"g": "a", "h": "x"}, {"g": "b", "h": "x"}, {"g": "b", "h": "y"}]


@pytest.mark.parametrize("name", ["absent", "tiny", MISSING])
def test_a_reference_that_is_absent_too_small_or_missing_blocks(name):
    """A group too small to be judged is never the reference, nor are the customers whose group is missing."""
    stated = policy({"references": {"g": name}})
    found = pairing(
        stated,
        ({"g": "a"}, selected(50, 500)),
        ({"g": "b"}, selected(50, 500)),
        ({"g": "tiny"}, selected(3, 5)),
        ({}, selected(40, 40)),
    )
    assert found.in_population == []
    reasons = {(tuple(entry.group.values()), entry.reason, entry.blocks) for entry in found.not_evaluable}
    assert ((name,), "the reference group is absent or too small", True) in reasons


def test_the_largest_of_no_groups_blocks():
    stated = policy({"reference": "largest"})
    found = pairing(stated, ({"g": "a"}, selected(3, 5)), ({"g": "b"}, selected(3, 6)))
    assert found.in_population == []
    assert ({}, "the reference group is absent or too small", True) in [
        (e.group, e.reason, e.blocks) for e in found.not_evaluable
    ]


@pytest.mark.parametrize("mode", ["best", "largest", "rest"])
def test_neither_a_small_group_nor_the_missing_one_is_a_reference(mode):
    stated = policy({"reference": mode, "max_missing": 1.0})
    found = pairing(
        stated,
        ({"g": "a"}, selected(100, 300)),
        ({"g": "b"}, selected(90, 300)),
        ({"g": "tiny"}, selected(29, 29)),
        ({}, selected(1000, 1000)),
    )
    sides = [side.names["g"] for c in found.in_population for side in (c.arm, c.reference)]
    assert set(sides) <= {"a", "b", "(rest)"}
    if mode == "rest":
        assert [c.reference.cell.n for c in found.in_population] == [300, 300], "nor a part of the rest"


# --- who cannot be judged -------------------------------------------------------------------------------------------


def small_and_large(n, **groups):
    stated = policy(groups)
    return pairing(
        stated, ({"g": "a"}, selected(200, 500)), ({"g": "b"}, selected(200, 480)), ({"g": "tiny"}, selected(0, n))
    )


def test_a_group_under_the_least_size_is_listed_and_blocks():
    """FIELD trap 4: fairpipe filters it out and passes."""
    (entry,) = small_and_large(20).not_evaluable
    assert entry.group == {"g": "tiny"}
    assert entry.reason == "selection rate rests on 20 of 20, fewer than min_size = 30"
    assert (entry.n, entry.denominator, entry.blocks) == (20, 20, True)
    assert small_and_large(30).not_evaluable == []
    assert small_and_large(20, min_size=20).not_evaluable == []


@pytest.mark.parametrize(
    ("small", "share", "blocks"), [(20, 0.02, False), (20, 0.0199, True), (20, 0.0, True), (29, 0.02, True)]
)
def test_small_groups_are_only_reported_while_together_they_are_few(small, share, blocks):
    """DESIGN 5.3: small = "report" up to small_share of the customers, here 20 of 1,000 and 29 of 1,009."""
    (entry,) = small_and_large(small, small="report", small_share=share).not_evaluable
    assert entry.blocks is blocks


def test_at_most_a_share_is_not_a_matter_of_floats():
    stated = policy({"small": "report", "small_share": 0.29, "min_size": 30})
    found = pairing(
        stated, ({"g": "a"}, selected(20, 41)), ({"g": "b"}, selected(15, 30)), ({"g": "tiny"}, selected(9, 29))
    )
    assert 0.29 * 100 < 29
    assert [entry.blocks for entry in found.not_evaluable] == [False]


def test_several_small_groups_count_together():
    stated = policy({"small": "report", "small_share": 0.02})
    big = [({"g": name}, selected(200, 480)) for name in "ab"]
    one = pairing(stated, *big, ({"g": "x"}, selected(1, 15)))
    three = pairing(stated, *big, *(({"g": name}, selected(1, 15)) for name in "xyz"))
    assert [entry.blocks for entry in one.not_evaluable] == [False]
    assert [entry.blocks for entry in three.not_evaluable] == [True] * 3


def test_the_least_size_applies_to_each_metrics_own_denominator():
    """FIELD opening 15: the size of a group is no evidence for its positives."""
    stated = policy(rule={"metric": "equal_opportunity"})
    found = pairing(
        stated,
        ({"g": "a"}, reached(20, 40, rest=40, wrongly=8)),
        ({"g": "b"}, reached(20, 40, rest=40, wrongly=8)),
        ({"g": "c"}, reached(5, 10, rest=400, wrongly=80)),
        ({"g": "d"}, reached(0, 0, rest=400, wrongly=80)),
    )
    assert [(e.group["g"], e.n, e.denominator, e.blocks) for e in found.not_evaluable] == [
        ("c", 410, 10, True),
        ("d", 400, 0, True),
    ]
    assert pairs(found.in_population) == [("b", "a", True)]


@pytest.mark.parametrize(("missing", "blocks"), [(5, False), (6, True)])
def test_the_missing_group_is_reported_up_to_a_share_and_blocks_above(missing, blocks):
    """DESIGN 4: at most max_missing, here 5 of 100 and 6 of 101, in the population as in a segment."""
    stated = policy()
    found = pairing(
        stated, ({"g": "a"}, selected(20, 50)), ({"g": "b"}, selected(20, 45)), ({}, selected(missing, missing))
    )
    assert pairs(found.in_population) == [("b", "a", True)] or pairs(found.in_population) == [("a", "b", True)]
    assert any(entry.blocks for entry in found.not_evaluable) is blocks
    if blocks:
        assert "g is missing for 5.9 %, more than max_missing = 5 %" in found.not_evaluable[0].reason


def test_an_intersection_is_missing_where_either_part_is():
    stated = policy({"min_size": 5}, protected=["g*h"])
    found = pairing(
        stated,
        ({"g": "a", "h": "x"}, selected(20, 45)),
        ({"g": "b", "h": "x"}, selected(20, 45)),
        ({"g": "a"}, selected(3, 6)),
        ({"h": "x"}, selected(3, 4)),
    )
    assert len(found.in_population) == 1
    assert "g*h is missing for 10.0 %" in found.not_evaluable[0].reason


def test_a_single_group_cannot_be_compared_and_blocks():
    found = pairing(policy(), ({"g": "a"}, selected(20, 50)))
    (entry,) = found.not_evaluable
    assert entry.reason == "g: fewer than two groups are large enough to compare"
    assert (entry.group, entry.blocks, entry.n) == ({}, True, None)


def test_a_single_group_has_a_value_of_its_own():
    stated = policy(rule={"metric": "selection_rate", "compare": "value", "min": 0.2})
    found = pairing(stated, ({"g": "a"}, selected(20, 50)))
    assert pairs(found.in_population) == [("a", None, True)]
    assert found.not_evaluable == []


@pytest.mark.parametrize(
    ("rule", "data", "reason"),
    [
        ({"metric": "equal_opportunity"}, {"label": None}, "there is no label column"),
        ({}, {"prediction": None}, "there is no prediction, nor a score with a threshold"),
        ({"metric": "auc_parity", "max": 0.1}, {}, "there is no score column"),
    ],
)
def test_what_the_columns_cannot_answer_is_listed_and_blocks(rule, data, reason):
    found = pairing(policy(rule=rule, **data), ({"g": "a"}, selected(20, 50)), ({"g": "b"}, selected(20, 50)))
    assert found.in_population == []
    assert [(entry.reason, entry.blocks) for entry in found.not_evaluable] == [(reason, True)]


def test_a_reason_is_listed_once_though_two_rates_meet_it():
    stated = policy(rule={"metric": "equalized_odds", "max": 0.1}, label=None)
    assert len(pairing(stated, ({"g": "a"}, selected(20, 50))).not_evaluable) == 1


def test_labels_that_only_the_selected_have_are_no_evidence_of_opportunity():
    """DESIGN 4: not evaluable, with that reason, unless labels = "complete"."""
    groups = [({"g": name}, {"TP": 50, "FP": 50, "TN": 100}) for name in "ab"]
    for metric, spoilt in (("equal_opportunity", True), ("predictive_parity", False), ("disparate_impact", False)):
        rule = {"metric": metric, "max": 0.1} if metric != "disparate_impact" else {}
        found = pairing(policy(rule=rule), *groups)
        assert bool(found.not_evaluable) is spoilt
        assert bool(found.in_population) is not spoilt
        declared = pairing(policy(rule=rule, labels="complete"), *groups)
        assert declared.in_population


def test_the_smallest_group_is_counted_in_customers_not_in_rows():
    stated = policy(id="id", groups={"min_size": 30})
    rows = [{"id": f"{g}{i % n}", "g": g, "p": i % 2} for g, n in (("a", 40), ("b", 29)) for i in range(120)]
    found = Pairing(recount(stated.spec(), rows), stated, stated.rules[0])
    assert found.in_population == []
    small = found.not_evaluable[0]
    assert small.reason == "selection rate rests on 29 of 29 customers, fewer than min_size = 30"
    assert (small.group, small.n, small.denominator, small.blocks) == ({"g": "b"}, 120, 120, True)


# --- segments -------------------------------------------------------------------------------------------------------


def in_tiers(stated, **sizes):
    return pairing(stated, *(({"g": g, "tier": tier}, selected(n // 2, n)) for tier, n in sizes.items() for g in "ab"))


def test_every_segment_is_compared_apart():
    found = in_tiers(policy(segments=["tier"]), gold=100, silver=60)
    assert [c.segment for c in found.in_segments] == [{"tier": "gold"}, {"tier": "silver"}]
    assert [c.arm.cell.n for c in found.in_segments] == [100, 60]
    assert not any(c.required for c in found.in_segments)
    assert all(c.required for c in found.in_population)


def test_a_rule_may_require_its_segments_or_leave_them_out():
    data = {"segments": ["tier"]}
    required = in_tiers(policy(rule={"in_segments": "required"}, **data), gold=100)
    assert all(c.required for c in required.in_segments)
    assert in_tiers(policy(rule={"segments": []}, **data), gold=100).in_segments == []


def test_a_rule_may_look_at_some_of_the_protected_attributes():
    stated = policy(rule={"protected": ["h"]}, protected=["g", "h"])
    found = pairing(stated, *(({"g": x, "h": y}, selected(20, 50)) for x in "ab" for y in "xy"))
    assert [set(c.arm.names) for c in found.in_population] == [{"h"}]


def test_customers_without_a_segment_are_no_segment():
    found = in_tiers(policy(segments=["tier"]), **{"gold": 100, MISSING: 100})
    assert [c.segment for c in found.in_segments] == [{"tier": "gold"}]


def test_a_protected_attribute_is_not_compared_within_itself():
    stated = policy(protected=["g", "tier"], segments=["tier"])
    found = in_tiers(stated, gold=100, silver=60)
    assert {tuple(c.arm.names) for c in found.in_segments} == {("g",)}


def test_a_small_group_in_a_segment_blocks_only_where_segments_are_required():
    for in_segments, blocks in (("report", False), ("required", True)):
        stated = policy(rule={"in_segments": in_segments}, segments=["tier"])
        found = in_tiers(stated, gold=100, silver=20)
        assert {entry.blocks for entry in found.not_evaluable} == {blocks}
        assert {tuple(entry.segment.items()) for entry in found.not_evaluable} == {(("tier", "silver"),)}


def test_the_missing_share_of_a_segment_is_of_that_segment():
    stated = policy(rule={"in_segments": "required"}, segments=["tier"])
    found = pairing(
        stated,
        *(({"g": g, "tier": tier}, selected(100, 200)) for g in "ab" for tier in ("gold", "silver")),
        ({"tier": "gold"}, selected(10, 38)),
    )
    (entry,) = found.not_evaluable
    assert entry.segment == {"tier": "gold"}, "38 of 438 there, 38 of 838 in the population"
    assert entry.blocks


def test_a_named_reference_absent_from_a_segment_is_said_there():
    stated = policy({"references": {"g": "a"}}, segments=["tier"])
    found = pairing(
        stated,
        ({"g": "a", "tier": "gold"}, selected(50, 100)),
        ({"g": "b", "tier": "gold"}, selected(50, 100)),
        ({"g": "b", "tier": "silver"}, selected(50, 100)),
    )
    (entry,) = [e for e in found.not_evaluable if e.segment == {"tier": "silver"} and e.group]
    assert (entry.group, entry.reason, entry.blocks) == (
        {"g": "a"},
        "the reference group is absent or too small",
        False,
    )


# --- levels ---------------------------------------------------------------------------------------------------------


def test_a_rule_shares_its_error_in_halves_with_its_segments_or_keeps_it():
    """DESIGN 5.4: half for the population and half for the segments, all to the population without segments."""
    assert four(policy()).side() == pytest.approx(0.05)
    assert in_tiers(policy(segments=["tier"]), gold=100, silver=60).side() == pytest.approx(0.025)
    nothing_to_compare = in_tiers(policy(segments=["tier"]), gold=20, silver=20)
    assert nothing_to_compare.in_segments == []
    assert nothing_to_compare.side() == pytest.approx(0.05)


def test_the_error_of_an_audit_is_shared_by_its_rules():
    stated = Policy.parse(
        {
            "data": {"label": "y", "prediction": "p", "protected": ["g"]},
            "rule": [{"metric": "disparate_impact"}, {"metric": "equal_opportunity"}],
        }
    )
    cube = table(stated, ({"g": "a"}, selected(20, 50)), ({"g": "b"}, selected(20, 50)))
    assert [Pairing(cube, stated, rule).side() for rule in stated.rules] == pytest.approx([0.025, 0.025])


def test_a_rule_on_a_column_that_is_not_protected_is_listed_and_blocks():
    """From Python a policy may be judged before its columns are known."""
    stated = Policy.parse({"data": {"prediction": "p"}, "rule": [{"metric": "disparate_impact", "protected": ["g"]}]})
    found = pairing(stated)
    assert found.in_population == []
    assert [(entry.reason, entry.blocks) for entry in found.not_evaluable] == [
        ('"g" is not under [data] protected', True)
    ]
