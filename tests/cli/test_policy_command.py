"""policy: validate, show with origins, schema."""

from __future__ import annotations

import json
import tomllib
from decimal import Decimal
from typing import TYPE_CHECKING

import jsonschema
import pytest
from shops import snapshot

from fairaudit import settings

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

FILE = """
name = "a \\"quoted\\" name"
[data]
id = "id"
protected = ["gender", "gender*age", "ein sehr langer Spaltenname", "noch ein sehr langer Name"]
bands = { "age" = [25, 40.5] }
[groups.references]
gender = "male"
"gender*age" = { gender = "m", age = "under 25" }
[[rule]]
metric = "disparate_impact"
min = 0.8
"""


@pytest.fixture
def file(folder: Path) -> Path:
    path = folder / "fairaudit.toml"
    path.write_text(FILE, encoding="utf-8")
    return path


def test_a_valid_file(call: Callable, file: Path) -> None:
    for arguments in ((), (file.name,)):
        done = call("policy", "validate", *arguments)
        assert done.code == 0
        assert "is valid: 1 rule." in done.out


def test_a_file_without_rules_says_whose_rules_apply(call: Callable, folder: Path) -> None:
    (folder / "fairaudit.toml").write_text("[data]\nid = 'x'", encoding="utf-8")
    assert "is valid: 2 rules, the rules by preset personalization." in call("policy", "validate").out


def test_an_invalid_file(call: Callable, folder: Path) -> None:
    (folder / "x.toml").write_text("[data]\nidd = 'x'", encoding="utf-8")
    done = call("policy", "validate", "x.toml")
    assert (done.code, done.out) == (2, "")
    assert 'x.toml: unknown key "data.idd". Did you mean "id"?' in done.err


def test_show_is_a_policy_with_the_same_values(call: Callable, file: Path, folder: Path) -> None:
    done = call("policy", "show")
    copy = folder / "copy.toml"
    copy.write_text(done.out, encoding="utf-8")
    assert settings.load(copy).model_dump() == settings.load(file).model_dump()


