"""An audit arranged for reading: by attribute, rule and place, the worst first."""

import math
from dataclasses import replace

import audits
import pytest
from sklearn.metrics import balanced_accuracy_score
from test_words import a_finding

from fairaudit.findings import Limit, Verdict
from fairaudit.metrics.decisions import NOT_SELECTED
from fairaudit.policy import Policy
from fairaudit.report import html
from fairaudit.report.arrange import Arrangement, measured, strain
from fairaudit.report.figures import draw
from fairaudit.report.tables import gauge
from fairaudit.score import Score


def test_the_population_comes_first_and_then_the_worst_segment(failing):
    (offers, reached) = Arrangement(failing).questions("gender")
    assert offers.population.segment == {}
    assert offers.segments[0].segment == {"lifecycle": "new"}
    assert [place.strain for place in reached.segments] == sorted(
        (place.strain for place in reached.segments), reverse=True
    )


def test_rows_say_who_is_judged(failing):
    rows = {r.group.group["gender"]: r for r in Arrangement(failing).questions("gender")[0].population.rows}
    assert rows["male"].reference
    assert rows["male"].judged
    assert rows["female"].finding is not None
    assert rows["(missing)"].missing
    assert not rows["(missing)"].judged


def test_each_column_of_segments_is_only_crossed_where_it_is_not_the_attribute():
    policy = Policy.parse(
        {"data": audits.DATA | {"protected": ["lifecycle"], "segments": ["lifecycle"]}, "rule": audits.RULES}
    )
    strata = [({"lifecycle": value}, audits.decided(900, 0.3, 0.7, 0.2)) for value in ("new", "active")]
    (offers, _) = Arrangement(audits.audit_of(policy, strata)).questions("lifecycle")
    assert offers.segments == ()


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"value": 1.0}, 0),
        ({"value": 0.8}, 1),
        ({"value": 1.25}, 1),
        ({"value": 0.64}, 2),
        ({"value": 0.0}, math.inf),
        ({"value": None}, math.inf),
        ({"value": None, "verdict": Verdict.INCONCLUSIVE}, 0),
        ({"value": 1.0, "limit": Limit(min=1.0)}, 1),
        ({"value": 0.9, "limit": Limit(min=1.0)}, math.inf),
        ({"value": -0.2, "compare": "difference", "limit": Limit(max=0.1)}, 2),
        ({"value": 0.0, "compare": "difference", "limit": Limit(max=0.0)}, 0),
        ({"value": 0.1, "compare": "difference", "limit": Limit(max=0.0)}, math.inf),
        ({"value": 1.25, "compare": "value", "limit": Limit(min=0.8, max=1.25)}, 1),
        ({"value": 0.7, "compare": "value", "limit": Limit(min=0.7)}, 1),
        ({"value": 2.0, "compare": "value", "limit": Limit(min=0.7)}, 0),
        ({"value": 0.3, "compare": "value", "limit": Limit(max=0.3)}, 1),
    ],
)
def test_strain_is_measured_in_units_of_the_limit(changes, expected):
    assert strain(a_finding(**changes)) == pytest.approx(expected)


def test_not_being_selected_is_the_rest(failing):
    everybody = failing.everybody()
    rest, selected = measured(everybody, NOT_SELECTED), everybody.metrics["selection_rate"]
    assert rest.numerator + selected.numerator == rest.denominator
    assert rest.interval.low == pytest.approx(1 - selected.interval.high)


def test_a_metric_of_ones_own_is_shown_from_the_findings():
    rule = {"id": "balanced", "metric": Score(balanced_accuracy_score), "compare": "difference", "max": 0.05}
    policy = Policy.parse({"data": audits.DATA | {"protected": ["gender"], "segments": ["region"]}, "rule": [rule]})
    cells = {"female": audits.decided(4000, 0.3, 0.5, 0.2), "male": audits.decided(4000, 0.3, 0.8, 0.2)}
    strata = [({"gender": g, "region": r}, cell) for g, cell in cells.items() for r in ("North", "South")]
    strata.append(({"gender": "x", "region": "North"}, audits.decided(12, 0.3, 0.5, 0.2)))
    audit = audits.audit_of(policy, strata)
    rows = Arrangement(audit).questions("gender")[0].population.rows
    assert [row.rate.value for row in rows if row.rate] == pytest.approx([0.65, 0.8])
    assert [row.rate for row in rows][2] is None
    assert [plot.name for plot in draw(audit)] == ["rates-1", "segments-1"]
    assert "balanced accuracy score" in html.render(audit)


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"value": 0.61}, (61, 80)),
        ({"value": 1.6}, (62.5, 80)),
        ({"value": 1.6, "limit": Limit(max=1.25)}, (62.5, 80)),
        ({"value": -0.05, "compare": "difference", "limit": Limit(max=0.1)}, (25, 50)),
        ({"value": -0.4, "compare": "difference", "limit": Limit(max=0.1)}, (100 / 1.15, 10 / 0.46)),
        ({"value": None}, None),
        ({"value": 0.3, "compare": "value"}, None),
    ],
)
def test_the_gauge_holds_value_and_limit(changes, expected):
    found = gauge(a_finding(**changes))
    assert found is None if expected is None else found == pytest.approx(expected)


def test_a_group_that_is_in_one_segment_only_and_rates_without_a_value():
    policy = Policy.parse(
        {"data": audits.DATA | {"protected": ["gender"], "segments": ["region"]}, "rule": [audits.RULES[1]]}
    )
    strata = [
        ({"gender": "female", "region": "North"}, audits.decided(900, 0.3, 0.6, 0.2)),
        ({"gender": "male", "region": "North"}, audits.decided(900, 0.3, 0.7, 0.2)),
        ({"gender": "male", "region": "South"}, audits.decided(900, 0.3, 0.7, 0.2)),
        ({"gender": "x", "region": "South"}, audits.decided(20, 0.0, 0.7, 0.2)),
    ]
    page = html.render(audits.audit_of(policy, strata))
    assert ">nobody<" in page
    assert "nobody in its denominator" in page


def test_without_a_limit_the_widest_gap_stands_first_and_none_looks_beyond_a_limit(unlimited):
    ratio, gap = (next(f for f in unlimited.findings if f.compare == c) for c in ("ratio", "difference"))
    ratios = [strain(replace(ratio, value=value)) for value in (1.0, 0.9, 1.25, 0.7, 0.0)]
    gaps = [strain(replace(gap, value=value)) for value in (0.0, -0.1, 0.2, 1.0)]
    for strains in (ratios, gaps):
        assert strains[0] == 0
        assert strains == sorted(set(strains)), "the wider the gap, the more"
        assert strains[-1] < 0.5, "half way to a limit begins the shade"
    assert strain(replace(ratio, value=0.8)) == pytest.approx(strain(replace(ratio, value=1.25)))
    assert {strain(f) for f in unlimited.findings if f.compare == "value"} == {0}


def test_a_value_of_nothing_is_within_a_ceiling_and_far_under_a_floor(delivery):
    apart = next(f for f in delivery.findings if f.value)
    assert strain(replace(apart, value=0.0)) == 0
    assert strain(replace(apart, value=0.0, limit=Limit(min=0.1))) == math.inf
    assert strain(replace(apart, value=0.1)) == 1
