"""The record against its schema, and every other format against the record."""

import bisect
import csv
import io
import json
import re
from dataclasses import replace
from pathlib import Path

import audits
import pytest
from jsonschema import Draft202012Validator
from test_html import Page

import fairaudit
from fairaudit.report import FORMATS

SCHEMA = json.loads((Path(fairaudit.__file__).parent / "report" / "audit.schema.json").read_text(encoding="utf-8"))
NUMBER = re.compile(r"(?<![\w.,])[-\u2212±]?\d[\d,]*(?:\.\d+)?(?!\w)")


def test_the_schema_is_a_schema():
    Draft202012Validator.check_schema(SCHEMA)


def test_the_record_is_as_the_schema_says(audit):
    problems = [f"{e.json_path}: {e.message}" for e in Draft202012Validator(SCHEMA).iter_errors(record(audit))]
    assert problems == []


def test_what_a_merge_made_unknown_is_null_with_a_reason(passing):
    unknown = replace(passing.ledger, attributes_rows=None, attributes_without_predictions=None)
    document = record(replace(passing, ledger=unknown))
    assert list(Draft202012Validator(SCHEMA).iter_errors(document)) == []
    assert (document["data"]["attributes_rows"], document["data"]["attributes_without_predictions"]) == (None, None)
    assert "merged" in document["data"]["reason"]
    assert "reason" not in record(passing)["data"]
    for form in ("text", "markdown", "html"):
        assert "not known: cubes were merged" in visible(form, replace(passing, ledger=unknown)).replace("\u00a0", " ")


@pytest.mark.parametrize("change", [{"extra": 1}, {"verdict": "passed"}, {"exit_code": 2}, {"groups": [{}]}])
def test_the_schema_refuses_what_is_not_ours(passing, change):
    assert list(Draft202012Validator(SCHEMA).iter_errors(record(passing) | change))


def record(audit):
    return json.loads(FORMATS["json"](audit))


def numbers_of(node):
    """Yield every number of a record in the ways a report may show it, and every list's length."""
    if isinstance(node, bool):
        return
    if isinstance(node, int | float):
        yield from (abs(node), 100 * abs(node), *((1 / node, 100 / node) if node else ()))
    elif isinstance(node, dict | list):
        yield len(node)
        for part in node.values() if isinstance(node, dict) else node:
            yield from numbers_of(part)


def visible(name, audit):
    """Return the text a reader sees, without the prose of method and glossary."""
    text = FORMATS[name](audit)
    if name == "csv":
        return " | ".join(cell for line in csv.reader(io.StringIO(text, newline="")) for cell in line)
    if name == "sarif":
        return " | ".join(result["message"]["text"] for result in json.loads(text)["runs"][0]["results"])
    if name != "html":
        return text
    kept = re.sub(r'<section id="(method|glossary)".*?</section>|<footer.*?</footer>', "", text, flags=re.DOTALL)
    # sums of the record's score bins, which test_thresholds.py does over again cell by cell
    kept = re.sub(r"<details>\s*<summary>The numbers behind these figures.*?</details>", "", kept, flags=re.DOTALL)
    return " ".join(Page(kept).texts)


@pytest.mark.parametrize("form", ["text", "markdown", "html", "junit", "sarif", "github", "csv", "model-card"])
@pytest.mark.parametrize(
    "name", ["failing", "passing", "inconclusive", "shop", "admissions", "unlimited", "literal", "delivery"]
)
def test_every_number_shown_stands_in_the_record(form, name, request):
    audit = request.getfixturevalue(name)
    known = sorted(numbers_of(record(audit)))
    text = visible(form, audit).replace("\u00a0", " ").replace("%25", "%").replace("%0A", " ")
    values = {value for group in audit.groups for value in {**group.group, **group.segment}.values()}
    for value in sorted({*values, "fairaudit 0.1.0"}, key=len, reverse=True):
        text = text.replace(value, " ")
    # counted or fixed in prose: levels of the glossary's questions, list items, "in 100", places in a list
    text = re.sub(
        r"for every 100|p < 0\.001|^\d\. |"
        r"30 % mean 30 in 100|\d+ of \d+ segments|in \d+ segments?|\d segments? (is|are)",
        " ",
        text,
        flags=re.MULTILINE,
    )
    strangers = []
    for shown in NUMBER.findall(text):
        number = abs(float(re.sub(r"[,±]", "", shown).replace("\u2212", "-")))
        slack = 0.5 * 10.0 ** -len(shown.partition(".")[2]) * (1 + 1e-6) + 1e-9
        i = bisect.bisect_left(known, number - slack)
        if i == len(known) or known[i] > number + slack:
            strangers.append(shown)
    assert strangers == []


def test_the_record_of_five_attributes_by_ten_segments_has_its_size():
    assert len(FORMATS["json"](audits.failing())) < 400_000
