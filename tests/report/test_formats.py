"""The formats that other systems read: what they say of the verdict, and that no name becomes more than a name."""

import csv
import io
import json
import re
import unicodedata
from dataclasses import replace
from pathlib import Path
from urllib.parse import unquote
from xml.etree import ElementTree as ET

import audits
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft4Validator, Draft202012Validator
from junitparser import Failure, JUnitXml, TestSuite

import fairaudit
from fairaudit.findings import Verdict
from fairaudit.policy import Place
from fairaudit.report import FORMATS, github
from fairaudit.report.csv import COLUMNS

SUFFIX = {"junit": "junit.xml", "sarif": "sarif", "github": "github.txt", "csv": "csv", "model-card": "card.md"}
ALL = ["failing", "passing", "inconclusive", "shop", "admissions", "unlimited", "literal", "delivery", "hostile"]
NUMBER = re.compile(r"-?\d+(\.\d+)?(e[+-]\d+)?|-?inf")
DIGITS = re.compile(r"\d+\.\d{6,}(?:e-\d+)?|\de-\d+")
COMMAND = re.compile(r"::(error|warning|notice) (?P<properties>[^\r\n]*?)::(?P<message>[^\r\n]*)")

# what SARIF 2.1.0 requires of the parts that we write, by hand
TEXT = {"type": "object", "required": ["text"], "properties": {"text": {"type": "string", "minLength": 1}}}
LOCATION = {
    "type": "object",
    "additionalProperties": False,
    "required": ["logicalLocations"],
    "properties": {
        "logicalLocations": {
            "type": "array",
            "items": {"type": "object", "required": ["name"], "properties": {"name": {"type": "string"}}},
        },
        "physicalLocation": {
            "type": "object",
            "additionalProperties": False,
            "required": ["artifactLocation"],
            "properties": {
                "artifactLocation": {
                    "type": "object",
                    "required": ["uri", "uriBaseId"],
                    "properties": {"uri": {"type": "string", "pattern": "^[A-Za-z0-9._~%/-]+$"}},
                },
                "region": {"type": "object", "properties": {"startLine": {"type": "integer", "minimum": 1}}},
            },
        },
    },
}
RESULT = {
    "type": "object",
    "additionalProperties": False,
    "required": ["ruleId", "kind", "level", "message", "locations", "partialFingerprints"],
    "properties": {
        "ruleId": {"type": "string"},
        "ruleIndex": {"type": "integer", "minimum": 0},
        "kind": {"enum": ["fail", "open", "review"]},
        "level": {"enum": ["none", "note", "warning", "error"]},
        "message": TEXT,
        "locations": {"type": "array", "minItems": 1, "items": LOCATION},
        "partialFingerprints": {"type": "object", "additionalProperties": {"type": "string"}},
    },
    # 3.27.10: whatever is no failure has the level none
    "if": {"properties": {"kind": {"const": "fail"}}},
    "else": {"properties": {"level": {"const": "none"}}},
}
RULE = {
    "type": "object",
    "additionalProperties": False,
    "required": ["id"],
    "properties": {
        "id": {"type": "string"},
        "shortDescription": TEXT,
        "fullDescription": TEXT,
        "help": TEXT,
        "defaultConfiguration": {
            "type": "object",
            "properties": {"level": {"enum": ["none", "note", "warning", "error"]}},
        },
    },
}
DRIVER = {
    "type": "object",
    "additionalProperties": False,
    "required": ["name"],
    "properties": {
        "name": {"const": "fairaudit"},
        "version": {"type": "string"},
        "rules": {"type": "array", "items": RULE},
    },
}
RUN = {
    "type": "object",
    "additionalProperties": False,
    "required": ["tool", "results"],
    "properties": {
        "tool": {"type": "object", "required": ["driver"], "properties": {"driver": DRIVER}},
        "invocations": {"type": "array", "items": {"type": "object", "required": ["executionSuccessful"]}},
        "results": {"type": "array", "items": RESULT},
        "properties": {"type": "object"},
    },
}
SARIF = {
    "type": "object",
    "required": ["version", "runs"],
    "properties": {
        "$schema": {"type": "string"},
        "version": {"const": "2.1.0"},
        "runs": {"type": "array", "minItems": 1, "items": RUN},
    },
}


def warned(audit):
    """Return an audit whose policy only warns of what is open."""
    decision = audit.policy.verdict.model_copy(update={"on_inconclusive": "warn"})
    return replace(audit, policy=audit.policy.model_copy(update={"verdict": decision}))


