"""The record read back: every format says the same from it, and what is no sound record is refused with the place."""

import copy
import json
import math
from dataclasses import replace
from functools import cache
from pathlib import Path

import audits
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

import fairaudit
from fairaudit.errors import DataError
from fairaudit.policy import Place, Policy
from fairaudit.report import FORMATS, html, recorded
from fairaudit.report.json import SCHEMA, document
from fairaudit.spec import MISSING

VALIDATOR = Draft202012Validator(
    json.loads((Path(fairaudit.__file__).parent / "report" / "audit.schema.json").read_text(encoding="utf-8"))
)
DATA = {
    "id": "id", "label": "label", "labels": "complete", "prediction": "prediction", "score": "score",
    "protected": ["gender"], "segments": ["region"],
}  # fmt: skip


@cache
def crowd(seed=7, n=1200):
    """Return customers at random, some without a gender."""
    random = np.random.default_rng(seed)
    score = random.random(n)
    return pd.DataFrame(
        {
            "id": [f"{seed}-{i}" for i in range(n)],
            "label": (random.random(n) < score).astype(int),
            "prediction": (score > 0.55).astype(int),
            "score": score,
            "weight": random.choice([0.5, 1.0, 2.5], n),
            "gender": random.choice(["female", "male", None], n, p=[0.5, 0.48, 0.02]),
            "region": random.choice(["North", "South"], n),
        }
    )


def of_frame(frame=None, rules=(), **sections):
    data = DATA | sections.pop("data", {})
    frame = crowd() if frame is None else frame
    return fairaudit.audit(frame, policy={"data": data, "rule": list(rules) or audits.RULES, **sections})


def merged():
    """An audit of two cubes that were joined with customer files: how many customers there are is not known."""
    cubes = []
    for seed in (1, 2):
        frame = crowd(seed)
        data = DATA | {"customers": "disjoint"}
        decisions, customers = frame[["id", "label", "prediction", "score"]], frame[["id", "gender", "region"]]
        cubes.append(fairaudit.tabulate(decisions, customers, {"data": data, "rule": audits.RULES}))
    return fairaudit.audit(cubes[0] + cubes[1], policy={"rule": audits.RULES})


def wrong_often(y_true, y_pred, sample_weight=None):
    return float(np.average(np.asarray(y_true) != np.asarray(y_pred), weights=sample_weight))


@cache
def scores():
    rules = [
        {"metric": fairaudit.Score("matthews_corrcoef"), "compare": "difference", "max": 0.1},
        {"metric": fairaudit.Score(wrong_often, title="Fehler"), "compare": "difference", "max": 0.2},
        {"id": "loss", "metric": fairaudit.Score("brier_score_loss", scores=True), "compare": "difference", "max": 0.1},
        # a function under the name of one of our own metrics
        {"id": "x", "metric": fairaudit.Score("f1_score", title="accuracy"), "compare": "difference", "max": 0.5},
    ]
    return of_frame(rules=rules)


def reversed_(reference):
    policy = {
        "data": audits.DATA | {"protected": ["a", "b", "a*b"], "segments": ["region"]},
        "groups": {"reference": reference, "references": {"a*b": {"a": "x", "b": "u"}, "b": "largest"}},
        "rule": [*audits.RULES, {"metric": "equalized_odds", "max": 0.2, "in_segments": "required"}],
    }
    strata = [
        ({"a": a, "b": b, "region": region}, audits.decided(90, 0.4, 0.2 if a == "z" and b == "v" else 0.8, 0.0))
        for a in "xyz"
        for b in "uv"
        for region in ("North", "South")
    ]
    return audits.audit_of(Policy.parse(policy), strata)


def nobody_selected():
    """Ratios of nothing: undefined values and intervals without an end."""
    policy = Policy.parse({"data": audits.DATA | {"protected": ["gender"]}, "rule": audits.RULES})
    strata = [({"gender": name}, audits.decided(60, 0.4, rate, 0.0)) for name, rate in (("f", 0.0), ("m", 0.0))]
    return audits.audit_of(policy, strata)


