"""The figures: whatever the groups, nothing is cut, nothing runs, and the bytes are the same."""

import re
from xml.sax.saxutils import escape

import audits
import pytest

from fairaudit.policy import Policy
from fairaudit.report import figures, lettering, panels, scales
from fairaudit.report.sheet import Marks, Text
from fairaudit.report.svg import inline
from fairaudit.report.words import Words


def written(svg):
    """Return the texts of a figure in one, without blanks, which lines may take away."""
    return "".join(re.findall(">([^<]*)</text>", svg)).replace(" ", "")


def whole(sheet):
    """Assert that no text and no mark leaves the sheet, and that no two texts touch."""
    boxes = []
    for one in sheet.drawn:
        if isinstance(one, Text):
            width = lettering.width(one.text, one.size, bold=one.bold)
            left = one.x - {"start": 0, "middle": 0.5, "end": 1}[one.anchor] * width
            assert left >= 0, one
            assert left + width <= sheet.width + 0.5, one
            assert 0 <= one.y - one.size * 0.8 < one.y <= sheet.height, one
            # true letters are a little narrower than what is kept free for them
            boxes.append((left + 0.04 * width, left + 0.96 * width, one.y - 0.7 * one.size, one.y, one.text))
        else:
            assert all(0 <= x <= sheet.width and 0 <= y <= sheet.height for x, y in one.points)
    for i, (left, right, top, bottom, text) in enumerate(boxes):
        for left_, right_, top_, bottom_, text_ in boxes[:i]:
            assert right <= left_ or right_ <= left or bottom <= top_ or bottom_ <= top, (text, text_)


@pytest.mark.parametrize("n", [1, 2, 8, 40])
@pytest.mark.parametrize("long", [False, True], ids=["short", "long"])
def test_any_number_of_groups_and_any_name_fits(n, long):
    names = [f"group {i:02}" + " with a long name that goes on and on-and-on-without-a-blank" * long for i in range(n)]
    (plot,) = figures.draw(audits.groups(names))
    whole(plot.sheet)
    assert ("and 28 more groups: in the table" in plot.svg) == (n == 40)
    assert sum(name.replace(" ", "") in written(plot.svg) for name in names) == min(n, figures.MOST_GROUPS)


def test_every_figure_of_every_audit_is_whole(audit):
    for plot in figures.draw(audit):
        whole(plot.sheet)


@pytest.mark.parametrize("n", [1, 2, 7, 14])
def test_scores_and_segments_of_any_number_of_groups_are_whole(n):
    names = ["نساء", "女性グループ" * 5, "שלום עולם abc", "WWWWWWWWWWWWWWWWWWWW", *(f"group {i:02}" for i in range(n))][
        :n
    ]
    policy = Policy.parse(
        {
            "data": {name: value for name, value in audits.DATA.items() if name != "prediction"}
            | {"score": "score", "threshold": 0.45, "protected": ["g"], "segments": ["s"], "max_groups": 100},
            "rule": audits.RULES,
        }
    )
    places = ["a", "a segment whose name goes on-and-on-without-any-blank and on", *(f"s{i}" for i in range(14))]
    strata = [
        ({"g": g, "s": s}, audits.scored(60, policy.spec(), -0.4, shift=-i / n))
        for i, g in enumerate(names)
        for s in places
    ]
    drawn = figures.draw(audits.audit_of(policy, strata))
    for plot in drawn:
        whole(plot.sheet)
        assert len(plot.svg) < 30_000
    assert {plot.kind for plot in drawn} >= {"rates", "scores", "calibration", "threshold"}


def test_each_group_has_one_mark_a_panel():
    (plot,) = figures.draw(audits.groups([f"g{i}" for i in range(5)], n=4000))
    marks = [(one.points, one.shape) for one in plot.sheet.drawn if isinstance(one, Marks)]
    # five values, and four comparisons with the first group
    assert sum(len(points) for points, shape in marks if shape not in ("left", "right")) == 5 + 4
    assert plot.svg.count("<circle ") + plot.svg.count('z"/>') - 1 == 5 + 4, "and one band of the limit"


def test_the_worst_and_the_reference_are_among_the_groups_shown():
    audit = audits.groups([f"g{i:02}" for i in range(40)])
    svg = figures.draw(audit)[0].svg
    assert ">g00<" in svg
    assert ">g39<" in svg


def test_file_names_are_counters(hostile, shop):
    assert all(re.fullmatch(r"rates-\d+", plot.name) for plot in figures.draw(hostile))
    drawn, names_of_scores = figures.draw(shop), {"scores", "calibration", "threshold"}
    names = [plot.name for plot in drawn]
    assert len(names) == len(set(names))
    assert {f"{kind}-1" for kind in figures.KINDS} <= set(names)
    assert all(plot.kind in figures.KINDS and (plot.rule is None) == (plot.kind in names_of_scores) for plot in drawn)


@pytest.mark.parametrize("first", range(0, len(audits.HOSTILE), figures.MOST_GROUPS))
def test_hostile_names_are_text(first):
    names = audits.HOSTILE[first : first + figures.MOST_GROUPS]
    (plot,) = figures.draw(audits.groups(names, attribute="<b>$x$"))
    for svg in (plot.svg, inline(plot.svg)):
        assert not re.findall(r"<(?!/?(?:svg|title|desc|style|rect|path|circle|text|g)[ >])", svg)
        assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u200b\u2028\u202e\ud800]", svg)
        for name in ("<script>alert(1)</", r"$\frac{1}{0}$", "#595959", "{{7*7}}"):
            assert (f">{escape(name)}" in svg) == (name in "|".join(names))