def placed(audit, file="conf/fair audit,x:y.toml"):
    """Return an audit whose rules stand in a file, the first in line 11, the next in 21."""
    places = {rule.id: Place(file, 11 + 10 * i) for i, rule in enumerate(audit.rules)}
    return replace(audit, policy=audit.policy.placed(places))


def sarif(audit):
    return json.loads(FORMATS["sarif"](audit))["runs"][0]


def junit(audit):
    return ET.fromstring(FORMATS["junit"](audit))  # noqa: S314  our own text


def commands(audit):
    lines = FORMATS["github"](audit).splitlines()
    matches = [COMMAND.fullmatch(line) for line in lines]
    assert all(matches), lines
    return matches


def table(audit):
    return list(csv.reader(io.StringIO(FORMATS["csv"](audit), newline=""), strict=True))


@pytest.fixture(scope="module")
def sample():
    """The audit of the README, with versions that stay."""
    folder = Path(__file__).parents[2] / "sample_data"
    files = folder / "predictions.csv", folder / "customers.csv"
    audit = fairaudit.audit(*files, policy=folder / "fairaudit.toml")
    # the folder may lie in any repository, or in none
    places = {rule: Place("sample_data/fairaudit.toml", place.line) for rule, place in audit.policy.places.items()}
    return replace(audit, versions=audits.VERSIONS, policy=audit.policy.placed(places))


@pytest.mark.parametrize("form", SUFFIX)
@pytest.mark.parametrize("name", ["sample", "inconclusive"])
def test_golden(form, name, request, golden):
    text = FORMATS[form](request.getfixturevalue(name))
    # the last digits are the machine's; that they are the record's is tested below
    golden(
        f"{name}.{SUFFIX[form]}", DIGITS.sub(lambda match: f"{float(match[0]):.9g}", text) if form == "csv" else text
    )


@pytest.mark.parametrize("form", SUFFIX)
def test_equal_audits_give_equal_bytes(form):
    assert FORMATS[form](audits.failing()) == FORMATS[form](audits.failing())


# the verdict


@pytest.mark.parametrize("change", [lambda audit: audit, warned])
def test_junit_is_red_exactly_where_the_exit_code_is_not_0(audit, change):
    audit = change(audit)
    root = junit(audit)
    suite = root.find("testsuite")
    red = suite.findall("testcase/failure") + suite.findall("testcase/error")
    assert bool(red) == (audit.exit_code != 0)
    assert int(root.get("failures")) + int(root.get("errors")) == len(red)
    assert int(suite.get("tests")) == len(suite.findall("testcase"))
    names = [case.get("name") for case in suite.findall("testcase") if case.get("classname") != "fairaudit"]
    assert len(names) == len(audit.rules)


@pytest.mark.parametrize("change", [lambda audit: audit, warned])
def test_junit_passes_exactly_the_rules_that_are_met(audit, change):
    audit = change(audit)
    cases = junit(audit).findall("testsuite/testcase")[: len(audit.rules)]
    for case, rule in zip(cases, audit.rules, strict=True):
        passed = not {child.tag for child in case} & {"failure", "error", "skipped"}
        assert passed == (rule.verdict is Verdict.PASS and not rule.exploratory)
        assert (case.find("failure") is not None) == (rule.verdict is Verdict.FAIL and not rule.exploratory)


@pytest.mark.parametrize("change", [lambda audit: audit, warned])
def test_annotations_are_errors_exactly_where_the_exit_code_is_not_0(audit, change):
    audit = change(audit)
    kinds = [match[1] for match in commands(audit)]
    assert ("error" in kinds) == (audit.exit_code != 0)
    warns = audit.policy.verdict.on_inconclusive == "warn"
    assert ("warning" in kinds) == (warns and any(rule.verdict is Verdict.INCONCLUSIVE for rule in audit.rules))
    assert kinds[-1] == "notice"
    assert audit.verdict.value.upper() in commands(audit)[-1]["properties"]


def test_sarif_has_errors_for_exactly_the_failed_rules(audit):
    run = sarif(audit)
    rules = [rule["id"] for rule in run["tool"]["driver"]["rules"]]
    assert len(rules) == len(audit.rules)
    for result in run["results"]:
        assert "ruleIndex" not in result or rules[result["ruleIndex"]] == result["ruleId"]
    failed = {result.get("ruleIndex") for result in run["results"] if result["level"] == "error"}
    assert failed == {i for i, rule in enumerate(audit.rules) if rule.verdict is Verdict.FAIL and not rule.exploratory}
    open_ = {result.get("ruleIndex") for result in run["results"] if result["kind"] == "open"} - {None}
    assert open_ == {i for i, rule in enumerate(audit.rules) if rule.verdict is Verdict.INCONCLUSIVE}
    assert run["properties"] == {"verdict": audit.verdict.value, "exit_code": audit.exit_code}