MADE = {
    "weights": lambda: of_frame(data={"weight": "weight"}),
    "repeats": lambda: of_frame(pd.concat([crowd(), crowd().sample(800, random_state=1)], ignore_index=True)),
    "merged": merged,
    "median": lambda: of_frame(data={"prediction": None, "threshold": "median"}),
    "harm": lambda: of_frame(data={"outcome": "harm"}),
    "point": lambda: of_frame(verdict={"decide_on": "point"}),
    "warned": lambda: of_frame(verdict={"on_inconclusive": "warn"}),
    "aliases": lambda: of_frame(
        rules=[
            {"metric": "demographic_parity_ratio", "min": 0.8},
            {"metric": "equalized_odds_difference", "max": 0.1},
        ]
    ),
    "scores": scores,
    "named": lambda: reversed_("best"),
    "rest": lambda: reversed_("rest"),
    "largest": lambda: reversed_("largest"),
    "nobody": nobody_selected,
    "exploratory": lambda: audits.unfair([{**rule, "exploratory": True} for rule in audits.RULES]),
    "preset": lambda: of_frame(preset="four-fifths", rules=[{"metric": "disparate_impact", "min": 0.8}]),
    "placed": lambda: placed(audits.admissions()),
    "missing": lambda: audits.groups(["a", "b", MISSING], n=40),
}


def placed(audit):
    places = {rule.id: Place("conf/a b.toml", None if i else 11) for i, rule in enumerate(audit.rules)}
    return replace(audit, policy=audit.policy.placed(places))


@pytest.fixture(scope="session", params=MADE)
def made(request):
    return MADE[request.param]()


def same(audit):
    """Fail if a record says less than its audit."""
    text = FORMATS["json"](audit)
    again = recorded.read(text)
    assert document(again) == document(audit)
    assert list(VALIDATOR.iter_errors(json.loads(text))) == []
    for form, render in FORMATS.items():
        assert render(again) == render(audit), form


def test_every_format_is_the_same_from_the_record(audit):
    same(audit)


def test_every_format_is_the_same_from_the_record_whatever_was_audited(made):
    same(made)


def test_the_sample_is_the_same_from_its_record(tmp_path):
    folder = Path(__file__).parents[2] / "sample_data"
    audit = fairaudit.audit(folder / "predictions.csv", folder / "customers.csv", folder / "fairaudit.toml")
    assert list(json.loads(FORMATS["json"](audit))["places"]) == [rule.id for rule in audit.rules]
    same(audit)
    fairaudit.report.write(audit, tmp_path)
    assert document(recorded.load(tmp_path / "audit.json")) == document(audit)


def test_what_is_read_is_what_was_written(audit):
    again = recorded.read(FORMATS["json"](audit).encode(errors="backslashreplace"))
    assert (again.verdict, again.exit_code, again.reasons) == (audit.verdict, audit.exit_code, audit.reasons)
    assert again.ledger == audit.ledger
    assert again.failures == audit.failures
    assert again.groups == audit.groups
    assert again.policy == audit.policy


def test_the_function_of_a_record_is_named_and_never_called():
    text = FORMATS["json"](scores())
    functions = json.loads(text)["functions"]
    assert functions["matthews corrcoef"] == {"function": "matthews_corrcoef", "scores": False}
    assert functions["Fehler"]["function"] == "wrong_often"
    assert functions["loss"]["scores"] is True
    assert recorded.read(text.replace('"wrong_often"', '"os.system"')).verdict


def test_a_record_of_the_days_before_places_and_shortfalls_is_read(passing):
    old = json.loads(FORMATS["json"](placed(passing)))
    del old["places"]
    for finding in (*old["findings"], *(rule["worst"] for rule in old["rules"])):
        del finding["shortfall"]
    del old["policy"]["data"]["parts"]
    assert recorded.read(json.dumps(old)).verdict is passing.verdict


# what is refused


@cache
def base():
    return json.loads(FORMATS["json"](placed(audits.literal())))


