"""The sample data: the committed files are what make.py writes, and hold what their README says.

Nothing of fairaudit is used here: rates are recounted with pandas and the intervals written out again, so that an audit
of the sample can be checked against these numbers.
"""

import math
import runpy
import sys
import tomllib
from itertools import combinations
from pathlib import Path

import pandas as pd
import pytest
from scipy.special import betaincinv

SAMPLE = Path(__file__).resolve().parents[2] / "sample_data"
FILES = ("predictions.csv", "customers.csv", "fairaudit.toml")
README = (SAMPLE / "README.md").read_text(encoding="utf-8")
PROTECTED = ("gender", "age_band", "ethnicity")
LIFECYCLES = ("new", "active", "lapsing", "lapsed")
REGIONS = ("North", "East", "South", "West")
NON_BINARY = "non-binary"


def read(name):
    return pd.read_csv(SAMPLE / name, dtype=str, keep_default_na=False)


PREDICTIONS, CUSTOMERS = read("predictions.csv"), read("customers.csv")
MATCHED = PREDICTIONS.merge(CUSTOMERS, on="customer_id", validate="one_to_one").assign(
    score=lambda rows: rows["score"].astype(float),
    offered=lambda rows: rows["offered"].astype(int),
    would_redeem=lambda rows: rows["would_redeem"].astype(int),
)


def offers(rows):
    """Return customers offered and customers."""
    return int(rows["offered"].sum()), len(rows)


def reached(rows):
    """Return redeemers offered and redeemers."""
    return offers(rows[rows["would_redeem"] == 1])


def observed(rows):
    """Return redeemers and customers."""
    return int(rows["would_redeem"].sum()), len(rows)


def rate(counts):
    return counts[0] / counts[1]


def observed_over_expected(rows):
    return rows["would_redeem"].sum() / rows["score"].sum()


def groups(rows, column):
    """Return the rows of every named group large enough to be judged."""
    return {name: part for name, part in rows.groupby(column) if name not in {"", NON_BINARY}}


# --- the files ------------------------------------------------------------------------------------------------------


def run_make(monkeypatch, *arguments):
    monkeypatch.setattr(sys, "argv", ["make.py", *map(str, arguments)])
    runpy.run_path(str(SAMPLE / "make.py"), run_name="__main__")


def test_make_writes_the_committed_bytes_and_nothing_else(tmp_path, monkeypatch):
    run_make(monkeypatch, tmp_path / "new folder")
    written = {path.name: path.read_bytes() for path in (tmp_path / "new folder").iterdir()}
    assert written == {name: (SAMPLE / name).read_bytes() for name in FILES}


def test_the_tables_stay_small():
    assert sum((SAMPLE / name).stat().st_size for name in FILES) < 1_500_000


def test_values_are_what_the_data_contract_asks_for():
    for table in (PREDICTIONS, CUSTOMERS):
        assert table["customer_id"].is_unique
        assert table["customer_id"].str.fullmatch(r"C\d{6}").all()
    assert PREDICTIONS["score"].str.fullmatch(r"[01]\.\d{4}").all()
    assert MATCHED["score"].between(0, 1).all()
    assert set(PREDICTIONS["offered"]) == set(PREDICTIONS["would_redeem"]) == {"0", "1"}
    empty = {name: int((CUSTOMERS[name] == "").sum()) for name in CUSTOMERS}
    assert {name for name, count in empty.items() if count} == {"gender", "ethnicity"}


def test_the_policy_names_columns_of_the_files():
    policy = tomllib.loads((SAMPLE / "fairaudit.toml").read_text(encoding="utf-8"))
    data = policy["data"]
    assert {data[key] for key in ("id", "label", "prediction", "score")} == set(PREDICTIONS)
    assert set(data["protected"]) | set(data["segments"]) <= set(CUSTOMERS)
    assert tuple(data["protected"]) == PROTECTED
    assert [(rule["metric"], rule.get("min"), rule.get("max")) for rule in policy["rule"]] == [
        ("disparate_impact", 0.80, None),
        ("equal_opportunity", None, 0.10),
        ("calibration", 0.80, 1.25),
    ]


def test_only_a_courtesy_to_gold_customers_departs_from_the_cut_off():
    above = (MATCHED["score"] >= 0.42).astype(int)
    departs = MATCHED[MATCHED["offered"] != above]
    assert set(departs["loyalty_tier"]) == {"gold"}
    assert departs["score"].between(0.34, 0.42).all()
    assert set(departs["offered"]) == {1}