def test_sarif_is_as_its_standard_asks(audit):
    for one in (audit, placed(audit)):
        problems = Draft202012Validator(SARIF).iter_errors(json.loads(FORMATS["sarif"](one)))
        assert [f"{problem.json_path}: {problem.message}" for problem in problems] == []


def test_a_reader_of_junit_finds_as_many_failures_as_there_are_failed_rules(audit):
    """By junitparser, as a CI server would: failed rules are failures, open ones are not passed either."""
    suite = JUnitXml.fromstring(FORMATS["junit"](audit).encode())
    suites = [suite] if isinstance(suite, TestSuite) else list(suite)
    cases = [case for one in suites for case in one]
    failed = [case for case in cases if any(isinstance(result, Failure) for result in case.result)]
    expected = [r for r in audit.rules if r.verdict is Verdict.FAIL and not r.exploratory]
    assert sum(one.tests for one in suites) == len(cases)
    assert sum(one.failures for one in suites) == len(failed)
    assert len(failed) >= len(expected) > 0 or not expected


@pytest.fixture(scope="module")
def published():
    """The schema of SARIF 2.1.0 as its makers publish it, from the packages of tests/browser."""
    folder = Path(__file__).parents[1] / "browser" / "node_modules" / "@microsoft" / "jest-sarif" / "lib" / "schemas"
    if not folder.is_dir():
        pytest.skip("run npm ci in tests/browser for the schema of SARIF")
    return Draft4Validator(json.loads((folder / "sarif-2.1.0-rtm.5.json").read_text(encoding="utf-8")))


def test_sarif_is_valid_by_the_published_schema(audit, published):
    for one in (audit, placed(audit)):
        problems = published.iter_errors(json.loads(FORMATS["sarif"](one)))
        assert [f"{problem.json_path}: {problem.message}" for problem in problems] == []


def test_fingerprints_differ_and_stay_while_numbers_move(failing):
    prints = [result["partialFingerprints"]["comparison/v1"] for result in sarif(failing)["results"]]
    assert len(set(prints)) == len(prints)
    moved = replace(failing, findings=tuple(replace(f, value=f.value * 1.01) for f in failing.findings))
    assert [r["partialFingerprints"]["comparison/v1"] for r in sarif(moved)["results"]] == prints


def test_an_exploratory_rule_decides_nothing_in_any_format():
    audit = audits.unfair([{**rule, "exploratory": True} for rule in audits.RULES[1:]] + audits.RULES[:1])
    assert audit.discoveries
    explored = junit(audit).find("testsuite/testcase")
    assert explored.find("skipped") is not None
    assert explored.find("failure") is None
    assert {result["level"] for result in sarif(audit)["results"] if result["ruleIndex"] == 0} == {"none"}
    assert not any(match["properties"].startswith("title=redeemers") for match in commands(audit))


@pytest.mark.parametrize("form", ["junit", "sarif", "github", "model-card"])
def test_every_failure_is_told(form, failing):
    text = FORMATS[form](failing)
    assert text.count("The same against") == 2
    assert text.count("age_band 30-44 in 74.1 %") >= 1
    assert re.search(r"The same against age_band 45-64 and age_band 18-29\.", text)


# the place in the policy file


def test_sarif_and_annotations_point_to_the_rules_line(failing):
    audit = placed(failing)
    for result in sarif(audit)["results"]:
        place = result["locations"][0]["physicalLocation"]
        assert unquote(place["artifactLocation"]["uri"]) == "conf/fair audit,x:y.toml"
        assert place["region"] == {"startLine": 11 + 10 * result["ruleIndex"]}
    first, second, verdict = commands(audit)
    assert first["properties"].startswith("file=conf/fair audit%2Cx%3Ay.toml,line=11,title=offer-rate%3A FAIL")
    assert ",line=21," in second["properties"]
    assert "file=" not in verdict["properties"]


def test_without_a_policy_file_there_is_no_place(failing):
    assert not any("physicalLocation" in result["locations"][0] for result in sarif(failing)["results"])
    assert not any("file=" in match["properties"] for match in commands(failing))


def test_no_more_annotations_of_a_kind_than_github_shows():
    rules = [{"id": f"rule-{i}", "metric": "disparate_impact", "min": 0.8} for i in range(14)]
    found = commands(audits.unfair(rules))
    errors = [match for match in found if match[1] == "error"]
    assert len(errors) == github._MOST == 10
    assert errors[-1]["message"].startswith("5 more rules")


