"""The shuffle distance: the plain formula, sets of groups counted one by one, and its errors by exact enumeration."""

from fractions import Fraction
from itertools import combinations
from math import comb, prod

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from rows import selected, table
from scipy.stats import multinomial

from fairaudit.cube import Cell
from fairaudit.errors import UsageError
from fairaudit.findings import Verdict
from fairaudit.metrics import METRICS
from fairaudit.policy import Policy
from fairaudit.shuffle import ALL_GROUPS, ShuffleDistance
from fairaudit.spec import MISSING, Spec
from fairaudit.verdict import judge

SPEC = Spec(prediction="p")
GROUPS = st.lists(st.tuples(st.integers(0, 40), st.integers(0, 60)), min_size=2, max_size=5)


def cell(chosen, passed):
    return Cell((0, 0, chosen, 0, 0, passed, 0, 0, 0))


def distance(*groups):
    return ShuffleDistance("shuffle distance").of(cell(*group) for group in groups)


def interval(of, confidence=0.9):
    return of.interval(Cell(), SPEC, confidence)


def shares(groups):
    n, total = sum(k for k, _ in groups), sum(map(sum, groups))
    return [(Fraction(k, n), Fraction(k + rest, total)) for k, rest in groups]


# --- value ----------------------------------------------------------------------------------------------------------


def test_by_hand():
    """60 of 100 reached are men, of 1,000 eligible 500: ten in a hundred would have to be others."""
    assert distance((60, 440), (40, 460)).exact(Cell(), SPEC) == Fraction(1, 10)
    assert distance((50, 450), (50, 450)).value(Cell(), SPEC) == 0
    assert distance((100, 0), (0, 900)).value(Cell(), SPEC) == 0.9


@given(GROUPS)
def test_it_is_half_the_sum_and_the_largest_surplus_of_any_set_of_groups(groups):
    found = distance(*groups).exact(Cell(), SPEC)
    if not sum(k for k, _ in groups):
        assert found is None
        return
    apart = [p - q for p, q in shares(groups)]
    assert found == sum(map(abs, apart)) / 2
    sets = (chosen for size in range(1, len(apart) + 1) for chosen in combinations(apart, size))
    assert found == max(map(sum, sets))


def test_nobody_selected_says_nothing():
    assert np.isnan(distance((0, 10), (0, 20)).value(Cell(), SPEC))
    assert (interval(distance((0, 10), (0, 20))).low, interval(distance((0, 10), (0, 20))).high) == (0, 1)


# --- interval -------------------------------------------------------------------------------------------------------


@given(GROUPS, st.sampled_from([0.8, 0.9, 0.99]))
def test_the_interval_holds_the_value_and_grows_with_the_confidence(groups, confidence):
    of = distance(*groups)
    inner, outer = interval(of, confidence), interval(of, 0.999)
    assert 0 <= outer.low <= inner.low <= inner.high <= outer.high <= 1
    if sum(k for k, _ in groups):
        assert inner.low - 1e-12 <= of.value(Cell(), SPEC) <= inner.high + 1e-12


@pytest.mark.parametrize("n", [8, 20])
@pytest.mark.parametrize(
    ("eligible", "reached"),
    [
        ((50, 50), (0.5, 0.5)),
        ((50, 50), (0.6, 0.4)),
        ((30, 30, 40), (0.3, 0.3, 0.4)),
        ((30, 30, 40), (0.4, 0.3, 0.3)),
        ((30, 30, 40), (0.35, 0.35, 0.3)),
        ((10, 20, 70), (0.02, 0.2, 0.78)),
        ((25, 25, 25, 25), (0.25, 0.25, 0.25, 0.25)),
        ((25, 25, 25, 25), (0.3, 0.3, 0.2, 0.2)),
    ],
)
def test_each_side_errs_at_most_at_its_nominal_level(n, eligible, reached):
    """Every way in which n reached can fall into the groups, with its probability."""
    truth = sum(abs(p - q / 100) for p, q in zip(reached, eligible, strict=True)) / 2
    below = above = 0.0
    chance = multinomial(n, reached)
    for counts in splits(n, len(reached)):
        found = interval(distance(*((k, 1000 * q - k) for k, q in zip(counts, eligible, strict=True))))
        below += chance.pmf(counts) * (found.high < truth - 1e-12)
        above += chance.pmf(counts) * (found.low > truth + 1e-12)
    assert below <= 0.05
    assert above <= 0.05


