"""check: what goes where, which flag wins, and what is written."""

from __future__ import annotations

import json
import os
import tomllib
from typing import TYPE_CHECKING

import pytest
from shops import shop, snapshot, write_csv

from fairaudit.cli.outputs import KINDS

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

LABEL = ("--label", "bought")


def test_the_kinds_are_those_of_the_reports() -> None:
    from fairaudit.report import FORMATS

    assert set(FORMATS) == set(KINDS)


def test_json_on_stdout_is_one_document_and_nothing_else(call: Callable, unfair: tuple[Path, Path]) -> None:
    done = call("check", *unfair, *LABEL, "--format", "json")
    document = json.loads(done.out)
    assert (document["schema"], document["verdict"], done.code) == ("fairaudit.audit/1", "fail", 1)
    assert "Written: reports/report.html" in done.err.replace("\\", "/")


@pytest.mark.parametrize("form", KINDS)
def test_every_form_goes_to_stdout(call: Callable, fair: tuple[Path, Path], form: str) -> None:
    done = call("check", *fair, *LABEL, "--no-out", "--format", form)
    assert done.code == 0
    assert done.out.endswith("\n")
    assert "note:" not in done.out


def test_a_note_on_the_data_is_said_once_to_the_terminal_and_kept_in_the_files(
    call: Callable, fair: tuple[Path, Path], folder: Path
) -> None:
    guessed = "is taken as the id"
    done = call("check", *fair, *LABEL, "-o", "text=summary.txt")
    assert guessed not in " ".join(done.out.split())
    assert " ".join(done.err.split()).count(guessed) == 1
    for name in ("reports/summary.md", "reports/report.html", "reports/audit.json", "summary.txt"):
        assert guessed in " ".join((folder / name).read_text(encoding="utf-8").split()), name


def test_the_folder_holds_the_report(call: Callable, fair: tuple[Path, Path], folder: Path) -> None:
    call("check", *fair, *LABEL)
    names = {path.name for path in (folder / "reports").iterdir()}
    assert names >= {"audit.json", "report.html", "summary.md", "plots"}


def test_out_names_another_folder(call: Callable, fair: tuple[Path, Path], folder: Path) -> None:
    call("check", *fair, *LABEL, "--out", "a/b")
    assert (folder / "a" / "b" / "audit.json").is_file()
    assert not (folder / "reports").exists()


@pytest.mark.parametrize("nothing", [("--no-out",), ("--out", "")])
def test_nothing_is_written_on_request(call: Callable, fair: tuple[Path, Path], folder: Path, nothing: tuple) -> None:
    before = snapshot(folder)
    done = call("check", *fair, *LABEL, *nothing)
    assert done.code == 0
    assert snapshot(folder) == before


def test_single_files_are_written_besides_the_folder(call: Callable, fair: tuple[Path, Path], folder: Path) -> None:
    done = call("check", *fair, *LABEL, "--no-out", "-o", "json=a.json", "-o", "markdown=b.md", "--format", "json")
    assert json.loads((folder / "a.json").read_text(encoding="utf-8")) == json.loads(done.out)
    assert (folder / "b.md").is_file()
    assert not (folder / "reports").exists()


def test_plots_as_png(call: Callable, fair: tuple[Path, Path], folder: Path) -> None:
    call("check", *fair, *LABEL, "-o", "plots=png")
    kinds = {path.suffix for path in (folder / "reports" / "plots").iterdir()}
    assert ".png" in kinds


def test_an_input_is_never_overwritten(call: Callable, fair: tuple[Path, Path], folder: Path) -> None:
    (folder / "fairaudit.toml").write_text("[data]\nlabel = 'bought'\n", encoding="utf-8")
    before = snapshot(folder)
    for name in ("predictions.csv", "customers.csv", "fairaudit.toml"):
        done = call("check", *fair, "--no-out", "-o", f"json={name}")
        assert done.code == 2
        assert "overwrite" in done.err
    assert snapshot(folder) == before


