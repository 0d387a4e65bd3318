"""What scores tell beside labels: areas and calibration, each with its interval."""

import math

import numpy as np
import pytest
from rows import recount
from scipy import stats
from sklearn.metrics import roc_auc_score

from fairaudit import intervals
from fairaudit.cube import Cell
from fairaudit.curves import RARER_CLASS, Area, ObservedOverExpected
from fairaudit.intervals import INF, Interval
from fairaudit.spec import Spec

SPEC = Spec(label="y", prediction="p", score="s", curves=((),), bins=20)


def ends(interval):
    return interval.low, interval.high


# --- area under the curve -------------------------------------------------------------------------------------------

AREA = Area("area")
MIDDLES = (np.arange(SPEC.bins) + 0.5) / SPEC.bins


def binned_scores(seed, positives, negatives, shift=3):
    """Return scores at the middles of bins (so that bins are ties and nothing else is), for either class."""
    rng = np.random.default_rng(seed)
    high = np.clip(rng.integers(0, SPEC.bins, positives) + shift, 0, SPEC.bins - 1)
    return MIDDLES[high], MIDDLES[rng.integers(0, SPEC.bins, negatives)]


def scored(positive, negative, spec=SPEC):
    rows = [{"y": y, "p": 0, "s": float(s)} for y, scores in ((1, positive), (0, negative)) for s in scores]
    return recount(spec, rows).cell()


def delong(positive, negative):
    """Return area and standard error of DeLong, DeLong and Clarke-Pearson 1988, from every pair of rows."""
    above = positive[:, None] > negative[None, :]
    tied = positive[:, None] == negative[None, :]
    wins = above + tied / 2
    by_positive, by_negative = wins.mean(axis=1), wins.mean(axis=0)
    return wins.mean(), math.sqrt(by_positive.var(ddof=1) / len(positive) + by_negative.var(ddof=1) / len(negative))


@pytest.mark.parametrize("seed", range(8))
@pytest.mark.parametrize(("positives", "negatives"), [(30, 40), (200, 31), (60, 600)])
def test_the_interval_of_an_area_is_delongs_on_the_rows_with_ties(seed, positives, negatives):
    positive, negative = binned_scores(seed, positives, negatives)
    here = scored(positive, negative)
    area, error = delong(positive, negative)
    assert AREA.value(here, SPEC) == pytest.approx(area, abs=1e-12)
    labels = [1] * positives + [0] * negatives
    assert AREA.value(here, SPEC) == pytest.approx(roc_auc_score(labels, [*positive, *negative]), abs=1e-12)
    # scores of one bin may be in any order, so each limit is that of the end of what the bins leave open
    z, bounds = stats.norm.ppf(0.95), AREA.bounds(here)
    sides = ((-1, bounds.low), (1, bounds.high))
    scale = [math.log(end / (1 - end)) + side * z * error / (end * (1 - end)) for side, end in sides]
    expected = [1 / (1 + math.exp(-x)) for x in scale]
    assert ends(AREA.interval(here, SPEC, 0.9)) == pytest.approx(expected, abs=1e-9)


@pytest.mark.parametrize("seed", range(10))
def test_the_bounds_of_an_area_hold_whatever_the_order_inside_a_bin(seed):
    rng = np.random.default_rng(seed)
    positive, negative = rng.beta(3, 2, 25), rng.beta(2, 3, 60)
    here = scored(positive, negative)
    bounds = AREA.bounds(here)
    exact = roc_auc_score([1] * 25 + [0] * 60, [*positive, *negative])
    assert bounds.low <= exact <= bounds.high
    assert bounds.low <= AREA.value(here, SPEC) <= bounds.high
    # one pair in a hundred or so shares one of 20 bins here
    assert bounds.high - bounds.low < 2.5 / SPEC.bins


def test_finer_bins_narrow_the_bounds_of_an_area():
    rng = np.random.default_rng(1)
    positive, negative = rng.beta(3, 2, 200), rng.beta(2, 3, 300)
    widths = []
    for bins in (20, 200, 1000):
        spec = Spec(label="y", prediction="p", score="s", curves=((),), bins=bins)
        bounds = AREA.bounds(scored(positive, negative, spec))
        widths.append(bounds.high - bounds.low)
    assert widths[0] > widths[1] > widths[2]
    assert widths[2] < 1e-2


