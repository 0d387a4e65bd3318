"""The measured error rates: the enumeration against every single table, the simulation against its own truth."""

import itertools

import numpy as np
import pytest
from scipy import stats

from fairaudit import intervals, selftest
from fairaudit.cube import Count
from fairaudit.intervals import Estimate
from fairaudit.selftest import AT_LIMIT, BASE_RATE, FAIR, HARMFUL, Design, Model, TwoGroups, audited_policy, simulated


def estimate(k, n, confidence):
    return Estimate(k / n, intervals.rate(k, n, confidence))


@pytest.mark.parametrize("confidence", [0.8, 0.9, 0.99])
@pytest.mark.parametrize(("compare", "limit"), [("ratio", 0.8), ("difference", 0.1)])
@pytest.mark.parametrize(("n", "m"), [(1, 1), (12, 40), (40, 12), (60, 60), (150, 35)])
def test_the_enumeration_is_the_sum_over_all_tables(n, m, compare, limit, confidence):
    combine = getattr(intervals, compare)
    low, high = (0.8, 1.25) if compare == "ratio" else (-0.1, 0.1)
    expected = np.zeros(2)
    for k, j in itertools.product(range(n + 1), range(m + 1)):
        limits = combine(estimate(k, n, confidence), estimate(j, m, confidence))
        chance = stats.binom.pmf(k, n, 0.55) * stats.binom.pmf(j, m, 0.7)
        expected += chance * limits.inside(low, high), chance * limits.outside(low, high)
    assert TwoGroups.of(n, m, compare, limit, confidence).chances(0.55, 0.7) == pytest.approx(expected, abs=1e-12)


def test_two_groups_far_apart_fail_and_two_large_equal_ones_pass():
    verdicts = TwoGroups.of(3000, 3000, "ratio", 0.8, 0.9)
    assert verdicts.chances(0.3, 0.6) == pytest.approx((0, 1), abs=1e-9)
    assert verdicts.chances(0.6, 0.6) == pytest.approx((1, 0), abs=1e-9)


def test_models_are_what_their_names_say():
    def selected(model, group):
        hit, wrong = model.rates(group, 0)
        return BASE_RATE * hit + (1 - BASE_RATE) * wrong

    assert selected(FAIR, 1) == selected(FAIR, 0)
    assert selected(AT_LIMIT, 1) / selected(AT_LIMIT, 0) == pytest.approx(0.8)
    assert AT_LIMIT.rates(0, 0)[0] - AT_LIMIT.rates(1, 0)[0] == pytest.approx(0.1)
    assert selected(HARMFUL, 1) / selected(HARMFUL, 0) == pytest.approx(0.6)
    local = Model("", (0.6, 0.2), (0.3, 0.1), harmed=2)
    assert [local.rates(1, segment)[0] for segment in range(4)] == [0.6, 0.6, 0.3, 0.6]
    assert local.rates(0, 2) == (0.6, 0.2)


@pytest.mark.parametrize("segments", [1, 3])
def test_a_simulated_cube_adds_up(segments):
    policy = audited_policy(segments)
    cube = simulated(np.random.default_rng(1), HARMFUL, Design((0.7, 0.3), segments, 60_000), policy)
    everybody = cube.cell()
    assert everybody.n == cube.ledger.matched == 60_000
    for view in policy.spec().views:
        assert sum(cube.view(view).values(), start=type(everybody)()) == everybody
    groups = list(cube.view(("group",)).values())
    assert [cell.n for cell in groups] == [42_000, 18_000]
    for cell, (hit, wrong) in zip(groups, (HARMFUL.ordinary, HARMFUL.other), strict=True):
        assert cell.count(Count.TP) / cell.count(Count.POSITIVE) == pytest.approx(hit, abs=0.03)
        assert cell.count(Count.FP) / cell.count(Count.NEGATIVE) == pytest.approx(wrong, abs=0.03)
        assert cell.count(Count.POSITIVE) / cell.n == pytest.approx(BASE_RATE, abs=0.02)


def test_one_seed_gives_one_result(monkeypatch):
    monkeypatch.setattr(selftest, "AUDITS", 5)
    assert list(selftest.checks(3)) == list(selftest.checks(3))


def test_what_is_tolerated_is_more_than_five_percent_and_less_with_more_audits():
    assert 0.05 < selftest.tolerated(5000) < selftest.tolerated(200) < 0.11


def test_a_verdict_that_errs_is_noticed(monkeypatch):
    """Limits that are too narrow, as a wrong library might give, break every check."""
    exact = intervals.rate

    def narrow(k, n, confidence, method="exact"):
        return exact(k, n, confidence / 2, method)

    monkeypatch.setattr(intervals, "rate", narrow)
    monkeypatch.setattr(selftest, "AUDITS", 20)
    found = list(selftest.checks(1))
    assert not any(check.held for check in found if check.name.startswith("two groups"))