def test_equal_audits_give_equal_bytes():
    one, other = (figures.draw(audits.admissions())[0] for _ in range(2))
    assert one.svg == other.svg
    assert one.png == other.png
    assert one.png.startswith(b"\x89PNG")


def test_a_figure_is_small_and_described(failing):
    for plot in figures.draw(failing):
        assert len(plot.svg) < 20_000
        assert plot.description
        assert f'<title id="f{plot.number}-t">{plot.title}</title>' in plot.svg
        assert "<metadata" not in plot.svg


def test_inline_colours_are_the_pages(failing):
    svg = inline(figures.draw(failing)[0].svg)
    assert not re.search(r"(fill|stroke)=\"#|<style", svg)
    assert "var(--plot-card)" in svg
    assert "xmlns" not in svg


def test_no_interval_is_drawn_beyond_its_axis():
    audit = audits.groups(["a", "b"], n=35)
    svg = figures.draw(audit)[0].svg
    assert max(float(x) for x in re.findall(r" x=\"([\d.]+)\"", svg)) <= panels.WIDTH


def test_an_interval_that_leaves_the_axis_ends_in_an_arrow():
    policy = Policy.parse({"data": audits.DATA | {"protected": ["g"]}, "rule": audits.RULES[:1]})
    cells = {"a": audits.decided(40, 0.5, 0.0, 0.0), "b": audits.decided(40, 0.05, 0.5, 0.0)}
    svg = figures.draw(audits.audit_of(policy, [({"g": g}, cell) for g, cell in cells.items()]))[0].svg
    # a circle for each rate, a square for what failed and an arrow: polygons, as the band of the limit is one
    assert svg.count("<circle ") == 2
    assert svg.count('z"/>') == 1 + 1 + 1


def test_harm_value_and_means_are_drawn():
    policy = Policy.parse(
        {
            "data": audits.DATA | {"score": "score", "protected": ["gender"], "outcome": "harm"},
            "rule": [*audits.RULES, {"metric": "mean_score", "compare": "difference", "max": 0.05},
                     {"metric": "base_rate", "compare": "value", "min": 0.2}, {"metric": "treatment_equality",
                     "min": 0.5}],
        }
    )  # fmt: skip
    spec = policy.spec()
    audit = audits.audit_of(policy, [({"gender": g}, audits.scored(500, spec, -0.4)) for g in ("female", "male", "x")])
    drawn = figures.draw(audit)
    assert [plot.name for plot in drawn][:5] == [f"rates-{i}" for i in range(1, 6)]
    for plot in drawn:
        whole(plot.sheet)


def test_small_multiples_stop_at_twelve():
    policy = Policy.parse({"data": audits.DATA | {"score": "score", "protected": ["g"]}, "rule": audits.RULES[:1]})
    spec = policy.spec()
    strata = [({"g": f"a long name of group {i}"}, audits.scored(60, spec, -0.4)) for i in range(15)]
    svg = next(plot.svg for plot in figures.draw(audits.audit_of(policy, strata)) if plot.name == "scores-1")
    assert "and 3 more groups" in svg
    assert written(svg).count("alongnameofgroup") == figures.MOST_GROUPS


def test_scores_of_few_customers_have_no_curve():
    policy = Policy.parse({"data": audits.DATA | {"score": "score", "protected": ["g"]}, "rule": audits.RULES[:1]})
    strata = [({"g": g}, audits.scored(n, policy.spec(), -0.4)) for g, n in (("a", 900), ("b", 15))]
    svg = next(plot.svg for plot in figures.draw(audits.audit_of(policy, strata)) if plot.name == "calibration-1")
    assert "too few labels" in svg


def test_a_description_without_a_comparison():
    audit = audits.groups(["alone"])
    (plot,) = figures.draw(audit)
    assert plot.description == "No two groups could be compared."
    assert Words(audit).worst() is None


def test_few_scores_are_no_picture_of_single_customers():
    policy = Policy.parse({"data": audits.DATA | {"score": "score", "protected": ["g"]}, "rule": audits.RULES[:1]})
    strata = [({"g": g}, audits.scored(n, policy.spec(), -0.4)) for g, n in (("a", 900), ("b", 15))]
    drawn = {plot.kind: plot for plot in figures.draw(audits.audit_of(policy, strata))}
    assert "too few customers" in drawn["scores"].svg
    assert ">b<" not in drawn["threshold"].svg
    alone = audits.audit_of(policy, strata[1:])
    assert not {plot.kind for plot in figures.draw(alone)} & {"scores", "calibration", "threshold"}


def test_ticks_are_round():
    assert scales.Scale(0, 1, 0, 400).ticks() == pytest.approx([i / 10 for i in range(11)])
    assert scales.Scale(0.31, 0.49, 0, 200).ticks() == pytest.approx([0.35, 0.4, 0.45])


def test_ratios_are_ticked_around_one():
    ticks = scales.ratio([0.5, 1.3], (0, 300)).ticks()
    assert {0.8, 1.0, 1.25} <= set(ticks)
    assert scales.ratio([0.0, float("inf")], (0, 300)).low == pytest.approx(0.1 / 1.06)


def test_an_axis_of_one_value_has_some_width():
    scale = scales.linear([0.4], (0, 100), 0, 1)
    assert scale.low < 0.4 < scale.high
    assert scales.linear([], (0, 100)).ticks()