def test_perfect_ranking_is_an_area_of_one_and_its_mirror_of_zero():
    low, high = MIDDLES[:5].repeat(8), MIDDLES[-5:].repeat(8)
    assert AREA.value(scored(high, low), SPEC) == 1.0
    assert AREA.value(scored(low, high), SPEC) == 0.0
    assert AREA.interval(scored(high, low), SPEC, 0.9) == Interval(0.0, 1.0), "DeLong knows no error there"


def test_an_area_with_few_of_the_rarer_class_has_no_interval():
    """REFERENCE 1.9: at least 30 of the rarer class, or the interval does not hold its level."""
    assert RARER_CLASS == 30
    positive, negative = binned_scores(0, 29, 500)
    assert AREA.size(scored(positive, negative)) == 29
    assert AREA.interval(scored(positive, negative), SPEC, 0.9) == Interval(0.0, 1.0)


@pytest.mark.parametrize("counts", [(0, 40), (40, 0), (0, 0)])
def test_an_area_needs_both_classes(counts):
    here = scored(*binned_scores(0, *counts)) if sum(counts) else Cell()
    assert AREA.size(here) == 0
    assert math.isnan(AREA.value(here, SPEC))
    assert math.isnan(AREA.bounds(here).low)


def test_scores_without_a_label_do_not_enter_the_area():
    rows = [{"y": y, "s": s} for y, s in ((1, 0.9), (0, 0.1), (None, 0.5), (None, 0.95))]
    here = recount(SPEC, rows).cell()
    assert AREA.size(here) == 1
    assert AREA.value(here, SPEC) == 1.0


# --- calibration ----------------------------------------------------------------------------------------------------

CALIBRATION = ObservedOverExpected("observed over expected")


def test_calibration_is_the_positives_over_the_sum_of_their_scores():
    rows = [{"y": y, "s": s} for y, s in ((1, 0.5), (1, 0.75), (0, 0.25), (0, 0.125), (None, 0.9), (1, None))]
    here = recount(SPEC, rows).cell()
    assert CALIBRATION.size(here) == 4
    assert CALIBRATION.value(here, SPEC) == pytest.approx(2 / 1.625)
    low, high = ends(intervals.rate(2, 4, 0.9))
    assert ends(CALIBRATION.interval(here, SPEC, 0.9)) == pytest.approx((low * 4 / 1.625, high * 4 / 1.625))


def test_calibration_without_scored_labels_or_with_scores_of_zero_is_undefined():
    zeros = recount(SPEC, [{"y": 1, "s": 0.0}, {"y": 0, "s": 0.0}]).cell()
    for here in (Cell(), recount(SPEC, [{"y": 1, "s": None}]).cell(), zeros):
        assert math.isnan(CALIBRATION.value(here, SPEC))
        assert CALIBRATION.interval(here, SPEC, 0.9) == Interval(0.0, INF)


def test_scores_in_one_bin_tell_nothing_of_their_order():
    """Rare events have small scores: 0.0002 and 0.0008 share a bin, whichever class is above."""
    rows = [{"y": i % 2, "s": 0.0002 + 0.0006 * (i % 2)} for i in range(400)]
    here = recount(SPEC, rows).cell()
    assert AREA.interval(here, SPEC, 0.9) == Interval(0.0, 1.0)


def test_scores_in_few_bins_leave_a_wide_interval():
    rng = np.random.default_rng(4)
    spec = Spec(label="y", score="s", curves=((),))
    rows = [{"y": int(rng.random() < 0.3), "s": 0.003 * rng.random()} for _ in range(3000)]
    here = recount(spec, rows).cell()
    found, bounds = AREA.interval(here, spec, 0.9), AREA.bounds(here)
    assert found.low < bounds.low
    assert bounds.high < found.high
    assert bounds.high - bounds.low > 0.3