def refused(record, name="audit.json"):
    """Return why a record is refused."""
    with pytest.raises(DataError) as caught:
        recorded.read(record if isinstance(record, str | bytes) else json.dumps(record), name)
    assert caught.value.exit_code == 3
    assert "Traceback" not in str(caught.value)
    return str(caught.value)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "audit.json: This is no JSON, as a record is: it goes wrong in line 1."),
        ('{\n"schema": "secret\n', "audit.json: This is no JSON, as a record is: it goes wrong in line 2."),
        (b"\xff\xfe\xfa", "no JSON"),
        ("[" * 100_000, "without end"),
        ("[]", "no record of an audit (schema fairaudit.audit/1); `fairaudit check` writes one"),
        ("null", "no record of an audit"),
        ('"fairaudit.audit/1"', "no record of an audit"),
        ('{"schema": "other/1"}', "no record of an audit"),
        ('{"schema": ["fairaudit.audit/1"]}', "no record of an audit"),
        ('{"schema": "fairaudit.audit/2"}', "render it with the version that wrote it"),
        (f'{{"schema": "{SCHEMA}"}}', 'the key "verdict" is missing'),
        (f'{{"schema": "{SCHEMA}", "schema": "{SCHEMA}"}}', 'The key "schema" stands twice'),
        (f'{{"schema": "{SCHEMA}", "data": NaN}}', "JSON has no NaN"),
        (f'{{"schema": "{SCHEMA}", "data": -Infinity}}', "JSON has no Infinity"),
        (f'{{"schema": "{SCHEMA}", "data": 1e999}}', "too large"),
        (f'{{"schema": "{SCHEMA}", "data": 9223372036854775808}}', "beyond 64 bits"),
        (f'{{"schema": "{SCHEMA}", "data": {"9" * 5000}}}', "beyond 64 bits"),
    ],
)
def test_no_record(text, message):
    assert message.lower() in refused(text).lower()


def test_a_record_that_is_too_large(monkeypatch, tmp_path):
    monkeypatch.setattr(recorded, "LARGEST", 1 << 20)
    assert "more than 1 MiB" in refused(" " * ((1 << 20) + 1))
    (tmp_path / "a.json").write_text(" " * ((1 << 20) + 1), encoding="utf-8")
    with pytest.raises(DataError, match=r"a\.json: It has more than 1 MiB"):
        recorded.load(tmp_path / "a.json")


@pytest.mark.parametrize("path", ["nowhere.json", ".", "a\0b"])
def test_a_record_that_cannot_be_read(path):
    with pytest.raises(DataError):
        recorded.load(path)


def del_():
    """Stand for no value."""


def put(path, value):
    """Return the record with another value at a path; `del` takes the key away."""
    record = copy.deepcopy(base())
    place = record
    for step in path[:-1]:
        place = place[step]
    if value is del_:
        del place[path[-1]]
    else:
        place[path[-1]] = value(place[path[-1]]) if callable(value) else value
    return record


