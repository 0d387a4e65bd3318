"""settings: files, overrides and origins."""

from __future__ import annotations

import datetime as dt
import os
import re
import threading
from dataclasses import replace
from decimal import Decimal
from importlib import resources
from typing import TYPE_CHECKING

import pytest

from fairaudit.errors import UsageError
from fairaudit.settings import DEFAULT_PRESET, PRESETS, Preset, Setting, find_file, in_force, leaves, load, preset

if TYPE_CHECKING:
    from pathlib import Path


def write(folder: Path, text: str, name: str = "fairaudit.toml") -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / name
    file.write_text(text, encoding="utf-8")
    return file


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """Return the root of a repository, where the search for a policy ends."""
    (tmp_path / ".git").mkdir()
    return tmp_path


def test_the_nearest_file_is_found(repository: Path) -> None:
    upper = write(repository, "[data]\nid = 'x'")
    assert find_file(repository) == upper
    inner = repository / "a" / "b"
    inner.mkdir(parents=True)
    assert find_file(inner) == upper
    assert find_file(inner.parent) == upper
    lower = write(inner, "[data]\nid = 'y'")
    assert find_file(inner) == lower


def test_the_search_ends_at_the_root_of_the_repository(tmp_path: Path) -> None:
    write(tmp_path, "[data]\nid = 'x'")
    (tmp_path / "repository" / ".git").mkdir(parents=True)
    assert find_file(tmp_path / "repository") is None


def test_a_project_file_counts_only_with_its_table(repository: Path) -> None:
    project = write(repository, "[tool.other]\na = 1", "pyproject.toml")
    assert find_file(repository) is None
    write(repository, "tool = 3", "pyproject.toml")
    assert find_file(repository) is None
    write(repository, "[tool.fairaudit.data]\nid = 'x'", "pyproject.toml")
    assert find_file(repository) == project
    assert load(project).data.id == "x"
    assert find_file(repository) == project
    own = write(repository, "[data]\nid = 'y'")
    assert find_file(repository) == own


def test_without_a_file_the_preset_applies() -> None:
    policy = load()
    assert [rule.id for rule in policy.rules] == ["disparate_impact", "equal_opportunity"]
    assert policy.origins["rule"] == "preset personalization"


def test_a_file_with_only_data_gets_the_preset(repository: Path) -> None:
    policy = load(write(repository, "[data]\nid = 'x'"))
    assert len(policy.rules) == 2
    assert policy.origins == {"data.id": "fairaudit.toml", "rule": "preset personalization"}


def test_rules_of_the_file_replace_the_preset(repository: Path) -> None:
    policy = load(write(repository, "[[rule]]\nmetric = 'disparate_impact'\nmin = 0.9"))
    assert [rule.min for rule in policy.rules] == [Decimal("0.9")]
    assert policy.origins["rule"] == "fairaudit.toml"


def test_numbers_are_read_as_decimals(repository: Path) -> None:
    assert load(write(repository, "[[rule]]\nmetric = 'disparate_impact'\nmin = 0.8")).rules[0].min == Decimal("0.8")


def test_later_overrides_win(repository: Path) -> None:
    file = write(repository, "[data]\nprotected = ['a', 'b']\n[groups]\nmin_size = 10")
    policy = load(
        file,
        [
            Setting("groups.min_size", 20, "FAIRAUDIT_MIN_SIZE"),
            Setting("groups.min_size", 40, "--min-size"),
            Setting("data.protected", ("c",), "--protected"),
            Setting("name", "mine", "call"),
        ],
    )
    assert (policy.groups.min_size, policy.data.protected, policy.name) == (40, ("c",), "mine")
    assert policy.origins["groups.min_size"] == "--min-size"
    assert policy.origins["data.protected"] == "--protected"


def test_a_wrong_value_is_blamed_on_where_it_comes_from(repository: Path) -> None:
    file = write(repository, "[groups]\nmin_size = 10")
    with pytest.raises(UsageError, match=r"^--confidence: verdict\.confidence"):
        load(file, [Setting("verdict.confidence", 3, "--confidence")])
    with pytest.raises(UsageError, match=r"^fairaudit\.toml: groups.min_size"):
        load(write(repository, "[groups]\nmin_size = 0"))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "empty policy"),
        ("# nothing", "empty policy"),
        ("data = 3", "data"),
        ("[data]\nprotectd = ['a']", 'Did you mean "protected"'),
        ("[data", "not valid TOML"),
        (f"a = {'9' * 5000}", "not valid TOML"),
        (f"a = {'[' * 5000}", "not valid TOML"),
        ("preset = 'nix'", 'no preset "nix"'),
        ("preset = '../x'", "no preset"),
        ("preset = 3", "no preset"),
        ("rule = 3", "rule"),
        ("[[rule]]\nmetric = 'nix'", 'no metric "nix"'),
    ],
)
def test_a_file_that_is_no_policy_is_an_error_that_says_why(repository: Path, text: str, message: str) -> None:
    with pytest.raises(UsageError, match=message):
        load(write(repository, text))


