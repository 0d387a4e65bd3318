"""The record's sentences: templates with named values."""

from string import Formatter

import pytest

from fairaudit import reasons

TEMPLATES = {name: one for name, one in vars(reasons).items() if isinstance(one, reasons.Reason)}


def fields(text):
    return {name for _, name, *_ in Formatter().parse(text) if name}


def test_values_are_written_as_the_template_says():
    assert (
        reasons.MISSING(name="gender", share=12.345, most=5.0)
        == "gender is missing for 12.3 %, more than max_missing = 5 %"
    )
    assert (
        reasons.SCORES_OUTSIDE(n=1204, low=0.0, high=1.5)
        == "1,204 scores lie outside 0 to 1.5; state [data] score_range"
    )
    assert reasons.NO_LIMIT() == "the policy states no limit"


@pytest.mark.parametrize(
    ("n", "said"), [(0, "0 comparisons"), (1, "1 comparison"), (2, "2 comparisons"), (1204, "1,204 comparisons")]
)
def test_one_and_many_have_forms_of_their_own(n, said):
    assert reasons.PROVEN(n=n) == f"{said} proven beyond the limit"


@pytest.mark.parametrize("name", TEMPLATES)
def test_a_template_is_plain(name):
    """How a number is written stands beside the template, so that a translation has its name alone."""
    one = TEMPLATES[name]
    assert set(one.formats) <= fields(one.text)
    assert not any(spec or conversion for _, _, spec, conversion in Formatter().parse(one.text))
    if isinstance(one, reasons.Counted):
        assert fields(one.many) == fields(one.text)


def test_no_two_templates_are_the_same():
    texts = [one.text for one in TEMPLATES.values()]
    assert len(set(texts)) == len(texts)
