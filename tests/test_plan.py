"""The customers that an audit needs: by exact enumeration of two groups, and by simulation of more."""

import enumeration
import numpy as np
import pytest

from fairaudit.errors import UsageError
from fairaudit.plan import Setting, plan
from fairaudit.policy import Policy

TWO, THREE = {"a": 0.8, "b": 0.2}, {"a": 0.5, "b": 0.3, "c": 0.2}
IMPACT = {"metric": "disparate_impact"}
OPPORTUNITY = {"metric": "equal_opportunity"}
FALSE_POSITIVES = {"metric": "predictive_equality", "max": "0.05"}


def rule(**values):
    return Policy.parse({"rule": [values]}).rules[0]


def truth_of(answer, made):
    """Return ends, the rates in the order of the shares and the rows of each group."""
    base, down = made.setting.base_rate, made.metric != "predictive_equality"
    ends = (0.8, 1.25) if made.compare == "ratio" else (-made.limit.max, made.limit.max)
    harmed = base * answer.truth if made.compare == "ratio" else base + (-answer.truth if down else answer.truth)
    rates = [harmed if name == made.smallest else base for name in made.setting.shares]
    return ends, rates, [round(n * (made.setting.among or 1)) for n in answer.groups.values()]


def level_of(answer, made):
    return made.setting.confidence if answer.aim == "pass" else made.level_fail


@pytest.mark.parametrize("shares", [TWO, {"a": 0.5, "b": 0.5}, {"a": 0.04, "b": 0.96}])
@pytest.mark.parametrize(
    ("stated", "base", "among"),
    [(IMPACT, 0.3, None), (IMPACT, 0.6, None), (OPPORTUNITY, 0.7, 0.2), (FALSE_POSITIVES, 0.2, 0.7)],
)
def test_two_groups_have_the_power_asked_for_by_enumeration(stated, base, among, shares):
    made = plan(rule(**stated), Setting(base, shares, among=among, rules=2))
    assert [answer.aim for answer in made.answers] == ["pass", "pass", "fail", "fail", "fail"]
    for answer in made.answers:
        ends, rates, sizes = truth_of(answer, made)
        if sizes[0] * sizes[1] > 1e9:
            continue
        smallest = list(shares).index(made.smallest)
        order = (smallest, 1 - smallest)
        for part, low, high in ((1, 0.77, 0.86), (0.8, 0, 0.76)):
            rows = [int(part * sizes[i]) for i in order]
            power = enumeration.power(
                answer.aim, made.compare, ends, [rates[i] for i in order], rows, level=level_of(answer, made)
            )
            assert low <= power <= high, (answer, part)


def simulated(answer, made, part=1.0, times=10000):
    """Return how often every pair passes, or any pair fails, of draws with a fixed seed."""
    ends, rates, sizes = truth_of(answer, made)
    chance = np.random.default_rng(11)
    sides = []
    for p, n in zip(rates, [int(part * n) for n in sizes], strict=True):
        k = chance.binomial(n, p, times)
        low, high = enumeration.limits(np.arange(k.min(), k.max() + 1), n, level_of(answer, made))
        sides.append((k / n, low[k - k.min()], high[k - k.min()]))
    passed, failed = np.full(times, fill_value=True), np.full(times, fill_value=False)
    for i, one in enumerate(sides):
        for other in sides[:i]:
            low, high = enumeration.mover(made.compare, one, other)
            passed &= (low >= ends[0]) & (high <= ends[1])
            failed |= (high < ends[0]) | (low > ends[1])
    return (passed if answer.aim == "pass" else failed).mean()


@pytest.mark.parametrize("shares", [THREE, {"a": 0.4, "b": 0.3, "c": 0.2, "d": 0.1}, dict.fromkeys("abcdef", 1 / 6)])
@pytest.mark.parametrize(("stated", "base", "among"), [(IMPACT, 0.3, None), (OPPORTUNITY, 0.7, 0.2)])
def test_more_groups_have_the_power_asked_for_by_simulation(stated, base, among, shares):
    """All pairs must pass at once; one pair of the harmed group must fail, for which six groups need a few less."""
    most = 0.86 if len(shares) < 6 else 0.88
    made = plan(rule(**stated), Setting(base, shares, among=among, rules=2))
    for answer in made.answers:
        assert 0.77 <= simulated(answer, made) <= most, answer
        assert simulated(answer, made, 0.8) <= most - 0.11, answer


def test_the_curves_are_the_power_at_their_sizes():
    made = plan(rule(**IMPACT), Setting(0.3, TWO, rules=2))
    assert len(made.curves) == len(made.answers)
    for answer, curve in zip(made.answers, made.curves, strict=True):
        for n, drawn in list(zip(made.sizes, curve, strict=True))[10::8]:
            ends, rates, _ = truth_of(answer, made)
            rows = (round(0.2 * n), round(0.8 * n))
            exact = enumeration.power(
                answer.aim, "ratio", ends, (rates[1], rates[0]), rows, level=level_of(answer, made)
            )
            assert drawn == pytest.approx(exact, abs=0.05)


