"""Audit.plot: the report's figures at a Python prompt, chosen by rule and attribute, and the trend."""

import doctest
import subprocess
import sys
import warnings

import audits
import matplotlib as mpl
import matplotlib.figure
import pytest

from fairaudit import Audit, UsageError
from fairaudit.policy import Policy
from fairaudit.report import figures, trend
from fairaudit.report.charts import KINDS

SIGNATURE = b"\x89PNG"


def texts(figure):
    return [text.get_text() for text in figure.findobj(mpl.text.Text)]


def quarter(gap, names=("f", "m")):
    """Return the audit of a quarter in which women are reached less by a gap."""
    policy = Policy.parse(
        {"data": audits.DATA | {"protected": ["gender"], "segments": ["region"]}, "rule": audits.RULES}
    )
    strata = [
        ({"gender": g, "region": r}, audits.decided(900, 0.35, 0.74 - gap * (g == "f"), 0.2))
        for g in names
        for r in ("N", "S")
    ]
    return audits.audit_of(policy, strata)


@pytest.mark.parametrize("kind", figures.KINDS)
def test_every_kind_is_a_figure_that_a_notebook_shows(shop, kind):
    figure = shop.plot(kind)
    assert isinstance(figure, mpl.figure.Figure)
    assert figure._repr_png_().startswith(SIGNATURE)


def test_the_figure_is_the_one_of_the_report(shop):
    plot = next(one for one in figures.draw(shop) if one.kind == "rates" and one.attribute == "age_band")
    figure = shop.plot("rates", rule=plot.rule, attribute="age_band")
    assert tuple(figure.get_size_inches() * 72) == pytest.approx((plot.sheet.width, plot.sheet.height))
    assert sorted(texts(figure)) == sorted(one.text for one in plot.sheet.drawn if hasattr(one, "text"))
    assert len(figure.artists) + len(figure.lines) + len(figure.patches) + len(figure.texts) == len(plot.sheet.drawn)


def test_of_several_the_worst_is_drawn(failing):
    assert "offer-rate: selection rate by gender in each segment" in texts(failing.plot("segments", rule="offer-rate"))
    assert any("true positive rate by age_band" in text for text in texts(failing.plot("rates")))


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        ({"kind": "bars"}, 'no plot "bars"; there are rates, segments, scores, calibration, threshold and trend'),
        ({"rule": 3}, 'no rule "3"; this audit has "offer-rate" and "redeemers-reached"'),
        ({"attribute": ["gender"]}, "is not a protected attribute of this audit; it has"),
        ({"rule": "x"}, 'no rule "x"; this audit has "offer-rate" and "redeemers-reached"'),
        ({"attribute": "sex"}, '"sex" is not a protected attribute of this audit; it has "gender" and "age_band"'),
        ({"kind": "scores"}, 'no plot "scores": it has no scores'),
        ({"kind": "trend"}, r"A trend needs earlier audits: plot\(.trend., before="),
        ({"kind": "rates", "before": [("then", None)]}, r'go with plot\("trend"\), not with plot\("rates"\)'),
    ],
)
def test_an_error_names_what_there_is(failing, asked, message):
    with pytest.raises(UsageError, match=message):
        failing.plot(**asked)


@pytest.mark.parametrize("before", [5, [5], ["Q1"], [("Q1", 5)], [("Q1", None, None)]])
def test_what_is_no_earlier_audit_is_said_to_be_none(failing, before):
    with pytest.raises(UsageError, match="Earlier audits are pairs of a label and an audit"):
        failing.plot("trend", before=before)


def test_a_year_is_a_label(failing):
    assert {"2025", "2026"} <= set(texts(failing.plot("trend", before=[(2025, failing)], label=2026)))


def test_a_rule_has_no_figure_of_the_scores(shop):
    with pytest.raises(UsageError, match=r'rule="offer-rate"; there are plots for attribute="gender", attribute='):
        shop.plot("scores", rule="offer-rate")