# --- what is planted ------------------------------------------------------------------------------------------------


def test_gender_is_unfair_among_new_customers_only():
    ratios = {}
    for lifecycle, rows in MATCHED.groupby("lifecycle"):
        by_gender = groups(rows, "gender")
        ratios[lifecycle] = rate(offers(by_gender["female"])) / rate(offers(by_gender["male"]))
        assert rate(observed(by_gender["female"])) == pytest.approx(rate(observed(by_gender["male"])), abs=0.03)
    assert 0.60 <= ratios.pop("new") <= 0.65
    assert all(0.93 <= ratio <= 1 / 0.93 for ratio in ratios.values())
    total = groups(MATCHED, "gender")
    assert 0.90 <= rate(offers(total["female"])) / rate(offers(total["male"])) < 0.95


def test_older_redeemers_are_missed_though_as_many_offers_are_made():
    bands = groups(MATCHED, "age_band")
    oldest = bands.pop("65+")
    assert all(0.18 <= rate(reached(rows)) - rate(reached(oldest)) <= 0.24 for rows in bands.values())
    assert all(rate(offers(oldest)) / rate(offers(rows)) == pytest.approx(1, abs=0.05) for rows in bands.values())


def test_ethnicities_are_treated_alike():
    for counts in (offers, reached):
        rates = [rate(counts(rows)) for rows in groups(MATCHED, "ethnicity").values()]
        assert max(rates) - min(rates) < 0.03


def test_one_gender_is_too_small_to_be_judged():
    assert 0 < (MATCHED["gender"] == NON_BINARY).sum() < 30


# --- what an audit proves -------------------------------------------------------------------------------------------

RULES = {
    "offer-rate": (PROTECTED, offers, (0.80, 1.25)),
    "redeemers-reached": (PROTECTED, reached, (-0.10, 0.10)),
    "score-is-right": (("gender",), observed, (0.80, 1.25)),
}


def limits(counts, side):
    """Return Clopper and Pearson's limits, which err with ``side`` each."""
    k, n = counts
    return float(betaincinv(k, n - k + 1, side)), float(betaincinv(k + 1, n - k, 1 - side))


def difference(a, b, side):
    """Return Newcombe's limits of a difference of two rates."""
    (p, q), (low_p, high_p), (low_q, high_q) = (rate(a), rate(b)), limits(a, side), limits(b, side)
    return p - q - math.hypot(p - low_p, high_q - q), p - q + math.hypot(high_p - p, q - low_q)


def ratio(a, b, side):
    """Return Donner and Zou's limits of a ratio of two rates."""
    (p, q), (low_p, high_p), (low_q, high_q) = (rate(a), rate(b)), limits(a, side), limits(b, side)
    low = p * q - math.sqrt((p * q) ** 2 - low_p * high_q * (2 * p - low_p) * (2 * q - high_q))
    high = p * q + math.sqrt((p * q) ** 2 - high_p * low_q * (2 * p - high_p) * (2 * q - low_q))
    return low / (high_q * (2 * q - high_q)), high / (low_q * (2 * q - low_q))


def comparisons(rule, column, rows):
    """Return one function of the side error for every pair of groups, or for every group where none are compared."""
    counts = RULES[rule][1]
    parts = list(groups(rows, column).values())
    if rule == "score-is-right":
        means = [part["score"].mean() for part in parts]
        return [
            lambda side, part=part, mean=mean: tuple(limit / mean for limit in limits(counts(part), side))
            for part, mean in zip(parts, means, strict=True)
        ]
    interval = ratio if rule == "offer-rate" else difference
    return [lambda side, a=a, b=b: interval(counts(a), counts(b), side) for a, b in combinations(parts, 2)]


def judge(rule, intervals, side_of_a_fail):
    """Return the verdict over some comparisons: a pass at 90 %, a fail at the corrected level."""
    low, high = RULES[rule][2]
    strict = [interval(side_of_a_fail) for interval in intervals]
    if any(b < low or a > high for a, b in strict):
        return "FAIL"
    usual = [interval(0.05) for interval in intervals]
    return "PASS" if all(low <= a and b <= high for a, b in usual) else "INCONCLUSIVE"