@pytest.mark.parametrize("share", [0.5, 0.001])
@pytest.mark.parametrize("rate", [0.1, 0.3, 0.5, 0.7])
def test_the_design_s_rules_of_thumb_for_a_fair_model(rate, share):
    """DESIGN 5.5: 170 (1 - r) offers and 860 t (1 - t) positives in the smallest group, twice that in two equal ones.

    They come from the normal distribution of the logarithm and of the difference (1.64 + 1.28 standard deviations from
    the limit); the exact limits ask for up to a fifth more.
    """
    shares, times = {"s": share, "l": 1 - share}, 2 if share == 0.5 else 1
    offers, positives = (
        plan(rule(**stated), Setting(rate, shares, among=1.0, min_size=1), [fair]).answers[0].groups["s"]
        for stated, fair in ((IMPACT, 1.0), (OPPORTUNITY, 0.0))
    )
    assert 1 <= offers * rate / (170 * (1 - rate) * times) <= 1.2
    assert 1 <= positives / (860 * rate * (1 - rate) * times) <= 1.2


def test_more_rules_groups_and_segments_ask_for_more_to_fail_and_not_to_pass():
    def answers(**settings):
        return plan(rule(**IMPACT), Setting(0.3, TWO, **settings), [1.0, 0.6]).answers

    alone = answers()
    for settings in ({"rules": 4}, {"segments": 5}):
        more = answers(**settings)
        assert more[0].customers == alone[0].customers
        assert more[1].customers > alone[1].customers
    assert alone[1].in_one_segment is None
    hidden = answers(segments=5)[1]
    assert hidden.in_one_segment > 5 * hidden.customers
    assert answers(segments=5)[0].in_one_segment is None


def test_at_the_limit_no_number_is_enough():
    for stated, truth in ((IMPACT, 0.8), (OPPORTUNITY, 0.1)):
        (answer,) = plan(rule(**stated), Setting(0.5, TWO, among=0.5), [truth]).answers
        assert (answer.customers, answer.groups) == (None, {})
    assert plan(rule(**IMPACT), Setting(0.5, TWO), [0.8]).sizes == ()


def test_a_group_is_judged_from_the_smallest_size_on():
    """The selection rate falls from 95 % to 5 %: a handful would prove it, min_size asks for 30."""
    (answer,) = plan(rule(**IMPACT), Setting(0.95, TWO), [0.05]).answers
    assert answer.groups["b"] == pytest.approx(30, abs=1)


def test_the_harm_of_an_error_rate_is_a_higher_one():
    made = plan(rule(**FALSE_POSITIVES), Setting(0.02, TWO, among=0.7))
    assert [answer.truth for answer in made.answers] == [0, 0.025, 0.075, 0.1, 0.15], "2 % - 15 points would be no rate"
    lower = plan(rule(metric="statistical_parity", max="0.05"), Setting(0.08, TWO))
    assert [answer.truth for answer in lower.answers] == [0, 0.025, 0.075], "8 % - 10 points is no rate"


@pytest.mark.parametrize(
    ("stated", "changes", "truths", "said"),
    [
        (IMPACT, {"base_rate": 1}, (), "base rate lies between 0 and 1, not 1"),
        (IMPACT, {"base_rate": 0}, (), "base rate"),
        (IMPACT, {"shares": {"a": 0.6, "b": 0.5}}, (), "add up to 1.1, more than 1"),
        (IMPACT, {"shares": {"a": 0.6}}, (), "two groups"),
        (IMPACT, {"shares": {"a": 0.6, "b": 0}}, (), "between 0 and 1"),
        (IMPACT, {"confidence": 0.4}, (), "confidence"),
        (IMPACT, {"power": 1}, (), "power"),
        (IMPACT, {"rules": 0}, (), "one rule at least"),
        (IMPACT, {"segments": -1}, (), "segments"),
        (IMPACT, {"among": 1.5}, (), "--among"),
        (IMPACT, {}, (-0.5,), "size of a difference, not -0.5"),
        (IMPACT, {"base_rate": 0.5}, (2.5,), "make a rate of 1.25"),
        (OPPORTUNITY, {}, (), "--among states their share"),
        ({"metric": "equalized_odds", "max": "0.1"}, {}, (), "plan each on its own, true_positive_rate and"),
        ({"metric": "auc_parity", "max": "0.1"}, {}, (), "is no rate"),
        ({"metric": "selection_rate", "compare": "value", "min": "0.1"}, {}, (), "compares groups"),
    ],
)
def test_what_makes_no_sense_is_refused_with_a_sentence(stated, changes, truths, said):
    with pytest.raises(UsageError, match=said):
        plan(rule(**stated), Setting(**{"base_rate": 0.3, "shares": TWO, **changes}), truths)