def test_what_is_in_the_way_is_an_error_before_the_audit(call: Callable, fair: tuple[Path, Path], folder: Path) -> None:
    (folder / "reports").write_text("mine", encoding="utf-8")
    (folder / "sub").mkdir()
    assert call("check", *fair, *LABEL).code == 2
    assert call("check", *fair, *LABEL, "--no-out", "-o", "json=sub").code == 2
    assert (folder / "reports").read_text(encoding="utf-8") == "mine"


def test_a_folder_that_cannot_be_made_is_an_error(call: Callable, fair: tuple[Path, Path], folder: Path) -> None:
    (folder / "file").write_text("", encoding="utf-8")
    done = call("check", *fair, *LABEL, "--out", "file/reports")
    assert done.code == 2
    assert "cannot be written" in done.err
    assert done.out.splitlines()[-1] == "PASS"


def test_quiet_leaves_the_result_alone(call: Callable, fair: tuple[Path, Path]) -> None:
    loud, quiet = call("check", *fair, *LABEL, "--no-out"), call("check", *fair, *LABEL, "--no-out", "-q")
    assert quiet.out == loud.out
    assert (quiet.err, bool(loud.err)) == ("", True)


def test_guessed_columns_are_told_on_stderr(call: Callable, fair: tuple[Path, Path]) -> None:
    done = call("check", *fair, *LABEL, "--no-out")
    for name in ("customer_id", "prediction", "gender", "region"):
        assert f'"{name}" is taken' in done.err


def test_what_cannot_be_guessed_is_asked_for_with_the_command(call: Callable, folder: Path) -> None:
    one = write_csv(folder / "p.csv", ("customer_id", "choice"), [(i, i % 2) for i in range(50)])
    two = write_csv(folder / "c.csv", ("customer_id", "sector"), [(i, i % 2) for i in range(50)])
    done = call("check", one.name, two.name)
    assert done.code == 2
    assert "  fairaudit init p.csv c.csv" in done.err.splitlines()


def sizes(done: object) -> dict:
    return json.loads(done.out)["policy"]


