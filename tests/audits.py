"""Small audits made by hand for the reports' tests: cells from rates, a cube from cells, an audit from both."""

import math
from collections import defaultdict
from dataclasses import replace
from itertools import product
from statistics import NormalDist

import numpy as np

from fairaudit.cube import OUTCOMES, Cell, Count, Cube, Moments
from fairaudit.ledger import Ledger
from fairaudit.policy import Policy
from fairaudit.spec import MISSING
from fairaudit.verdict import judge

RULES = [
    {"id": "offer-rate", "metric": "disparate_impact", "min": 0.8},
    {"id": "redeemers-reached", "metric": "equal_opportunity", "max": 0.1},
]
DATA = {"id": "customer_id", "label": "would_redeem", "labels": "complete", "prediction": "offered"}
VERSIONS = {"fairaudit": "0.1.0", "python": "3.11.7"}


def decided(n, base, reached, wasted):
    """Return a cell of n customers from the base rate and the true and false positive rate."""
    positive = round(n * base)
    tp, fp = round(positive * reached), round((n - positive) * wasted)
    counts = dict.fromkeys(OUTCOMES, 0) | {
        Count.TP: tp,
        Count.FN: positive - tp,
        Count.FP: fp,
        Count.TN: n - positive - fp,
    }
    return Cell(tuple(counts[outcome] for outcome in OUTCOMES))


def scored(n, spec, centre, threshold=0.45, shift=0.0):
    """Return a cell of n customers whose log odds are spread around a centre; the scores are off by a shift."""
    counts, moments = dict.fromkeys(OUTCOMES, 0), dict.fromkeys(OUTCOMES, Moments())
    histogram = np.zeros((3, spec.bins), np.int64)
    for i in range(n):
        log_odds = centre + 1.4 * NormalDist().inv_cdf((i + 0.5) / n)
        chance, score = (1 / (1 + math.exp(-x)) for x in (log_odds, log_odds + shift))
        positive = (i * 0.6180339887) % 1 < chance
        outcome = {
            (True, True): Count.TP, (True, False): Count.FP, (False, True): Count.FN, (False, False): Count.TN,
        }[score >= threshold, positive]  # fmt: skip
        counts[outcome] += 1
        whole = round(score * 2**spec.scale)
        moments[outcome] += Moments(1, whole, whole * whole >> spec.scale)
        histogram[0 if positive else 1, min(int(score * spec.bins), spec.bins - 1)] += 1
    ordered = tuple(moments[outcome] for outcome in OUTCOMES)
    return Cell(tuple(counts[outcome] for outcome in OUTCOMES), {"score": ordered}, histogram)


def cube_of(policy, strata, **ledger):
    """Return the cube of strata: pairs of the customers' attributes and their cell."""
    spec = policy.spec()
    cells = defaultdict(Cell)
    for names, cell in strata:
        for view in spec.views:
            cells[tuple((name, names[name]) for name in view)] += cell
    n = cells[()].n
    missing = {
        name: count
        for name in policy.attributes()
        if (count := sum(cell.n for names, cell in strata if names[name] == MISSING))
    }
    lost = ledger.get("predictions_without_attributes", 0)
    known = {"predictions_rows": n + lost, "attributes_rows": n, "matched": n, "missing_attributes": missing}
    return Cube(spec, dict(cells), Ledger(**(known | ledger)))


def audit_of(policy, strata, **ledger):
    """Return the audit of strata, with versions and input files as the command records them."""
    audit = judge(cube_of(policy, strata, **ledger), policy)
    inputs = {"predictions": {"name": "predictions.csv", "bytes": 534120, "sha256": "3fa1" * 16}}
    return replace(audit, versions=VERSIONS, inputs=inputs)


def failing():
    """Women among new customers get fewer offers, 65+ among all are missed more often; some groups are small."""
    return unfair(RULES)