def test_an_override_of_something_that_is_no_table_is_an_error(repository: Path) -> None:
    with pytest.raises(UsageError, match=r"groups must be a table"):
        load(write(repository, "groups = 3"), [Setting("groups.min_size", 3, "--min-size")])


def test_an_empty_project_table_is_an_error(repository: Path) -> None:
    with pytest.raises(UsageError, match="empty policy"):
        load(write(repository, "[tool.fairaudit]", "pyproject.toml"))


def test_a_file_that_cannot_be_read_is_an_error(repository: Path) -> None:
    with pytest.raises(UsageError, match="cannot be read"):
        load(repository / "nowhere.toml")
    with pytest.raises(UsageError, match="cannot be read"):
        load(repository)
    file = repository / "latin.toml"
    file.write_bytes(b"name = '\xe4'")
    with pytest.raises(UsageError, match="not UTF-8"):
        load(file)


def test_a_byte_order_mark_is_no_part_of_the_policy(repository: Path) -> None:
    file = repository / "fairaudit.toml"
    file.write_bytes(b"\xef\xbb\xbf[data]\nid = 'x'")
    assert load(file).data.id == "x"


def test_every_value_in_force_has_an_origin(repository: Path) -> None:
    file = write(repository, "[data]\nid = 'x'\n[groups.references]\ngender = 'male'")
    found = {setting.key: setting for setting in in_force(load(file))}
    assert found["data.id"].origin == "fairaudit.toml"
    assert found["groups.references"].origin == "fairaudit.toml"
    assert found["verdict.confidence"].origin == "default"
    assert found["rule"].origin == "preset personalization"
    assert found["data.id"].value == "x"


def test_sections_are_taken_apart_no_deeper() -> None:
    values = {"name": "n", "data": {"bands": {"age": [1]}}}
    assert list(leaves(values)) == [("name", "n"), ("data.bands", {"age": [1]})]


# --- presets --------------------------------------------------------------------------------------------------------

FILES = {path.name.removesuffix(".toml") for path in (resources.files("fairaudit") / "presets").iterdir()}


def test_every_file_is_a_preset_and_every_preset_a_file() -> None:
    assert set(PRESETS) == FILES
    assert DEFAULT_PRESET in PRESETS


@pytest.mark.parametrize("name", PRESETS)
def test_a_preset_says_what_it_is_and_what_stands_behind_it(name: str) -> None:
    found = preset(name)
    assert found.name == name
    assert not found.title.endswith(".")
    assert found.status.endswith(".")
    assert len(found.source) > 20
    assert dt.date(2026, 1, 1) < found.as_of
    assert found.says
    assert all(sentence.endswith(".") for sentence in found.says)


@pytest.mark.parametrize("name", PRESETS)
def test_a_preset_claims_nothing_about_the_law(name: str) -> None:
    """Issue 3: it never says "complies"."""
    text = (resources.files("fairaudit") / "presets" / f"{name}.toml").read_text(encoding="utf-8").lower()
    assert not re.search(r"compl(y|ies|iant|iance)|\blegal|\blawful|conform", text)
    assert text.startswith("# "), "it begins with what it is for"


@pytest.mark.parametrize("name", PRESETS)
def test_a_preset_is_a_policy_without_a_column_of_anybody(name: str) -> None:
    policy = load(overrides=[Setting("preset", name, "--preset")])
    assert policy.preset == name
    assert policy.rules
    assert "data" not in preset(name).values
    assert {s.origin for s in in_force(policy)} <= {"default", "--preset", f"preset {name}"}


def test_an_unknown_preset_offers_the_nearest_name() -> None:
    with pytest.raises(UsageError, match=r'no preset "personalisation"\. Did you mean "personalization"\?'):
        load(overrides=[Setting("preset", "personalisation", "--preset")])


@pytest.fixture
def strict(monkeypatch: pytest.MonkeyPatch) -> Preset:
    """Return a preset made for these tests, in the place of the default one."""
    values = {
        "groups": {"min_size": 7, "small": "report"},
        "verdict": {"confidence": Decimal("0.99")},
        "rule": [{"metric": "disparate_impact", "min": Decimal("0.95")}],
    }
    made = replace(preset(DEFAULT_PRESET), values=values)
    monkeypatch.setattr("fairaudit.settings.preset", lambda _: made)
    return made