def test_flags_win_over_variables_over_the_file_over_defaults(
    call: Callable, fair: tuple[Path, Path], folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def least() -> int:
        return sizes(call("check", *fair, *LABEL, "--no-out", "--format", "json"))["groups"]["min_size"]

    assert least() == 30
    (folder / "fairaudit.toml").write_text("[groups]\nmin_size = 40\n", encoding="utf-8")
    assert least() == 40
    monkeypatch.setenv("FAIRAUDIT_MIN_SIZE", "50")
    assert least() == 50
    done = call("check", *fair, *LABEL, "--no-out", "--format", "json", "--min-size", "60")
    assert sizes(done)["groups"]["min_size"] == 60


def test_lists_of_flags_and_variables_replace_those_of_the_file(
    call: Callable, fair: tuple[Path, Path], folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = "[data]\nprotected = ['gender', 'region']\nsegments = ['region']\nprediction = 'prediction'\n"
    (folder / "fairaudit.toml").write_text(text, encoding="utf-8")
    check = ("check", *fair, *LABEL, "--no-out", "--format", "json")
    assert sizes(call(*check, "--protected", "gender"))["data"]["protected"] == ["gender"]
    monkeypatch.setenv("FAIRAUDIT_PROTECTED", "region, gender")
    assert sizes(call(*check))["data"]["protected"] == ["region", "gender"]
    assert sizes(call(*check, "--protected", "gender"))["data"]["protected"] == ["gender"]


def test_variables_of_other_kinds(call: Callable, unfair: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch) -> None:
    settings = {
        "FAIRAUDIT_RULE": "disparate_impact:min=0.9,statistical_parity:max=0.05",
        "FAIRAUDIT_LABEL": "bought",
        "FAIRAUDIT_FORMAT": "json",
        "FAIRAUDIT_NO_OUT": "1",
        "FAIRAUDIT_EXIT_ZERO": "1",
        "FAIRAUDIT_QUIET": "1",
        "FAIRAUDIT_NULL": "NA,-",
        "FAIRAUDIT_REFERENCE": "gender=male",
    }
    for name, value in settings.items():
        monkeypatch.setenv(name, value)
    done = call("check", *unfair)
    document = json.loads(done.out)
    assert (done.code, done.err) == (0, "")
    assert [(rule["id"], rule["limit"]) for rule in document["rules"]] == [
        ("disparate_impact", {"min": 0.9}),
        ("statistical_parity", {"max": 0.05}),
    ]
    assert document["policy"]["data"]["null"] == ["", "NA", "-"]
    assert document["policy"]["groups"]["references"] == {"gender": "male"}


def test_a_policy_from_a_variable(
    call: Callable, fair: tuple[Path, Path], folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (folder / "strict.toml").write_text("name = 'strict'\n[groups]\nmin_size = 99\n", encoding="utf-8")
    monkeypatch.setenv("FAIRAUDIT_POLICY", "strict.toml")
    done = call("check", *fair, *LABEL, "--no-out", "--format", "json")
    assert sizes(done)["name"] == "strict"
    assert "Policy: strict.toml" in done.err


def test_rules_are_read_exactly(call: Callable, fair: tuple[Path, Path]) -> None:
    rules = ("--rule", "disparate_impact:min=0.1", "--rule", "true_positive_rate:compare=ratio:min=0.8:max=1.25")
    done = call("check", *fair, *LABEL, "--no-out", "--format", "json", *rules)
    limits = {rule["id"]: (rule["compare"], rule["limit"]) for rule in json.loads(done.out)["rules"]}
    assert limits == {
        "disparate_impact": ("ratio", {"min": 0.1}),
        "true_positive_rate": ("ratio", {"min": 0.8, "max": 1.25}),
    }


def policy_of(call: Callable, *flags: str) -> dict:
    """Return the policy that flags make, as `policy show` prints it."""
    return tomllib.loads(call("policy", "show", *flags).out)


def test_references(call: Callable) -> None:
    flags = ("--reference", "largest", "--reference", "race=White", "--reference", "race*sex=White*Male")
    groups = policy_of(call, *flags, "--reference", "sex=rest", "--reference", "a*b=best")["groups"]
    assert groups["reference"] == "largest"
    assert groups["references"] == {
        "race": "White",
        "race*sex": {"race": "White", "sex": "Male"},
        "sex": "rest",
        "a*b": "best",
    }


def test_lists_of_bands_files_and_ranges_in_variables(call: Callable, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FAIRAUDIT_BAND", "age=25,40.5,income=1000,2000")
    monkeypatch.setenv("FAIRAUDIT_SCORE_RANGE", "0,100")
    monkeypatch.setenv("FAIRAUDIT_DELIMITER", "tab")
    data = policy_of(call)["data"]
    assert data["bands"] == {"age": [25, 40.5], "income": [1000, 2000]}
    assert (data["score_range"], data["delimiter"]) == ([0, 100], "\t")


def test_files_to_write_in_a_variable(
    call: Callable, fair: tuple[Path, Path], folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FAIRAUDIT_OUTPUT", "json=a.json, text=b.txt")
    call("check", *fair, *LABEL, "--no-out")
    assert (folder / "a.json").is_file()
    assert (folder / "b.txt").is_file()


def test_bands_make_groups_of_a_number(call: Callable, folder: Path) -> None:
    rows = [(i, i // 2 % 2, 18 + i % 60) for i in range(3000)]
    file = write_csv(folder / "all.csv", ("customer_id", "prediction", "age"), rows)
    done = call(
        "check",
        file,
        "--protected",
        "age",
        "--band",
        "age=25,40",
        "--no-out",
        "--format",
        "json",
        "--rule",
        "disparate_impact",
    )
    groups = {group["group"]["age"] for group in json.loads(done.out)["groups"] if group["group"]}
    assert groups == {"under 25", "25 to <40", "40 and over"}


def test_score_and_threshold(call: Callable, folder: Path) -> None:
    rows = [(i, (i % 100) / 100, "fm"[i // 100 % 2]) for i in range(4000)]
    file = write_csv(folder / "all.csv", ("customer_id", "score", "gender"), rows)
    rule = ("--rule", "disparate_impact", "--no-out", "--format", "json")
    done = call("check", file, "--protected", "gender", "--score", "score", "--threshold", "0.5", *rule)
    everybody = next(g for g in json.loads(done.out)["groups"] if not g["group"] and not g["segment"])
    assert (done.code, everybody["metrics"]["selection_rate"]["value"]) == (0, 0.5)


def test_other_delimiters_and_encodings(call: Callable, folder: Path) -> None:
    rows = [(i, i // 2 % 2, ("Frauen", "M\u00e4nner")[i % 2]) for i in range(2000)]
    file = write_csv(folder / "all.csv", ("customer_id", "prediction", "gender"), rows, delimiter="\t")
    file.write_bytes(file.read_text(encoding="utf-8").encode("latin-1"))
    check = ("check", file, "--no-out", "--rule", "disparate_impact")
    assert call(*check).code == 3
    assert call(*check, "--encoding", "latin-1").code == 0
    assert call(*check, "--encoding", "latin-1", "--delimiter", "tab").code == 0


def test_a_table_of_counts(call: Callable, folder: Path) -> None:
    rows = [("f", 1, 2000), ("f", 0, 2000), ("m", 1, 2000), ("m", 0, 2000)]
    file = write_csv(folder / "counts.csv", ("gender", "prediction", "freq"), rows)
    done = call("check", file, "--count", "freq", "--rule", "disparate_impact", "--no-out", "--format", "json")
    document = json.loads(done.out)
    assert (done.code, document["groups"][0]["n"]) == (0, 8000)


def test_words_and_booleans_as_decisions(call: Callable, folder: Path) -> None:
    rows = [(i, ("no", "yes")[i // 2 % 2], "fm"[i % 2]) for i in range(4000)]
    file = write_csv(folder / "all.csv", ("customer_id", "decision", "gender"), rows)
    done = call("check", file, "--rule", "disparate_impact", "--no-out")
    assert done.code == 0
    assert '"yes" is taken as the positive value' in done.err


def test_a_label_of_amounts_beside_a_rule_about_selection(call: Callable, folder: Path) -> None:
    rows = [(i, i // 2 % 2, f"{i % 37}.5", "fm"[i % 2]) for i in range(4000)]
    file = write_csv(folder / "all.csv", ("customer_id", "prediction", "spend", "gender"), rows)
    done = call("check", file, "--label", "spend", "--rule", "disparate_impact", "--no-out")
    assert done.code == 0


def test_dry_run_says_what_would_happen_and_writes_nothing(
    call: Callable, unfair: tuple[Path, Path], folder: Path
) -> None:
    (folder / "fairaudit.toml").write_text("[data]\nlabel = 'bought'\n", encoding="utf-8")
    before = snapshot(folder)
    done = call("check", *unfair, "--dry-run", "-o", "json=x.json", "--min-size", "40")
    assert done.code == 0
    assert snapshot(folder) == before
    for text in ("--min-size", "guessed from the file", "fairaudit.toml", "3,000  predictions", "1 pair of groups"):
        assert text in done.out
    assert "could be proven" in done.out
    assert "FAIL" not in done.out


def test_dry_run_of_a_rule_about_scores_reads_them(call: Callable, folder: Path) -> None:
    rows = [(i, (i % 100) / 100, i % 2, "fm"[i // 100 % 2]) for i in range(4000)]
    file = write_csv(folder / "all.csv", ("customer_id", "score", "label", "gender"), rows)
    roles = ("--score", "score", "--label", "label", "--protected", "gender")
    for rule in ("calibration:min=0.8:max=1.25", "auc_parity:max=0.1"):
        done = call("check", file, *roles, "--rule", rule, "--dry-run")
        assert done.code == 0
        assert "there is no score column" not in done.out


def test_dry_run_tells_what_cannot_be_judged(call: Callable, folder: Path) -> None:
    files = shop(folder, "fair", each=100)
    done = call("check", *files, "--dry-run", "--min-size", "150")
    assert done.code == 0
    assert "blocks a pass" in done.out
    assert "there is no label column" in done.out


def test_every_line_of_the_screens_fits_80_columns(call: Callable, unfair: tuple[Path, Path]) -> None:
    for extra in ((), ("--dry-run",)):
        done = call("check", *unfair, *LABEL, "--no-out", *extra)
        assert all(len(line) <= 80 for line in (done.out + done.err).splitlines())


def test_progress_needs_a_terminal(call: Callable, fair: tuple[Path, Path]) -> None:
    done = call("check", *fair, *LABEL, "--no-out")
    assert "\r" not in done.err + done.out


def test_the_formats_point_to_the_rule_in_the_policy_file(
    call: Callable, unfair: tuple[Path, Path], folder: Path
) -> None:
    text = "\n[[rule]]\nid = 'four-fifths'\nmetric = 'disparate_impact'\n"
    (folder / "fairaudit.toml").write_text(text, encoding="utf-8")
    done = call("check", *unfair, "--no-out", "--format", "github", "-o", "sarif=fairaudit.sarif")
    assert done.code == 1
    assert done.out.startswith("::error file=work/fairaudit.toml,line=2,title=four-fifths%3A FAIL::")
    results = json.loads((folder / "fairaudit.sarif").read_text(encoding="utf-8"))["runs"][0]["results"]
    places = [result["locations"][0]["physicalLocation"] for result in results]
    assert {place["artifactLocation"]["uri"] for place in places} == {"work/fairaudit.toml"}
    assert {place["region"]["startLine"] for place in places} == {2}


def test_a_step_of_github_gets_the_summary_after_what_is_there(
    call: Callable, unfair: tuple[Path, Path], folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    summary = folder / "step.md"
    summary.write_text("before\n", encoding="utf-8")
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(summary))
    plain = call("check", *unfair, *LABEL, "--no-out", "--format", "markdown")
    assert plain.code == 1
    assert summary.read_text(encoding="utf-8") == f"before\n{plain.out}\n"
    call("check", *unfair, *LABEL, "--dry-run")
    assert summary.read_text(encoding="utf-8") == f"before\n{plain.out}\n"


@pytest.mark.parametrize("path", ["", ".", "no/such/folder.md", "\0"])
def test_a_step_summary_that_cannot_be_written_changes_no_exit_code(
    call: Callable, fair: tuple[Path, Path], folder: Path, monkeypatch: pytest.MonkeyPatch, path: str
) -> None:
    monkeypatch.setattr("os.environ", {**os.environ, "GITHUB_STEP_SUMMARY": path})
    done = call("check", *fair, *LABEL, "--no-out")
    assert done.code == 0
    assert ("could not be written" in done.err) == bool(path)
    assert not (folder / "no").exists()


def test_a_result_is_written_in_german_on_request(call: Callable, unfair: tuple[Path, Path], folder: Path) -> None:
    done = call(
        "check", *unfair, *LABEL, "--no-out", "--lang", "de", "-o", "markdown=report.md", "-o", "json=audit.json"
    )
    assert "NICHT BESTANDEN" in done.out
    assert done.out.endswith("\n\nFAIL\n")
    assert "Fairness-Prüfung NICHT BESTANDEN" in (folder / "report.md").read_text(encoding="utf-8")
    english = call("check", *unfair, *LABEL, "--no-out", "-o", "json=english.json")
    assert "NICHT BESTANDEN" not in english.out
    assert (folder / "audit.json").read_text() == (folder / "english.json").read_text()


def test_a_variable_chooses_the_language_of_the_summary_too(
    call: Callable, fair: tuple[Path, Path], folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FAIRAUDIT_LANG", "de")
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(folder / "step.md"))
    assert "BESTANDEN" in call("check", *fair, *LABEL, "--no-out").out
    assert "Was jetzt zu tun ist" in (folder / "step.md").read_text(encoding="utf-8")


def test_an_unknown_language_is_refused_with_the_known_ones(call: Callable, fair: tuple[Path, Path]) -> None:
    done = call("check", *fair, *LABEL, "--lang", "xx")
    assert done.code == 2
    assert "'en', 'de'" in done.err


def test_the_languages_are_those_of_the_reports() -> None:
    from fairaudit.cli import outputs
    from fairaudit.report import language

    assert outputs.LANGUAGES == language.LANGUAGES
