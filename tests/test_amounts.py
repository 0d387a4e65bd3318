"""Amounts at the same mix of products and in standard deviations, by hand and against NumPy."""

import math

import numpy as np
import pytest
from rows import recount

from fairaudit.amounts import SameMix, Standardized
from fairaudit.estimands import Mean
from fairaudit.findings import Verdict
from fairaudit.policy import Policy
from fairaudit.spec import value_of
from fairaudit.verdict import judge

PRICE = Mean("mean price", of=value_of("price"))


def policy(metric="price_parity", limit=1.05, stratum="product", **data):
    rule = {"metric": metric, "of": "price", "max": limit}
    return Policy.parse({"data": {"protected": ["g"], "stratum": stratum, **data}, "rule": [rule]})


def sold(group, product, price, n, spread=1.0):
    """Return n sales around a price, half of them above and half below."""
    return [{"g": group, "product": product, "price": price + (spread if i % 2 else -spread)} for i in range(n)]


def audited(stated, rows):
    return judge(recount(stated.spec(), rows), stated)


MIXED = [
    *sold("a", "book", 10, 300), *sold("a", "phone", 500, 100),
    *sold("b", "book", 10, 100), *sold("b", "phone", 500, 300),
]  # fmt: skip
"""The same price for the same thing, and another mix: b pays 2.8 times as much on average."""


def test_equal_prices_for_equal_products_pass_whatever_the_groups_buy():
    audit = audited(policy(), MIXED)
    (finding,) = audit.findings
    assert finding.value == pytest.approx(1.0)
    assert audit.verdict is Verdict.PASS
    assert audited(policy(stratum=None), MIXED).verdict is Verdict.FAIL, "without products the mix looks like a price"


def test_a_dearer_product_for_one_group_is_found_at_everybodys_mix():
    rows = [
        *sold("a", "book", 10, 300), *sold("a", "phone", 500, 100),
        *sold("b", "book", 12, 100), *sold("b", "phone", 600, 300),
    ]  # fmt: skip
    audit = audited(policy(), rows)
    (finding,) = audit.findings
    assert finding.group == {"g": "b"}, "the lower price is the better one"
    # half of all sales are books: (12 + 600) / (10 + 500)
    assert finding.value == pytest.approx(612 / 510)
    assert audit.verdict is Verdict.FAIL


def test_products_that_one_group_does_not_buy_are_left_out_and_too_many_of_them_are_not_evaluable():
    few = [*MIXED, *sold("a", "car", 9000, 20)]
    (finding,) = audited(policy(), few).findings
    assert finding.value == pytest.approx(1.0)
    many = [*MIXED, *sold("a", "car", 9000, 200)]
    audit = audited(policy(), many)
    assert audit.verdict is Verdict.INCONCLUSIVE
    assert any("only 80.0 % of the amounts are in a product of which every group has some" in e.reason
               for e in audit.not_evaluable)  # fmt: skip


def test_the_weights_are_everybodys_and_the_interval_adds_the_strata():
    cube = recount(policy().spec(), MIXED)
    groups = [cube.cell((("g", g),)) for g in "ab"]
    mix, covered = SameMix("", PRICE).within(cube.cell(), groups)
    assert covered == 1.0
    assert dict(mix.weights) == {"book": 0.5, "phone": 0.5}
    limits = mix.interval(groups[0], cube.spec, 0.9)
    strata = [groups[0].parts["stratum"][p] for p in ("book", "phone")]
    halves = [(PRICE.interval(c, cube.spec, 0.9).high - PRICE.value(c, cube.spec)) / 2 for c in strata]
    assert limits.high - mix.value(groups[0], cube.spec) == pytest.approx(math.hypot(*halves))


def test_rows_of_one_customer_in_several_strata_make_it_wider():
    rows = [{**row, "id": i % 100} for i, row in enumerate(MIXED)]
    stated = policy(id="id")
    cube = recount(stated.spec(), rows)
    group = cube.cell((("g", "a"),))
    mix, _ = SameMix("", PRICE).within(cube.cell(), [group])
    parts = [(w, PRICE.interval(group.parts["stratum"][n], cube.spec, 0.9)) for n, w in mix.weights]
    assert mix.interval(group, cube.spec, 0.9).low == pytest.approx(sum(w * one.low for w, one in parts))


def test_the_standardized_difference_is_in_deviations_of_everybody():
    draw = np.random.default_rng(5)
    prices = {"a": draw.normal(100, 10, 200).round(2), "b": draw.normal(108, 10, 200).round(2)}
    rows = [{"g": g, "price": float(p)} for g, column in prices.items() for p in column]
    stated = policy("standardized_mean_difference", 0.2, None)
    audit = audited(stated, rows)
    (finding,) = audit.findings
    everybody = np.concatenate(list(prices.values()))
    expected = (prices["a"].mean() - prices["b"].mean()) / everybody.std()
    assert abs(finding.value) == pytest.approx(abs(expected), rel=1e-9)
    assert audit.verdict is Verdict.FAIL


def test_amounts_that_are_all_alike_have_no_deviation():
    rows = [{"g": g, "price": 5.0} for g in "ab" for _ in range(50)]
    stated = policy("standardized_mean_difference", 0.2, None)
    cube = recount(stated.spec(), rows)
    estimand = Standardized("", PRICE).within(cube.cell(), cube.spec)
    assert math.isnan(estimand.value(cube.cell(), cube.spec))
    assert judge(cube, stated).verdict is Verdict.INCONCLUSIVE