@pytest.mark.usefixtures("strict")
def test_a_file_with_only_data_gets_everything_of_the_preset(repository: Path) -> None:
    policy = load(write(repository, "[data]\nid = 'x'"))
    assert (policy.groups.min_size, policy.groups.small, policy.verdict.confidence) == (7, "report", 0.99)
    assert [rule.min for rule in policy.rules] == [Decimal("0.95")]
    assert policy.origins["groups.min_size"] == "preset personalization"


@pytest.mark.usefixtures("strict")
def test_default_under_preset_under_file_under_environment_under_flag(repository: Path) -> None:
    file = write(
        repository,
        "preset = 'personalization'\n[groups]\nmin_size = 8\n[[rule]]\nmetric = 'statistical_parity'\nmax = 0.1",
    )
    overrides = [Setting("verdict.confidence", 0.8, "FAIRAUDIT_CONFIDENCE"), Setting("groups.small_share", 0, "--x")]
    policy = load(file, overrides)
    found = {s.key: (s.value, s.origin) for s in in_force(policy)}
    assert found["groups.max_missing"] == (0.05, "default")
    assert found["groups.small"] == ("report", "preset personalization")
    assert found["groups.min_size"] == (8, "fairaudit.toml")
    assert found["verdict.confidence"] == (0.8, "FAIRAUDIT_CONFIDENCE")
    assert found["groups.small_share"] == (0, "--x")
    assert [rule.metric for rule in policy.rules] == ["statistical_parity"], "the file's rules replace the preset's"
    assert found["preset"][1] == found["rule"][1] == "fairaudit.toml"


def test_a_flag_chooses_another_preset_than_the_file(repository: Path) -> None:
    file = write(repository, "preset = 'nix'")
    assert load(file, [Setting("preset", DEFAULT_PRESET, "--preset")]).origins["preset"] == "--preset"


@pytest.mark.usefixtures("strict")
def test_a_wrong_value_of_a_file_is_not_blamed_on_the_preset(repository: Path) -> None:
    with pytest.raises(UsageError, match=r"^fairaudit\.toml: groups.min_size"):
        load(write(repository, "[groups]\nmin_size = 0"))
    with pytest.raises(UsageError, match="groups"):
        load(write(repository, "groups = 3"))
    with pytest.raises(UsageError, match='unknown key "grups"'):
        load(write(repository, "[grups]"))


# where a rule stands

RULES = """[data]
id = 'x'

[[rule]]
id = 'a'
metric = 'disparate_impact'
  [[ rule ]] # b
id = 'b'
metric = 'equal_opportunity'
"""


def test_each_rule_has_its_line_and_the_path_from_the_root_of_the_repository(repository: Path) -> None:
    policy = load(write(repository / "conf", RULES, "strict.toml"))
    assert policy.places == {"a": ("conf/strict.toml", 4), "b": ("conf/strict.toml", 7)}
    assert policy.filled({"label": "y"}, "guessed").places == policy.places


def test_a_line_stands_beside_the_rule_in_pyproject_too(repository: Path) -> None:
    text = (
        "[project]\nname = 'x'\n[tool.fairaudit.data]\nid = 'x'\n[[tool.fairaudit.rule]]\nmetric = 'disparate_impact'\n"
    )
    policy = load(write(repository, text, "pyproject.toml"))
    assert list(policy.places.values()) == [("pyproject.toml", 5)]


@pytest.mark.parametrize(
    "text",
    [
        "rule = [{metric = 'disparate_impact', id = 'a'}]\n",
        'name = """\n[[rule]]\n"""\n[[rule]]\nid = "a"\nmetric = "disparate_impact"\n',
    ],
)
def test_where_the_lines_cannot_be_told_only_the_file_is(repository: Path, text: str) -> None:
    assert load(write(repository, text)).places == {"a": ("fairaudit.toml", None)}


def test_outside_of_a_repository_the_path_is_from_the_working_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = write(tmp_path / "a" / "b", RULES)
    monkeypatch.chdir(tmp_path / "a")
    assert load(file).places["a"].file == "b/fairaudit.toml"
    monkeypatch.chdir(tmp_path / "a" / "b")
    assert load(file.parent / ".." / "b" / file.name).places["a"].file == "fairaudit.toml"


def test_rules_that_no_file_states_have_no_place(repository: Path) -> None:
    assert load().places == {}
    assert load(write(repository, "[data]\nid = 'x'")).places == {}
    flag = Setting("rule", [{"metric": "disparate_impact"}], "--rule")
    assert load(write(repository, RULES), [flag]).places == {}


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no named pipes here")
def test_a_policy_from_a_pipe_is_read_once(repository: Path) -> None:
    pipe = repository / "policy.toml"
    os.mkfifo(pipe)
    writer = threading.Thread(target=pipe.write_text, args=(RULES,), daemon=True)
    writer.start()
    assert load(pipe).places["b"].line == 7
    writer.join(5)
