"""Selection against the threshold: the shares are counts, and the labels at the lines' ends never touch."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fairaudit.findings import Group, ScoreBin
from fairaudit.report.score_table import score_table
from fairaudit.report.thresholds import MOST_LINES, Sweep, apart, described, drawn, selection
from fairaudit.spec import MISSING


def group(name, counts):
    """Return a group with so many customers in each twentieth of the score."""
    edges = [i / 20 for i in range(21)]
    bins = tuple(ScoreBin(edges[i], edges[i + 1], n, n, n // 2) for i, n in enumerate(counts))
    return Group({"g": name}, {}, sum(counts), {}, bins)


COUNTS = st.lists(st.integers(0, 50), min_size=20, max_size=20).filter(any)


@given(st.lists(COUNTS, min_size=1, max_size=9))
def test_a_share_is_the_count_at_or_above_the_edge(counts):
    sweep = Sweep.of([group(str(i), one) for i, one in enumerate(counts)], 30)
    for one, own in zip(sweep.groups, counts, strict=True):
        assert sweep.share(one) == pytest.approx([sum(own[i:]) / sum(own) for i in range(21)])
        assert sweep.at(one, 0.35) == pytest.approx(sum(own[7:]) / sum(own))
        assert (sweep.at(one, -1), sweep.at(one, 2)) == (1, 0)
    first, last = sweep.range()
    assert first < last
    assert all(sum(own[:first]) == 0 == sum(own[last + 1 :]) for own in counts)
    sheet = selection(sweep, "title", 0.35, 0.8)
    assert all(0 <= x <= sheet.width and 0 <= y <= sheet.height for one in sheet.drawn if hasattr(one, "points")
               for x, y in one.points)  # fmt: skip
    assert len({one.colour for one in sheet.drawn if hasattr(one, "shape")}) >= min(len(counts), MOST_LINES)
    assert described(sweep, 0.35)


def test_the_worst_ratio_is_of_judged_groups_where_it_is_no_chance():
    groups = [
        group("a", [100] * 20), group("b", [200] * 10 + [0] * 10), group("few", [0] * 19 + [20]),
        group(MISSING, [0] * 19 + [500]),
    ]  # fmt: skip
    sweep = Sweep.of(groups, 30)
    assert [one.group["g"] for one in sweep.judged] == ["a", "b"]
    assert sweep.worst()[:3] == pytest.approx((1, 0.9 / 0.95, 0.8 / 0.9))
    assert sweep.worst()[10] == 0
    assert sweep.worst()[20] is None
    assert Sweep.of(groups[:1], 30).worst() == (None,) * 21
    said = described(sweep, 0.25)
    assert "75.0\u00a0% of g a" in said
    assert "50.0\u00a0% of g b" in said


def test_lines_are_of_the_extremes_and_the_largest():
    sizes = {"low": 40, "a": 90, "b": 80, "c": 70, "d": 60, "e": 50, "f": 45, "high": 41}
    groups = [group(name, [n] * 10 + [{"low": 0, "high": 4 * n}.get(name, n)] * 10) for name, n in sizes.items()]
    chosen = [one.group["g"] for one in drawn(Sweep.of(groups, 30))]
    assert chosen == ["low", "a", "b", "c", "d", "high"]


@given(st.lists(st.tuples(st.floats(0, 100), st.floats(4, 16)), max_size=6))
def test_labels_do_not_touch_and_stay_in_their_room(labels):
    labels.sort()
    wanted, heights = [y for y, _ in labels], [height for _, height in labels]
    places = apart(wanted, heights, (0, 100))
    ends = [(y - height / 2, y + height / 2) for y, height in zip(places, heights, strict=True)]
    assert all(top >= -1e-9 and bottom <= 100 + 1e-9 for top, bottom in ends)
    assert all(above[1] <= below[0] + 1e-9 for above, below in pairwise(ends))
    assert apart([10, 50, 90], [10, 10, 10], (0, 100)) == [10, 50, 90]


def test_the_table_holds_the_numbers_of_the_figures(shop):
    groups = [one for one in shop.groups if list(one.group) == ["gender"] and not one.segment]
    table = score_table(groups, "gender")
    assert table.head == ("Score", "female", "male", "(missing)")
    assert [line.name for line in table.lines][:2] == ["0 to 0.1", "0.1 to 0.2"]
    for i, one in enumerate(groups):
        n = sum(bin_.n for bin_ in one.scores)
        for j, line in enumerate(table.lines):
            here, above = one.scores[2 * j : 2 * j + 2], one.scores[2 * j :]
            labelled, positives = (sum(getattr(bin_, of) for bin_ in here) for of in ("labelled", "positives"))
            positive = f"{100 * positives / labelled:.1f} %" if labelled >= 20 else "\u2013"
            cell = line.cells[i]
            assert cell.text == f"{100 * sum(bin_.n for bin_ in here) / n:.1f} %"
            assert cell.small == (f"{positive} positive", f"{100 * sum(bin_.n for bin_ in above) / n:.1f} % selected")
    assert score_table([group("few", [1] * 4 + [0] * 16)], "g") is None
    assert score_table([group(str(i), [9] * 20) for i in range(14)], "g").notes == ("and 2 more groups in audit.json",)


def test_the_policys_threshold_is_marked():
    sweep = Sweep.of([group("a", [9] * 20), group("b", [3] * 20)], 30)
    with_, without = selection(sweep, "t", 0.45, None), selection(sweep, "t", None, None)
    assert "dashed: the policy's, 0.45" in " ".join(one.text for one in with_.drawn if hasattr(one, "text"))
    assert sum(getattr(one, "dashed", False) for one in with_.drawn) == 2
    assert not any(getattr(one, "dashed", False) for one in without.drawn)
