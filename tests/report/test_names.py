"""Names from the data are shown so that nothing hides in them."""

import unicodedata

import audits
import pytest

from fairaudit.report import names


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("female", "female"),
        ("\x1b[31m", r"\x1b[31m"),
        ("a\nb", r"a\x0ab"),
        ("\u202eexe", r"\u202eexe"),
        ("zero\u200bwidth", r"zero\u200bwidth"),
        ("soft\u00adhyphen", r"soft\xadhyphen"),
        ("no\u00a0break", r"no\xa0break"),
        ("\U000e0041", r"\U000e0041"),
        ("\ufdd0", r"\ufdd0"),
        ("F ", '"F "'),
        ("", '""'),
        ("Zoë 漢字", "Zoë 漢字"),
    ],
)
def test_what_cannot_be_seen_is_escaped(name, shown):
    assert names.visible(name) == shown


def test_a_long_name_is_cut_and_told_apart_from_another_one():
    one, other = names.visible("x" * 300 + "a"), names.visible("x" * 300 + "b")
    assert one != other
    assert len(one) < 220


@pytest.mark.parametrize("name", audits.HOSTILE)
def test_no_hostile_name_keeps_a_control_character(name):
    assert all(unicodedata.category(c) not in ("Cc", "Cf", "Cs", "Zl", "Zp") for c in names.visible(name))


@pytest.mark.parametrize(
    ("group", "shown"),
    [
        ({}, "everybody"),
        ({"gender": "female"}, "female"),
        ({"age_band": "65+"}, "age_band 65+"),
        ({"vip": "yes"}, "vip yes"),
        ({"ethnicity": "Other"}, "ethnicity Other"),
        ({"gender": "female", "age_band": "65+"}, "female, age_band 65+"),
    ],
)
def test_a_group_keeps_its_column_where_its_value_does_not_speak(group, shown):
    assert names.group(group) == shown


def test_other_forms():
    assert names.full({"lifecycle": "new"}) == "lifecycle new"
    assert names.full({}, nobody="all customers") == "all customers"
    assert names.values({"a": "x", "b": "y"}) == "x, y"
    assert names.attribute("gender*age_band") == "gender x age_band"
    assert names.width("漢a\u0301") == 3
