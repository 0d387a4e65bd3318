"""docs/statistics.md against the code: its tables are those of benchmarks/verdicts.py, its exact numbers are true."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import verdicts

from fairaudit.selftest import TwoGroups, at_limit

ROOT = Path(__file__).parents[1]
PAGE = (ROOT / "docs" / "statistics.md").read_text(encoding="utf-8")
MOST = 5_000_000
"""Most outcomes of two groups that are enumerated again here."""


def rows(name):
    """Return the cells of a part's table, without the head."""
    text = re.search(rf"<!-- table: {name} -->\n(.*?)<!-- end -->", PAGE, re.DOTALL).group(1)
    lines = [line.strip("| ").split(" | ") for line in text.splitlines() if line.startswith("|")]
    return lines[2:]


def setting(text):
    """Return sizes and reference rate of "30 vs 600 at 0.2"."""
    n, m, rate = re.fullmatch(r"([\d,]+) vs ([\d,]+) at ([\d.]+)", text).groups()
    return int(n.replace(",", "")), int(m.replace(",", "")), float(rate)


@pytest.mark.parametrize("name", verdicts.PARTS)
def test_every_part_of_the_benchmark_has_its_table(name):
    assert rows(name), f"run: python benchmarks/verdicts.py {name} --write"
    assert PAGE.count(f"<!-- table: {name} -->") == 1


def test_the_page_has_no_table_of_another_origin():
    assert set(re.findall(r"<!-- table: (\w+) -->", PAGE)) == set(verdicts.PARTS)


def ours():
    return [row for row in rows("two_groups") if row[2] == "**fairaudit**"]


def test_ours_is_within_its_bar_but_where_the_page_says_so():
    assert len(ours()) == len(verdicts.LIMITS) * len(verdicts.CONFIDENCES)
    beyond = [row for row in ours() if "missed" in " ".join(row)]
    assert [row[:2] for row in beyond] == [["difference 0.1", "95% (2.5 %)"]]


def test_the_number_of_settings_is_that_of_the_grid():
    for row in rows("two_groups"):
        compare, limit = row[0].split()
        rates = [rate for rate in verdicts.RATES if at_limit(rate, compare, float(limit)) > 0]
        assert int(row[3]) == len(verdicts.SIZES) * len(rates)
    assert {n for n, _ in verdicts.SIZES} >= {30, 50, 100, 300, 1000}


@pytest.mark.parametrize("word", [0, 1], ids=["false PASS", "false FAIL"])
@pytest.mark.parametrize("row", range(len(verdicts.LIMITS) * len(verdicts.CONFIDENCES)))
def test_the_worst_setting_has_the_error_that_the_page_gives(row, word):
    cells = ours()[row]
    compare, limit = cells[0].split()
    confidence = int(cells[1].split("%")[0]) / 100
    share, where = re.fullmatch(r"(.*?) %(?: \*\*missed\*\*)? \((.*)\)", cells[4 + word]).groups()
    n, m, rate = setting(where)
    if n * m > MOST:
        pytest.skip("too many outcomes to enumerate in a test")
    chances = TwoGroups.of(n, m, compare, float(limit), confidence).chances(at_limit(rate, compare, float(limit)), rate)
    assert f"{chances[word]:.2%}" == f"{share}%"


@pytest.mark.parametrize("row", range(len(rows("power"))))
def test_the_power_is_what_the_page_gives(row):
    cells = rows("power")[row]
    n, m, rate = setting(cells[0])
    compare, limit = cells[1].split()
    if n * m > MOST:
        pytest.skip("too many outcomes to enumerate in a test")
    found = TwoGroups.of(n, m, compare, float(limit), 0.90)
    unfair = 0.6 * rate if compare == "ratio" else rate - 0.2
    shown = [verdicts.percent(found.chances(*rates)[word]) for word, rates in enumerate(((rate, rate), (unfair, rate)))]
    assert shown == cells[2:4]


def test_other_rules_are_what_their_authors_print():
    """The adjusted log interval and the textbook interval against statsmodels."""
    import numpy as np
    from statsmodels.stats.proportion import confint_proportions_2indep

    for (n, x), (m, y) in (((30, 5), (300, 50)), ((80, 60), (40, 35))):
        for compare, name, method in (
            ("ratio", "adjusted log interval", "log-adjusted"),
            ("ratio", "log interval (Katz)", "log"),
            ("difference", "textbook interval (Wald)", "wald"),
        ):
            limits = verdicts.OTHERS[compare][name](np.array([float(x)]), np.array([float(y)]), (n, m), 0.95)
            theirs = confint_proportions_2indep(
                x, n, y, m, method=method, compare="diff" if compare == "difference" else compare
            )
            assert [float(limit[0]) for limit in limits] == pytest.approx(theirs, rel=1e-9)


def test_whole_audits_and_repeats_are_within_their_bars():
    shares = [float(row[i].split()[0].replace("under", "0")) for row in rows("whole_audits") for i in (5, 7)]
    assert max(shares) <= 5 + 2 * 0.7, "two standard errors of 1,000 audits"
    again = re.search(r"FAIL in\s+([\d.]+)\s+%,\s+standard\s+error\s+([\d.]+)\s+%", PAGE)
    assert float(again.group(1)) <= 5 + 2 * float(again.group(2))
    assert "missed" not in " ".join(cell for row in rows("repeats_and_weights") for cell in row)


def test_the_short_way_to_a_whole_audits_verdict_is_the_verdict():
    """`word` is what the benchmark counts; `judge` is what a user gets."""
    import numpy as np

    from fairaudit.verdict import judge

    chance = np.random.default_rng(8)
    seen = set()
    for model in (verdicts.FAIR, verdicts.AT_LIMIT, verdicts.HARMFUL):
        for groups, segments, customers in ((2, 1, 60_000), (2, 5, 3000), (4, 5, 20_000)):
            policy = verdicts.audited_policy(segments)
            design = verdicts.Design(verdicts.SHARES[groups], segments, customers)
            cube = verdicts.simulated(chance, model, design, policy)
            seen.add(verdicts.word(cube, policy))
            assert verdicts.word(cube, policy) is judge(cube, policy).verdict
    assert len(seen) == 3


def test_links_inside_the_page_lead_somewhere():
    titles = re.findall(r"^#+ (.+)$", PAGE, re.MULTILINE)
    anchors = {re.sub(r"[^\w -]", "", title.lower()).replace(" ", "-") for title in titles}
    assert set(re.findall(r"\]\(#([^)]+)\)", PAGE)) <= anchors
