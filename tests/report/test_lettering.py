"""Labels: no narrower than in the widest of the usual fonts, and whole in their lines."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from matplotlib.font_manager import FontProperties, findfont, get_font

from fairaudit.report import lettering

WORDS = st.text(st.characters(min_codepoint=32, max_codepoint=0x24F, exclude_categories=["Cc"]), max_size=80)


@given(WORDS, st.floats(20, 200))
def test_nothing_is_left_out_and_no_line_is_too_long(text, room):
    lines = lettering.lines(text, room)
    assert "".join(lines).replace(" ", "") == text.replace(" ", "")
    assert all(lettering.width(line) <= room for line in lines if len(line) > 1)


@given(WORDS, st.integers(1, 3))
def test_a_text_that_is_cut_says_so(text, most):
    lines = lettering.lines(text, 90, most=most)
    whole = lettering.lines(text, 90)
    assert len(lines) == min(most, len(whole))
    assert lines[-1].endswith("…") or lines == whole


@pytest.mark.parametrize("bold", [False, True])
@pytest.mark.parametrize(
    "text",
    [
        "female",
        "Women, 65 and over",
        "MMMM WWWW",
        "ill, fifty-five",
        "0.80 to 1.25",
        "Männer über 40",
        "(missing)",
        "@%&",
    ],
)
def test_a_text_is_no_wider_than_is_kept_free_for_it(text, bold):
    font = get_font(findfont(FontProperties(family="DejaVu Sans", weight="bold" if bold else "normal")))
    font.set_size(100, 72)
    font.set_text(text)
    assert font.get_width_height()[0] / 64 <= lettering.width(text, 100, bold=bold)


def test_a_sign_that_joins_takes_no_room_and_stays_with_its_letter():
    assert lettering.width("e\u0301") == lettering.width("e")
    assert not any(line.startswith("\u0301") for line in lettering.lines("e\u0301" * 30, 50))
