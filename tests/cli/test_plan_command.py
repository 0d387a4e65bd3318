"""plan: whole commands."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

ASKED = ("plan", "--base-rate", "0.3", "--shares", "0.5,0.3,0.2")


def test_a_table_of_customers(call: Callable) -> None:
    done = call(*ASKED)
    assert (done.code, done.err) == (0, "")
    assert all(len(line) <= 80 for line in done.out.splitlines())
    lines = done.out.splitlines()
    assert lines[0] == "disparate_impact: ratio at least 0.8"
    (fair,) = (line.split() for line in lines if line.startswith("1 (fair)"))
    assert fair[2] == "PASS"
    assert int(fair[3].replace(",", "")) > 1000
    assert [line.split()[1] for line in lines if line.startswith(("0.9", "0.7", "0.6"))] == ["PASS", "FAIL", "FAIL"]


def test_the_same_as_json(call: Callable) -> None:
    document = json.loads(call(*ASKED, "--format", "json").out)
    assert document["schema"] == "fairaudit.plan/1"
    assert document["smallest"] == "group 3"
    fair, *_, worst = document["answers"]
    assert (fair["truth"], fair["verdict"], worst["verdict"]) == (1, "pass", "fail")
    assert f"{fair['customers']:,}" in call(*ASKED).out
    assert sum(fair["groups"].values()) == pytest.approx(fair["customers"], abs=3)
    assert all(len(curve) == len(document["curves"]["customers"]) for curve in document["curves"]["power"])


def test_named_groups_a_rate_among_positives_and_truths(call: Callable) -> None:
    done = call(
        "plan", "--metric", "equal_opportunity", "--base-rate", 0.7, "--among", 0.2, "--share", "female=0.4",
        "--share", "male=0.6", "--truth", 0, "--truth", 0.1, "--truth", 0.2,
    )  # fmt: skip
    assert done.code == 0
    assert "the smallest, female" in done.out
    assert "no number" in done.out
    assert "taken among 20 % of the customers" in done.out


def test_many_groups_show_the_smallest_alone(call: Callable) -> None:
    out = call("plan", "--base-rate", 0.3, "--shares", "0.3,0.2,0.2,0.15,0.12,0.03", "--segments", 15).out
    assert "group 6" in out
    assert "group 1" not in out
    assert "in one segment" in out
    assert all(len(line) <= 80 for line in out.splitlines())


def test_the_rule_comes_from_the_policy_and_flags_win(call: Callable, folder: Path) -> None:
    offers = '[[rule]]\nid = "offers"\nmetric = "disparate_impact"\nmin = 0.9\n'
    other = '[[rule]]\nmetric = "accuracy_parity"\nmax = 0.1\n'
    (folder / "fairaudit.toml").write_text(f"[verdict]\nconfidence = 0.95\n{offers}{other}", encoding="utf-8")
    out = call(*ASKED).out
    assert out.startswith("offers: disparate_impact, ratio at least 0.9")
    assert "PASS at 95 %" in out
    assert "2 rules" in out
    assert call(*ASKED, "--metric", "offers").out == out
    flags = call(*ASKED, "--metric", "offers", "--min", "0.8", "--confidence", "0.9", "--rules", "1").out
    assert flags.startswith("offers: disparate_impact, ratio at least 0.8")
    assert "1 rule and 3 pairs" in flags
    assert call(*ASKED, "--metric", "statistical_parity", "--max", "0.1").out.startswith(
        "statistical_parity: difference"
    )
    assert "ratio" in call(*ASKED, "--metric", "offers", "--compare", "ratio").out


def test_a_plot_of_power_against_customers(call: Callable, folder: Path) -> None:
    done = call(*ASKED, "--plot", folder / "power.svg")
    assert (done.code, done.err) == (0, f"Written: {folder / 'power.svg'}\n")
    root = ET.parse(folder / "power.svg").getroot()  # noqa: S314  our own file
    texts = [text for node in root.iter() if (text := node.text) is not None]
    assert any(text.startswith("ratio 0.6: FAIL, ") for text in texts)
    assert "80 %" in texts
    assert call(*ASKED, "--plot", folder / "power.png").code == 0
    assert (folder / "power.png").read_bytes().startswith(b"\x89PNG")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("plan", "--shares", "0.5,0.5"), "Missing option '--base-rate'"),
        (("plan", "--base-rate", "0.3"), "--shares 0.5,0.3,0.2, or --share"),
        ((*ASKED, "--share", "a=0.4"), "--shares 0.5,0.3,0.2, or --share"),
        (("plan", "--base-rate", "0.3", "--share", "a=0.4", "--share", "a=0.5"), "names a group twice"),
        (("plan", "--base-rate", "0.3", "--shares", "0.5,x"), '"x" is not a number'),
        (("plan", "--base-rate", "0.3", "--share", "0.5"), "is not NAME=SHARE"),
        (("plan", "--base-rate", "1.3", "--shares", "0.5,0.5"), "between 0 and 1"),
        (("plan", "--base-rate", "0.3", "--shares", "0.5,0.6"), "more than 1"),
        ((*ASKED, "--min", "1.2"), "the min of a ratio lies above 0 and at most at 1"),
        ((*ASKED, "--metric", "statistical_parity"), "has no default limit"),
        ((*ASKED, "--metric", "disparate_impct"), 'Did you mean "disparate_impact"?'),
        ((*ASKED, "--metric", "roc_auc", "--compare", "difference", "--max", "0.1"), "is no rate"),
        ((*ASKED, "--plot", "power.pdf"), "must end in .svg or .png"),
        ((*ASKED, "--truth", "0.8", "--plot", "power.svg"), "nothing to draw"),
        ((*ASKED, "--plot", "file/power.svg"), "cannot be written"),
    ],
)
def test_wrong_calls_end_with_2_and_a_sentence(call: Callable, folder: Path, arguments: tuple, said: str) -> None:
    (folder / "file").write_text("", encoding="utf-8")
    done = call(*arguments)
    assert done.code == 2
    assert said in " ".join(done.err.split())
    assert not (folder / "power.svg").exists()


def test_a_rule_without_a_limit_asks_for_one(call: Callable, folder: Path) -> None:
    (folder / "open.toml").write_text(
        "[verdict]\nwithout_limit = 'report'\n[[rule]]\nmetric = 'selection_rate'\ncompare = 'ratio'", encoding="utf-8"
    )
    done = call(*ASKED, "--policy", "open.toml")
    assert done.code == 2
    assert "no limit: say --min or --max" in done.err
    assert call(*ASKED, "--policy", "open.toml", "--min", "0.8").code == 0


def test_only_rules_that_can_fail_share_the_error(call: Callable, folder: Path) -> None:
    alone = "[[rule]]\nmetric = 'disparate_impact'\n"
    looking = "[[rule]]\nid = 'look'\nmetric = 'statistical_parity'\nmax = 0.1\nexploratory = true\n"
    for name, text in (("one.toml", alone), ("two.toml", alone + looking)):
        (folder / name).write_text(text, encoding="utf-8")
    one, two = (call(*ASKED, "--policy", name).out for name in ("one.toml", "two.toml"))
    assert one == two