def splits(n, parts):
    """Yield every way to put n into so many parts."""
    if parts == 1:
        yield (n,)
        return
    for first in range(n + 1):
        yield from ((first, *rest) for rest in splits(n - first, parts - 1))


def test_there_are_as_many_splits_as_there_should_be():
    assert len(list(splits(8, 3))) == comb(10, 2)
    assert prod(multinomial(3, (1.0,)).pmf((3,)) for _ in range(2)) == 1


def test_many_groups_have_a_wider_interval_that_still_holds_the_truth():
    chance = np.random.default_rng(4)
    reached = np.repeat(1 / 15, 15) + np.tile([0.02, 0, -0.02], 5)
    truth = float(np.abs(reached - 1 / 15).sum() / 2)
    missed = 0
    for _ in range(200):
        found = interval(distance(*((int(k), 3000 - int(k)) for k in chance.multinomial(400, reached))))
        missed += not found.low <= truth <= found.high
    assert missed <= 20
    twelve = interval(distance(*((40, 60) for _ in range(12))))
    thirteen = interval(distance(*((40, 60) for _ in range(13))))
    assert thirteen.high > twelve.high


# --- as a rule ------------------------------------------------------------------------------------------------------


def policy(groups=None, **rule):
    return Policy.parse(
        {
            "data": {"prediction": "p", "protected": ["g"], "segments": ["s"]},
            "groups": groups or {},
            "rule": [{"metric": "shuffle_distance", "max": 0.1, **rule}],
        }
    )


def audit(stated, **sizes):
    return judge(table(stated, *(({"g": g, "s": "x"}, selected(*size)) for g, size in sizes.items())), stated)


@pytest.mark.parametrize(
    ("b", "verdict"), [((5000, 10000), "pass"), ((2500, 10000), "fail"), ((3350, 10000), "inconclusive")]
)
def test_the_limit_is_held_against_one_number_for_all_groups(b, verdict):
    found = audit(policy(), a=(5000, 10000), b=b)
    assert found.verdict == Verdict(verdict)
    population, segment = found.findings
    assert (population.group, population.reference, population.segment) == ({"g": ALL_GROUPS}, None, {})
    assert segment.segment == {"s": "x"}
    k = b[0] / (5000 + b[0])
    assert population.value == pytest.approx(0.5 - k)
    assert population.group_rate.denominator == 5000 + b[0]


def test_a_small_group_counts_and_a_missing_one_does_not():
    found = audit(policy(), a=(500, 1000), b=(500, 1000), c=(0, 10), **{MISSING: (10, 10)})
    assert found.findings[0].value == pytest.approx(10 / 2010)
    assert found.not_evaluable == ()


def test_too_few_selected_or_one_group_alone_are_inconclusive():
    few = audit(policy(), a=(10, 1000), b=(10, 1000))
    assert (few.verdict, few.findings) == (Verdict.INCONCLUSIVE, ())
    assert "rests on 20 selected, fewer than min_size = 30" in few.rules[0].reason
    alone = audit(policy(), a=(500, 1000))
    assert (alone.verdict, alone.rules[0].reason) == (Verdict.INCONCLUSIVE, "g: fewer than two groups to compare")


def test_it_compares_no_pairs():
    assert METRICS["shuffle_distance"].compare == "value"
    with pytest.raises(UsageError, match='one number for all groups of an attribute: compare = "value"'):
        policy(compare="ratio", max=None, min=0.8)


def test_read_literally_it_is_decided_on_the_counts():
    stated = Policy.parse(
        {
            "data": {"prediction": "p", "protected": ["g"]},
            "verdict": {"decide_on": "point"},
            "rule": [{"metric": "shuffle_distance", "max": 0.1}],
        }
    )
    at = judge(table(stated, ({"g": "a"}, selected(60, 500)), ({"g": "b"}, selected(40, 500))), stated)
    beyond = judge(table(stated, ({"g": "a"}, selected(601, 5000)), ({"g": "b"}, selected(399, 5000))), stated)
    assert (at.verdict, beyond.verdict) == (Verdict.PASS, Verdict.FAIL)