@pytest.mark.parametrize(
    ("path", "value", "message"),
    [
        (("verdict",), "passed", "verdict: one of pass, fail, inconclusive is expected."),
        (("verdict",), ["fail"], "verdict: one of"),
        (("groups",), {}, "groups: a list is expected and an object is there."),
        (("groups", 3, "n"), -1, "groups[3].n: a number of 0 or more is expected."),
        (("groups", 3, "n"), True, "groups[3].n: a whole number is expected and true or false is there."),
        (("groups", 3, "n"), 2.0, "groups[3].n: a whole number is expected and a number is there."),
        (("groups", 3, "group", "ethnicity"), None, "groups[3].group.ethnicity: a text is expected and null is there."),
        (("findings", 0, "interval"), [1], "findings[0].interval: two ends"),
        (("findings", 0, "interval", 1), "infinity", "findings[0].interval[1]: a number is expected and a text is"),
        (("findings", 0, "compare"), del_, 'findings[0]: the key "compare" is missing.'),
        (("findings", 0, "required"), 1, "findings[0].required: true or false is expected"),
        (("exit_code",), del_, 'The key "exit_code" is missing.'),
        (("findings", 0, "waiver"), {"owner": "me"}, "findings[0].waiver"),
        (("findings", 0, "secret"), 1, "findings[0].secret: fairaudit"),
        (("places", "four-fifths", "line"), "1", "places.four-fifths.line: a whole number"),
        (("policy",), [], "policy: an object is expected"),
        (("policy", "groups", "min_size"), 0, "groups.min_size"),
        (("policy", "groups", "minsize"), 0, 'unknown key "groups.minsize"'),
        (("policy", "rule", 0, "metric"), "disparate_impakt", "disparate_impact"),
        (("policy", "rule", 0, "metric"), 3, "metric"),
        (("policy", "rule", 0, "id"), [], "policy.rule[0].id"),
        (("data", "missing"), 3, "data.missing: an object is expected"),
        # what contradicts the rest
        (("verdict",), "pass", "verdict: the record contradicts itself: it does not follow from the rules."),
        (("exit_code",), 0, "exit_code: the record contradicts itself"),
        (("rules", 0, "verdict"), "pass", "rules[0].verdict: the record contradicts itself"),
        (("findings", 0, "verdict"), "fail", "findings[0].verdict: the record contradicts itself"),
        (("findings", 0, "value"), 0.99, "findings[0].value: the record contradicts itself"),
        (("findings", 0, "limit", "min"), 0.2, "findings[0]: the record contradicts itself"),
        (("findings", 0, "level_fail"), 1.0, "findings[0].level_fail"),
        (("findings", 0, "reference"), None, "findings[0]: the record contradicts itself"),
        (("findings", 0, "group", "ethnicity"), "Z", "a group of it is not listed"),
        (
            ("findings",),
            lambda found: [f for f in found if f["verdict"] != "fail"],
            "rules[0].comparisons: the record contradicts itself",
        ),
        (("policy", "rule", 0, "min"), 0.2, "rules[0]: the record contradicts itself"),
        (("policy", "rule"), [], "rules: the record contradicts itself"),
        (("policy", "verdict", "confidence"), 0.99, "rules[0].correction: the record contradicts itself"),
        (("groups", 0, "metrics", "selection_rate", "value"), 0.9, "groups[0].metrics.selection_rate"),
        (("groups", 0, "metrics", "selection_rate", "numerator"), 1, "groups[0].metrics.selection_rate"),
        (("groups",), lambda found: found[1:], "groups: the record contradicts itself: the first one is not everybody"),
        (("groups",), lambda found: [*found, found[0]], "the same group stands there before"),
        (("data", "matched"), 3, "data: the record contradicts itself: the rows do not add up"),
        (("data", "coverage"), 0.5, "data.coverage: the record contradicts itself"),
        (("reasons",), [], "reasons: the record contradicts itself"),
        (("rules", 0, "worst", "rule"), "x", "rules[0].worst: the record contradicts itself"),
        (("rules", 0, "correction"), None, "rules[0].correction: the record contradicts itself"),
        (("not_evaluable", 0, "rule"), "x", "not_evaluable[0]: the record contradicts itself"),
    ],
)
def test_the_place_of_what_is_wrong_is_named(path, value, message):
    assert message in refused(put(path, value))


def test_no_verdict_of_a_record_can_be_turned_by_itself():
    for i, finding in enumerate(base()["findings"]):
        for verdict in {"pass", "fail", "inconclusive"} - {finding["verdict"]}:
            assert "contradicts itself" in refused(put(("findings", i, "verdict"), verdict))


def test_a_value_of_a_customer_is_never_quoted():
    record = put(("groups", 1, "group", "ethnicity"), 17)
    record["notes"] = ["Mrs Secret, 17 Hidden Lane"]
    for one in (record, put(("groups", 1, "group"), {"Secret": []}), put(("findings", 0, "group"), "Secret")):
        assert "Secret" not in refused(one).replace("group.Secret", "")


def everything(node, path=()):
    """Yield every path of a document."""
    if path:
        yield path
    if isinstance(node, dict | list):
        for key, part in node.items() if isinstance(node, dict) else enumerate(node):
            yield from everything(part, (*path, key))


HOSTILE = [None, True, -1, 0, 1, 1.5, 1e300, -1e-300, "x", "inf", "\ud800", [], {}, [[]], {"a": {}}, del_]


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_an_edited_record_is_refused_or_rendered_and_never_breaks(data):
    """Whatever is accepted is as the schema says, and every format can be made of it."""
    path = data.draw(st.sampled_from(list(everything(base()))))
    record = put(path, data.draw(st.sampled_from(HOSTILE)))
    try:
        audit = recorded.read(json.dumps(record))
    except DataError:
        return
    assert list(VALIDATOR.iter_errors(record)) == []
    for form, render in FORMATS.items():
        assert html.render(audit, []) if form == "html" else render(audit)


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_a_damaged_record_is_refused_or_rendered(data):
    text = json.dumps(base())
    start = data.draw(st.integers(0, len(text)))
    end = data.draw(st.integers(start, min(len(text), start + 40)))
    damaged = text[:start] + data.draw(st.text('{}[]",:0e-.nulltrue\\ \0', max_size=4)) + text[end:]
    try:
        audit = recorded.read(damaged)
    except DataError:
        return
    assert math.isfinite(len(FORMATS["text"](audit)))
