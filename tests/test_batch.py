"""Many intervals at once: to the last bit those of one at a time."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fairaudit import batch, intervals
from fairaudit.comparison import combined
from fairaudit.intervals import NAN, Estimate


@st.composite
def sides(draw):
    """Return observed rates of a group and a reference, their sizes and a level; nobody and everybody among them."""
    rates = [draw(st.one_of(st.sampled_from([0.0, 1.0]), st.floats(1e-6, 1))) for _ in range(2)]
    sizes = [draw(st.one_of(st.integers(0, 10**6), st.floats(0.5, 10**4))) for _ in range(2)]
    return rates, sizes, draw(st.sampled_from([0.8, 0.9, 0.95, 0.9999, 0.9999999]))


@given(st.lists(sides(), min_size=1, max_size=20), st.sampled_from(["exact", "wilson"]), st.booleans())
def test_each_is_what_it_is_alone(rows, method, shared):
    level = np.array([level for _, _, level in rows])
    many, single = [], []
    for side in range(2):
        values, sizes = (np.array([float(row[part][side]) for row in rows]) for part in (0, 1))
        many.append(batch.rates(values, sizes, level, method))
        single.append(
            [Estimate(rates[side], intervals.rate(rates[side] * n[side], n[side], at, method)) for rates, n, at in rows]
        )
    for compare, reference in (("ratio", many[1]), ("difference", many[1]), ("value", None)):
        found = batch.combined(compare, many[0], reference, np.full(len(rows), shared))
        alone = [combined(compare, a, b if reference else None, shared=shared) for a, b in zip(*single, strict=True)]
        assert found.low.tolist() == [one.low for one in alone]
        assert found.high.tolist() == [one.high for one in alone]


@pytest.mark.parametrize("compare", ["ratio", "difference"])
@pytest.mark.parametrize("shared", [False, True])
def test_of_what_is_undefined_nothing_is_known(compare, shared):
    known, unknown = Estimate(0.3, intervals.rate(3, 10, 0.9)), Estimate(NAN, intervals.rate(0, 0, 0.9))
    pairs = [(known, unknown), (unknown, known), (unknown, unknown), (known, known)]
    a, b = (batch.Estimates.of(side) for side in zip(*pairs, strict=True))
    found = batch.combined(compare, a, b, np.full(4, shared))
    alone = [combined(compare, *pair, shared=shared) for pair in pairs]
    assert found.low.tolist() == [one.low for one in alone]
    assert found.high.tolist() == [one.high for one in alone]


def test_a_function_is_called_once_for_each_different_number():
    asked = []
    found = batch.each(lambda x: asked.append(x) or 2 * x, np.array([3.0, 1.0, 3.0, 3.0]))
    assert (sorted(asked), found.tolist()) == ([1, 3], [6, 2, 6, 6])