def test_the_trend_of_a_rule_is_its_worst_value():
    before = [("Q1", quarter(0.02)), ("Q2", quarter(0.1)), ("Q3", audits.admissions())]
    now = quarter(0.3)
    series = trend.of_rule([*before, ("Q4", now)], "offer-rate")
    values = [point.finding.value if point.finding else None for point in series.points]
    worst = [next(rule.worst.value for rule in one.rules if rule.id == "offer-rate") for one in (before[0][1], now)]
    assert [values[0], values[2], values[3]] == [worst[0], None, worst[1]]
    shown = texts(now.plot("trend", before=before, label="Q4", rule="offer-rate"))
    assert {"Q1", "Q2", "Q3", "Q4", "offer-rate: the worst value over time"} <= set(shown)
    assert f"{worst[1]:.2f}" in shown
    assert "Q4" in trend.described([series])


def test_the_trend_of_an_attribute_is_each_groups():
    now = quarter(0.3, ("f", "m", "new"))
    shown = texts(now.plot("trend", before=[("Q1", quarter(0.02))], rule="redeemers-reached", attribute="gender"))
    assert {"f", "new", "redeemers-reached: true positive rate by gender over time"} <= set(shown)
    question = figures.Arrangement(now).questions("gender")[1]
    series = trend.of_groups([("Q1", quarter(0.02)), ("now", now)], question, "gender")
    points = {one.name: [point.finding is not None for point in one.points] for one in series}
    assert points["f"] == [True, True]
    assert points["new"] == [False, True]


@pytest.mark.parametrize("n", [1, 2, 9, 30])
def test_labels_of_a_trend_do_not_touch(n):
    from test_figures import whole

    audits_ = [(f"the run of number {i}", quarter(0.02 * (i % 5))) for i in range(n)]
    question = figures.Arrangement(audits_[0][1]).questions("gender")[0]
    for series in ([trend.of_rule(audits_, "offer-rate")], trend.of_groups(audits_, question, "gender") * 3):
        whole(trend.trend(series, question, "A trend"))


def test_a_trend_of_nothing_is_an_error():
    alone = audits.groups(["only"])
    with pytest.raises(UsageError, match='Nothing was compared for rule="offer-rate"'):
        alone.plot("trend", before=[("then", alone)])


def test_names_in_any_script_are_drawn_without_a_warning():
    names = ["نساء", "漢字", "\U0001f600", "हिन्दी", "$x^2$", "שלום"]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        figure = audits.groups(names).plot()
        png = figure._repr_png_()
    assert set(names) <= set(texts(figure))
    assert png == audits.groups(names).plot()._repr_png_()


def test_a_letter_that_no_font_has_is_seen():
    """It is not the same picture as without the letter."""
    pictures = []
    for name in ("\u13a0\u13a1", ""):
        sheet = figures.Sheet(100, 40)
        sheet.text(10, 20, name)
        pictures.append(sheet.png())
    assert pictures[0] != pictures[1]


def test_the_settings_of_matplotlib_make_no_formula_of_a_name():
    sheet = figures.Sheet(200, 40)
    sheet.text(10, 20, r"$\frac{1}{0$ 5_0%")
    with mpl.rc_context({"text.parse_math": True, "text.usetex": True}):
        assert sheet.png().startswith(SIGNATURE)


def test_nothing_loads_pyplot():
    code = (
        "import sys, audits; a = audits.failing(); a.plot()._repr_png_();"
        "print('matplotlib.pyplot' in sys.modules, 'matplotlib' in sys.modules)"
    )
    run = [sys.executable, "-c", code]
    done = subprocess.run(run, capture_output=True, text=True, check=True, cwd=audits.__file__.rpartition("/")[0])  # noqa: S603
    assert done.stdout == "False True\n"


def test_the_example_of_the_documentation_runs():
    finder = doctest.DocTestFinder()
    (example,) = finder.find(Audit.plot, "plot", globs={"matplotlib": mpl})
    assert example.examples
    assert doctest.DocTestRunner().run(example).failed == 0


def test_kinds_are_those_of_the_documentation():
    assert all(f'"{kind}"' in Audit.plot.__doc__ for kind in KINDS)