def verdicts(rule):
    """Return the verdict of every attribute in the population (segment "") and in every segment.

    The 5 % of the audit are divided over the rules, half for the population and half for the segments of a rule, and
    over the comparisons in each half.
    """
    segments = [(name, rows) for column in ("lifecycle", "region") for name, rows in MATCHED.groupby(column)]
    found = {}
    for half in ([("", MATCHED)], segments):
        all_of = {(c, name): comparisons(rule, c, rows) for name, rows in half for c in RULES[rule][0]}
        side = 0.05 / len(RULES) / 2 / sum(map(len, all_of.values()))
        found |= {place: judge(rule, intervals, side) for place, intervals in all_of.items()}
    return found


@pytest.fixture(scope="module", params=RULES)
def judged(request):
    return request.param, verdicts(request.param)


def test_the_population_is_decided_for_every_rule_and_attribute(judged):
    rule, found = judged
    fails = {("redeemers-reached", "age_band")}
    expected = {column: "FAIL" if (rule, column) in fails else "PASS" for column in RULES[rule][0]}
    assert {column: found[column, ""] for column in RULES[rule][0]} == expected


def test_gender_fails_among_new_customers_and_passes_in_every_other_segment(judged):
    _, found = judged
    expected = {name: "FAIL" if name == "new" else "PASS" for name in (*LIFECYCLES, *REGIONS)}
    assert {name: found["gender", name] for name in expected} == expected


def test_no_segment_is_failed_that_was_not_planted(judged):
    _, found = judged
    planted = {("gender", "new")} | {("age_band", name) for name in (*LIFECYCLES, *REGIONS)}
    assert {place for place, verdict in found.items() if place[1] and verdict == "FAIL"} <= planted


def test_the_readme_tells_every_verdict(judged):
    rule, found = judged
    for column in RULES[rule][0]:
        segments = [
            ", ".join(name for name in (*LIFECYCLES, *REGIONS) if found[column, name] == verdict)
            for verdict in ("FAIL", "INCONCLUSIVE")
        ]
        assert row(f"`{rule}`", column, found[column, ""], *segments) in README


# --- the README's numbers -------------------------------------------------------------------------------------------


def row(*cells):
    """Return a row of a table in Markdown."""
    return f"| {' | '.join(cell or 'none' for cell in cells)} |"


def percent(counts):
    return f"{100 * rate(counts):.1f} %"


def test_the_readme_tells_offers_by_gender_and_lifecycle():
    for lifecycle in (*LIFECYCLES, "all"):
        by_gender = groups(MATCHED if lifecycle == "all" else MATCHED[MATCHED["lifecycle"] == lifecycle], "gender")
        women, men = by_gender["female"], by_gender["male"]
        cells = [f"{len(women):,}", f"{len(men):,}", percent(offers(women)), percent(offers(men))]
        cells += [f"{rate(offers(women)) / rate(offers(men)):.2f}", percent(reached(women)), percent(reached(men))]
        cells += [f"{observed_over_expected(rows):.2f}" for rows in (women, men)]
        assert row(lifecycle, *cells) in README


@pytest.mark.parametrize("column", ["age_band", "ethnicity"])
def test_the_readme_tells_every_group(column):
    for name, rows in groups(MATCHED, column).items():
        counts = offers(rows), reached(rows), observed(rows[rows["offered"] == 1]), observed(rows)
        assert row(name, f"{len(rows):,}", *map(percent, counts)) in README


def test_the_readme_tells_what_is_missing():
    without_attributes = len(PREDICTIONS) - len(MATCHED)
    facts = {
        "rows of `predictions.csv`": len(PREDICTIONS),
        "rows of `customers.csv`": len(CUSTOMERS),
        "customers in both": len(MATCHED),
        "predictions without attributes": without_attributes,
        "attributes without predictions": len(CUSTOMERS) - len(MATCHED),
        "in both, without gender": int((MATCHED["gender"] == "").sum()),
        "in both, without ethnicity": int((MATCHED["ethnicity"] == "").sum()),
        "in both, non-binary": int((MATCHED["gender"] == NON_BINARY).sum()),
        "in both, offered": offers(MATCHED)[0],
        "in both, would redeem": observed(MATCHED)[0],
    }
    assert without_attributes / len(PREDICTIONS) < 0.05
    for fact, count in facts.items():
        assert row(fact, f"{count:,}") in README