def test_show_names_the_origin_of_every_value(call: Callable, file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert file.exists()
    monkeypatch.setenv("FAIRAUDIT_CONFIDENCE", "0.95")
    lines = call("policy", "show", "--min-size", "50").out.splitlines()

    def origin(start: str) -> str:
        return next(line for line in lines if line.startswith(start)).partition("# ")[2]

    assert origin("id =") == "fairaudit.toml"
    assert origin("min_size = 50") == "--min-size"
    assert origin("confidence = 0.95") == "FAIRAUDIT_CONFIDENCE"
    assert origin("outcome =") == "default"
    assert "# rules: fairaudit.toml" in lines
    assert "# label is not set" in lines


def test_show_without_a_file_is_the_preset(call: Callable) -> None:
    out = call("policy", "show").out
    assert "# rules: preset personalization" in out
    assert tomllib.loads(out, parse_float=Decimal)["rule"][0]["min"] == Decimal("0.80")


def test_show_of_another_file(call: Callable, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (folder / "other.toml").write_text("[data]\nid = 'other'", encoding="utf-8")
    assert 'id = "other"' in call("policy", "show", "other.toml").out
    monkeypatch.setenv("FAIRAUDIT_POLICY", "other.toml")
    assert 'id = "other"' in call("policy", "show").out


def test_the_schema_accepts_what_the_program_accepts(call: Callable) -> None:
    schema = json.loads(call("policy", "schema").out)
    jsonschema.Draft202012Validator.check_schema(schema)
    good = json.loads(json.dumps(tomllib.loads(FILE)))
    jsonschema.validate(good, schema)
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate({"data": {"idd": "x"}}, schema)


def test_presets_are_listed_with_their_status(call: Callable) -> None:
    out = call("policy", "presets").out
    for name in settings.PRESETS:
        assert f"{name}\n" in out or f"{name} (default)\n" in out
        assert settings.preset(name).status.split()[0] in out


@pytest.mark.parametrize("name", settings.PRESETS)
def test_a_preset_is_shown_as_a_policy_with_its_source(
    call: Callable, folder: Path, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    done = call("policy", "show", "--preset", name)
    assert done.out.startswith(f"# {name}: ")
    assert "# Status: " in done.out
    assert "# Source: " in done.out
    assert f"# As of:  {settings.preset(name).as_of}" in done.out
    copy = folder / "copy.toml"
    copy.write_text(done.out, encoding="utf-8")
    shown = settings.load(overrides=[settings.Setting("preset", name, "--preset")])
    assert settings.load(copy).model_dump() == shown.model_dump()
    monkeypatch.setenv("FAIRAUDIT_PRESET", name)
    assert "FAIRAUDIT_PRESET" in call("policy", "show").out
    assert f"The preset {name} is valid" in call("policy", "validate").out


def test_an_unknown_preset_is_refused_and_nothing_is_written(call: Callable, fair: tuple, folder: Path) -> None:
    before = snapshot(folder)
    for arguments in (("check", *fair), ("policy", "show"), ("policy", "validate")):
        done = call(*arguments, "--preset", "personalisation")
        assert (done.code, done.out) == (2, "")
        assert 'There is no preset "personalisation". Did you mean "personalization"?' in done.err
    assert snapshot(folder) == before


def test_an_audit_says_what_stands_behind_its_preset(call: Callable, fair: tuple) -> None:
    done = call("check", *fair, "--preset", "personalization", "--no-out", "--label", "bought", "--format", "json")
    record = json.loads(done.out)
    assert record["policy"]["preset"] == "personalization"
    assert any("preset personalization" in note and "not law" in note for note in record["notes"])


STRAINED = """
[data]
id = "customer_id"
label = "bought"
labels = "complete"
prediction = "prediction"
protected = ["gender"]
[[rule]]
metric = "predictive_parity"
max = 0.9
[[rule]]
metric = "equalized_odds"
max = 0.9
"""


def test_rules_that_exclude_each_other_are_named_wherever_a_policy_is_looked_at(
    call: Callable, fair: tuple, folder: Path
) -> None:
    (folder / "strained.toml").write_text(STRAINED, encoding="utf-8")
    checked = call("policy", "validate", "strained.toml")
    assert checked.code == 0
    assert "cannot both hold exactly" in " ".join(checked.err.split())
    rehearsed = call("check", *fair, "--policy", "strained.toml", "--dry-run")
    assert "Cannot all be met" in rehearsed.out
    assert "base rates here: female 33.3 %; male 33.3 %" in " ".join(rehearsed.out.split())
    audited = call("check", *fair, "--policy", "strained.toml", "--no-out")
    assert "cannot both hold exactly" in " ".join(audited.out.split())


def test_a_rule_without_its_label_is_named_before_anything_is_counted(call: Callable, folder: Path) -> None:
    said = 'the rule "equal_opportunity" cannot be judged: there is no label column'
    (folder / "short.toml").write_text("[data]\nid = 'x'\nprediction = 'p'", encoding="utf-8")
    assert said in " ".join(call("policy", "validate", "short.toml").err.split())
    refused = call("check", "nowhere.csv", "--policy", "short.toml", "--no-out")
    assert refused.code == 3
    assert said in " ".join(refused.err.split())


def test_an_audit_says_where_a_file_has_put_its_rules_in_the_place_of_the_presets(
    call: Callable, fair: tuple, folder: Path
) -> None:
    (folder / "own.toml").write_text("[[rule]]\nmetric = 'disparate_impact'", encoding="utf-8")
    said = "the rules are not those of the preset four-fifths: own.toml states its own"
    with_rules = call("check", *fair, "--policy", "own.toml", "--preset", "four-fifths", "--no-out")
    assert said in " ".join(with_rules.out.split())
    assert said not in " ".join(call("check", *fair, "--preset", "four-fifths", "--no-out").out.split())
