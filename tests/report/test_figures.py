"""The figures: whatever the groups, nothing is cut, nothing runs, and the bytes are the same."""

import re
from xml.sax.saxutils import escape

import audits
import pytest

from fairaudit.policy import Policy
from fairaudit.report import figures, panels, plots, scales
from fairaudit.report.words import Words


@pytest.mark.parametrize("n", [1, 2, 8, 40])
@pytest.mark.parametrize("long", [False, True], ids=["short", "long"])
def test_any_number_of_groups_and_any_name_fits(n, long):
    names = [f"group {i:02}" + " with a long name that goes on and on-and-on-without-a-blank" * long for i in range(n)]
    (plot,) = figures.draw(audits.groups(names))
    left = min(
        x - 11 * plots.CHARACTER * len(text)
        for x, text in (
            (float(x), text)
            for x, text in re.findall(r'text-anchor: end; fill: #1f2328" x="([\d.]+)" y="[\d.]+">([^<]*)<', plot.svg)
        )
    )
    assert left >= 0
    assert ("and 28 more groups: in the table" in plot.svg) == (n == 40)
    shown = "".join(re.findall(">([^<]*)</text>", plot.svg)).replace(" ", "")
    assert sum(name.replace(" ", "") in shown for name in names) == min(n, figures.MOST_GROUPS)


def test_the_worst_and_the_reference_are_among_the_groups_shown():
    audit = audits.groups([f"g{i:02}" for i in range(40)])
    svg = figures.draw(audit)[0].svg
    assert ">g00<" in svg
    assert ">g39<" in svg


def test_file_names_are_counters(hostile, shop):
    assert all(re.fullmatch(r"(rates|scores|calibration)-\d+", plot.name) for plot in figures.draw(hostile))
    names = [plot.name for plot in figures.draw(shop)]
    assert len(names) == len(set(names))
    assert {"rates-1", "scores-1", "calibration-1"} <= set(names)


@pytest.mark.parametrize("first", range(0, len(audits.HOSTILE), figures.MOST_GROUPS))
def test_hostile_names_are_text(first):
    names = audits.HOSTILE[first : first + figures.MOST_GROUPS]
    (plot,) = figures.draw(audits.groups(names, attribute="<b>$x$"))
    for svg in (plot.svg, plots.inline(plot.svg)):
        assert not re.findall(r"<(?!/?(?:svg|title|desc|path|text|defs|use|g)[ >])", svg)
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
    svg = plots.inline(figures.draw(failing)[0].svg)
    assert not re.search(r"(fill|stroke): #", svg)
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
    assert svg.count("<use ") == 2 + 1 + 1


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
    assert [plot.name for plot in figures.draw(audit)][:5] == [f"rates-{i}" for i in range(1, 6)]


def test_small_multiples_stop_at_twelve():
    policy = Policy.parse({"data": audits.DATA | {"score": "score", "protected": ["g"]}, "rule": audits.RULES[:1]})
    spec = policy.spec()
    strata = [({"g": f"a long name of group {i}"}, audits.scored(60, spec, -0.4)) for i in range(15)]
    svg = next(plot.svg for plot in figures.draw(audits.audit_of(policy, strata)) if plot.name == "scores-1")
    assert "and 3 more groups" in svg
    assert "…" in svg


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