def unfair(rules):
    """Return the audit of such customers under some rules."""
    policy = Policy.parse(
        {
            "name": "Spring offer",
            "data": DATA | {"protected": ["gender", "age_band"], "segments": ["lifecycle"]},
            "groups": {"small": "report"},
            "rule": rules,
        }
    )
    shares = {"female": 0.49, "male": 0.49, "non-binary": 0.001, MISSING: 0.019}
    ages = {"18-29": 0.2, "30-44": 0.3, "45-64": 0.32, "65+": 0.18}
    sizes = {"new": 4000, "active": 9000, "lapsed": 2500}
    strata = []
    for (gender, share), (age, part), (lifecycle, size) in product(shares.items(), ages.items(), sizes.items()):
        reached = 0.74 - 0.26 * (gender == "female" and lifecycle == "new") - 0.2 * (age == "65+")
        wasted = 0.18 - 0.08 * (gender == "female" and lifecycle == "new") + 0.09 * (age == "65+")
        names = {"gender": gender, "age_band": age, "lifecycle": lifecycle}
        strata.append((names, decided(round(size * share * part), 0.34, reached, wasted)))
    return audit_of(policy, strata, predictions_without_attributes=120, attributes_without_predictions=310)


def passing():
    """Nobody is treated worse, and the groups are large enough to show it; one region is small."""
    policy = Policy.parse(
        {
            "name": "Spring offer",
            "data": DATA | {"protected": ["gender"], "segments": ["region"]},
            "rule": RULES,
        }
    )
    sizes = {"North": 9000, "South": 14000, "Islands": 400}
    strata = [
        ({"gender": gender, "region": region}, decided(size // 2, 0.33, 0.72 - 0.02 * (gender == "female"), 0.2))
        for gender, (region, size) in product(("female", "male"), sizes.items())
    ]
    return audit_of(policy, strata)


def inconclusive():
    """Too few customers to tell, one group too small to be judged, and many predictions without attributes."""
    policy = Policy.parse(
        {"data": DATA | {"protected": ["age_band"], "segments": ["region"]}, "rule": RULES, "name": "Pilot"}
    )
    sizes = {"18-29": 180, "30-44": 260, "45-64": 240, "65+": 20}
    strata = [
        ({"age_band": age, "region": region}, decided(n // 2, 0.3, 0.7, 0.2))
        for (age, n), region in product(sizes.items(), ("North", "South"))
    ]
    return audit_of(policy, strata, predictions_without_attributes=90)


def shop(protected=("gender", "age_band", "gender*age_band"), segments=("lifecycle", "region")):
    """Scores, segments and an intersection: everything that a page shows. Women's scores among the new are too low."""
    policy = Policy.parse(
        {
            "name": "Shop",
            "data": DATA | {"score": "score", "protected": list(protected), "segments": list(segments)},
            "groups": {"small": "report"},
            "rule": [*RULES, {"id": "score-is-right", "metric": "calibration", "min": 0.8, "max": 1.25}],
        }
    )
    spec = policy.spec()
    strata = []
    for gender, age, lifecycle, region in product(
        ("female", "male", MISSING), ("under 40", "40 and over"), ("new", "active"), ("North", "South", "West")
    ):
        unfair = -0.7 * (gender == "female" and lifecycle == "new")
        names = {"gender": gender, "age_band": age, "lifecycle": lifecycle, "region": region}
        n = 6 if gender == MISSING else 340 if lifecycle == "new" else 610
        strata.append((names, scored(n, spec, -0.4, shift=unfair)))
    return audit_of(policy, strata, threshold_differs=3)


def admissions():
    """Berkeley 1973: women fail in the total, and in most departments they do not (Bickel et al. 1975)."""
    policy = Policy.parse(
        {
            "data": {"prediction": "admitted", "count": "n", "protected": ["sex"], "segments": ["department"]},
            "rule": [{"id": "four-fifths", "metric": "disparate_impact"}],
        }
    )
    table = {
        "A": (512, 313, 89, 19), "B": (353, 207, 17, 8), "C": (120, 205, 202, 391),
        "D": (138, 279, 131, 244), "E": (53, 138, 94, 299), "F": (22, 351, 24, 317),
    }  # fmt: skip
    strata = []
    for department, (men_in, men_out, women_in, women_out) in table.items():
        for sex, chosen, passed in (("men", men_in, men_out), ("women", women_in, women_out)):
            counts = dict.fromkeys(OUTCOMES, 0) | {Count.SELECTED_UNLABELLED: chosen, Count.PASSED_UNLABELLED: passed}
            cell = Cell(tuple(counts[outcome] for outcome in OUTCOMES))
            strata.append(({"sex": sex, "department": department}, cell))
    return audit_of(policy, strata, attributes_rows=0)


def unlimited():
    """Rules of every kind without a limit: everything is measured, nothing decided."""
    policy = Policy.parse(
        {
            "name": "Evidence",
            "data": DATA | {"score": "score", "protected": ["gender"], "segments": ["region"]},
            "verdict": {"without_limit": "report"},
            "rule": [
                {"id": "rates", "metric": "selection_rate", "compare": "ratio"},
                {"id": "reached", "metric": "true_positive_rate", "compare": "difference"},
                {"id": "score-is-right", "metric": "calibration"},
            ],
        }
    )
    strata = [
        ({"gender": gender, "region": region}, scored(500, policy.spec(), -0.4 + 0.5 * (gender == "male")))
        for gender, region in product(("female", "male"), ("North", "South"))
    ]
    return audit_of(policy, strata)


def literal():
    """The four-fifths rule with its literal reading and p-values; one group is left out for its share."""
    policy = Policy.parse(
        {
            "name": "Four fifths",
            "data": DATA | {"protected": ["ethnicity"], "segments": ["region"]},
            "groups": {"min_share": 0.02},
            "verdict": {"significance": True},
            "rule": [{"id": "four-fifths", "metric": "disparate_impact", "min": 0.8}],
        }
    )
    reached = {"A": 0.74, "B": 0.7, "C": 0.33, "D": 0.2}
    sizes = {"A": 3000, "B": 2000, "C": 400, "D": 45}
    strata = [
        ({"ethnicity": name, "region": region}, decided(sizes[name] // 2, 0.4, reached[name], 0.2 * reached[name]))
        for name, region in product(sizes, ("North", "South"))
    ]
    return audit_of(policy, strata)


def delivery():
    """Who an advertisement reached, beside who could have been: women are reached less, most of all in the North."""
    policy = Policy.parse(
        {
            "name": "Campaign",
            "data": DATA | {"protected": ["gender", "age"], "segments": ["region"]},
            "rule": [{"id": "audience", "metric": "shuffle_distance", "max": 0.1}],
        }
    )
    strata = [
        (
            {"gender": gender, "age": age, "region": region},
            decided(
                60 if gender == MISSING else 900, 0.4, 0.8 - 0.55 * (gender == "female" and region == "North"), 0.2
            ),
        )
        for gender, age, region in product(("female", "male", MISSING), ("young", "middle", "old"), ("North", "South"))
    ]
    return audit_of(policy, strata)


def groups(names, n=400, attribute="group", rule=None):
    """Return an audit of one attribute with these groups, whose rates fall from group to group; no segments."""
    policy = Policy.parse(
        {"data": DATA | {"protected": [attribute], "max_groups": 100}, "rule": [rule or RULES[0]], "name": attribute}
    )
    strata = [
        ({attribute: name}, decided(n, 0.4, 0.8 - 0.4 * i / max(len(names), 2), 0.2)) for i, name in enumerate(names)
    ]
    return audit_of(policy, strata)


HOSTILE = (
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "]]>",
    "</style><b>",
    "a|b`c`|d",
    r"\|x",
    "# PASS",
    "![beacon](http://evil.example/x.png)",
    "https://evil.example",
    "www.evil.example",
    "@everyone",
    "{{7*7}}",
    "{% raise %}",
    r"$\frac{1}{0}$",
    "\x1b[31mred",
    "\x9b2J",
    "\u202egnp.exe",
    "zero\u200bwidth",
    "two\nlines\r\n::error::x",
    "\u2028",
    "F ",
    "",
    "=HYPERLINK(1)",
    "../../etc/passwd",
    "CON",
    "#595959",
    "漢字" * 40,
    "é" * 300,
    "\ud800",
)
"""Names that would be markup, a link, a command or a path somewhere."""