# the table


def test_the_table_has_a_line_for_each_comparison_and_each_thing_not_judged(audit):
    head, *lines = table(audit)
    assert tuple(head) == COLUMNS
    assert len(lines) == len(audit.findings) + len(audit.not_evaluable)
    assert {len(line) for line in lines} <= {len(head)}


def test_numbers_of_the_table_are_those_of_the_record(audit):
    findings = json.loads(FORMATS["json"](audit))["findings"]
    head, *lines = table(audit)
    for line, finding in zip(lines, findings, strict=False):
        row = dict(zip(head, line, strict=True))
        low, high = finding["interval"]
        for name, number in {
            "value": finding["value"],
            "low": low,
            "high": high,
            "fail_level": finding["level_fail"],
            "group_value": finding["group_rate"]["value"],
            "group_denominator": finding["group_rate"]["denominator"],
        }.items():
            assert row[name] == ("" if number is None else str(number)), name


# hostile names


def seen(text):
    """Return whether no character of a text is invisible or moves others."""
    return not {unicodedata.category(character) for character in text} & {"Cc", "Cf", "Cs", "Zl", "Zp"}


def inert(audit):
    """Fail if a name of an audit becomes more than a name in any of the formats."""
    for line in table(audit):
        for cell in line:
            assert NUMBER.fullmatch(cell) or not cell.startswith(("=", "+", "-", "@", "\t", "\r")), cell
            assert seen(cell), cell
    root = junit(audit)
    assert {element.tag for element in root.iter()} <= {
        *("testsuites", "testsuite", "testcase", "failure", "error", "skipped", "system-out"),
    }
    for match in commands(audit):
        keys = re.findall(r"(?:^|,)([^,=]+)=", match["properties"])
        assert keys in (["title"], ["file", "line", "title"])
        assert "::" not in match["properties"]
        assert all(part[:2] in ("25", "0A") for part in match["message"].split("%")[1:])
    run = sarif(audit)
    for result in run["results"]:
        plain = re.sub(r"\\.", "", result["message"]["text"])
        assert "](" not in plain
        assert seen(result["message"]["text"])
    card = FORMATS["model-card"](audit)
    assert not re.search(r"(?<!\\)[`$~<](?!/?sub>)", card)
    assert "https://" not in card
    for form in SUFFIX:
        FORMATS[form](audit).encode()  # no half of a pair
        assert seen(FORMATS[form](audit).replace("\u200b", "").replace("\n", ""))


def test_hostile_names_stay_inert(hostile):
    inert(hostile)
    inert(placed(hostile, "x\n::error::%0A,line=9.toml"))


SPECIAL = st.text(st.sampled_from("=+-@\t\r\n,;:|\"'`<>&[](){}%\\$~#*_ \0\x1b\u202e\ud800\ufffe\uff1daA1"), max_size=12)


@settings(max_examples=40, deadline=None)
@given(st.lists(st.one_of(SPECIAL, st.text(max_size=12)), min_size=3, max_size=3, unique=True), SPECIAL)
def test_no_name_is_more_than_a_name(values, attribute):
    # the policy takes no empty column, and reads a * as an intersection
    inert(audits.groups(values, n=200, attribute=f"c{attribute.replace('*', '')}".strip()))


def test_names_are_told_apart_in_the_table(hostile):
    head, *lines = table(hostile)
    groups = {line[head.index("group")] for line in lines}
    named = {finding.group["<b>|`@x`\u202e"] for finding in hostile.findings}
    assert len(groups) >= len(named)


def test_the_card_has_the_usual_headings(audit):
    headings = [line for line in FORMATS["model-card"](audit).split("\n") if line.startswith("#")]
    assert headings == [
        "## Evaluation",
        "### Testing Data, Factors & Metrics",
        "#### Testing Data",
        "#### Factors",
        "#### Metrics",
        "### Results",
        "#### Summary",
        "## Bias, Risks, and Limitations",
        "### Recommendations",
    ]


def test_a_name_is_no_link_and_no_placeholder_in_sarif():
    messages = [result["message"]["text"] for result in sarif(audits.groups(["x", "{0}", "[a](b)"], n=4000))["results"]]
    assert any(r"\[a\](b)" in message for message in messages)
    assert all("[a](b)" not in message for message in messages)
    messages = [result["message"]["text"] for result in sarif(audits.groups(["{0}", "[a]"], n=4000))["results"]]
    assert any("{{0}}" in message for message in messages)
