"""The audits whose pages the browser looks at: one for each thing that could break a page."""

from itertools import product
from pathlib import Path

import audits

import fairaudit
from fairaudit.policy import Policy
from fairaudit.spec import MISSING

SAMPLE = Path(__file__).parents[2] / "sample_data"

LONG = (
    "Customers who joined through the partner programme of the regional cooperative in the year before last",
    "Donaudampfschifffahrtsgesellschaftskapitänsmützenabzeichenverleihungsurkunde",
    "a" * 150,
    "short",
)
SCRIPTS = ("العملاء الجدد", "לקוחות ותיקים", "👩‍👩‍👧‍👦 families", "🧓🏽", "漢字の名前", "ab\u202ecd", "ปรับปรุง", "Zoë")


def sample():
    """What the README's first command writes."""
    return fairaudit.audit(SAMPLE / "predictions.csv", SAMPLE / "customers.csv", policy=SAMPLE / "fairaudit.toml")


def many(groups):
    """Many groups, whose rates fall from group to group."""
    return audits.groups([f"group {i:02d}" for i in range(1, groups + 1)], n=1500)


def named(names):
    """Names that are hard to set, of attributes, groups and segments."""
    policy = Policy.parse(
        {
            "name": names[0],
            "data": audits.DATA | {"score": "score", "protected": [names[0], "gender"], "segments": [names[1]]},
            "rule": [{"id": names[1][:60].strip(), "metric": "disparate_impact", "min": 0.8}],
        }
    )
    spec = policy.spec()
    strata = [
        ({names[0]: one, "gender": gender, names[1]: place}, audits.scored(260, spec, -0.4 - 0.1 * i))
        for (i, one), gender, place in product(enumerate(names), ("f", "m"), names[:3])
    ]
    return audits.audit_of(policy, strata)


def missing():
    """A third of the customers without a value."""
    policy = Policy.parse(
        {"data": audits.DATA | {"protected": ["gender"], "segments": ["region"]}, "rule": audits.RULES}
    )
    strata = [
        ({"gender": gender, "region": region}, audits.decided(700, 0.3, 0.7, 0.2))
        for gender, region in product(("female", "male", MISSING), ("North", MISSING))
    ]
    return audits.audit_of(policy, strata)


def large(attributes=5, groups=8, segments=10):
    """As much as a page must hold under a megabyte: five attributes with eight groups, and intersections."""
    protected = [f"attribute_{i}" for i in range(attributes)]
    policy = Policy.parse(
        {
            "data": audits.DATA
            | {"score": "score", "protected": [*protected, "attribute_0*attribute_1"], "segments": ["segment"]},
            "groups": {"small": "report"},
            "rule": audits.RULES,
        }
    )
    cell = audits.scored(60, policy.spec(), -0.4)
    strata = [
        (
            {name: f"group {i * prime % groups}" for name, prime in zip(protected, (1, 7, 11, 13, 17), strict=True)}
            | {"segment": f"segment {i * 19 // 5 % segments}"},
            cell,
        )
        for i in range(800)
    ]
    return audits.audit_of(policy, strata)


PAGES = {
    "sample": sample,
    "intersection": lambda: audits.shop(("gender", "gender*age_band"), ("lifecycle",)),
    "passing": audits.passing,
    "inconclusive": audits.inconclusive,
    "two": lambda: many(2),
    "eight": lambda: many(8),
    "forty": lambda: many(40),
    "one": lambda: many(1),
    "long": lambda: named(LONG),
    "scripts": lambda: named(SCRIPTS),
    "missing": missing,
    "hostile": lambda: audits.groups(audits.HOSTILE, attribute="<b>|`@x`\u202e"),
}
