"""api: audit, tabulate and rehearse on files."""

from __future__ import annotations

import csv
import hashlib
import inspect
from typing import TYPE_CHECKING

import pytest

import fairaudit
from fairaudit import Policy, Verdict, api
from fairaudit.errors import DataError, UsageError
from fairaudit.sections import Data

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path


def write(path: Path, header: Sequence[str], rows: Iterable[Sequence[object]]) -> Path:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(header)
        writer.writerows(rows)
    return path


@pytest.fixture
def files(tmp_path: Path) -> tuple[Path, Path]:
    """Return two files of 4,000 customers whose two genders are selected alike; 200 lack attributes."""
    rows = [(f"c{i}", i // 2 % 2, i // 4 % 2, "fm"[i % 2]) for i in range(4200)]
    return (
        write(tmp_path / "predictions.csv", ("customer_id", "prediction", "label"), (row[:3] for row in rows)),
        write(tmp_path / "customers.csv", ("customer_id", "gender"), ((row[0], row[3]) for row in rows[:4000])),
    )


def test_an_audit_without_a_policy(files: tuple[Path, Path]) -> None:
    audit = fairaudit.audit(*files)
    assert audit.verdict is Verdict.INCONCLUSIVE
    assert audit.policy.data.label is None
    assert any('"gender" is taken as protected' in note for note in audit.notes)


@pytest.mark.parametrize("as_text", [True, False])
def test_paths_may_be_texts(files: tuple[Path, Path], as_text: bool) -> None:
    paths = [str(path) if as_text else path for path in files]
    audit = fairaudit.audit(*paths, policy={"data": {"label": "label"}})
    assert (audit.verdict, audit.exit_code) == (Verdict.PASS, 0)


def test_a_policy_may_be_a_file_a_dictionary_or_a_policy(files: tuple[Path, Path], tmp_path: Path) -> None:
    content = {"data": {"label": "label", "prediction": "prediction", "protected": ["gender"]}}
    file = tmp_path / "fairaudit.toml"
    file.write_text("[data]\nlabel = 'label'\nprediction = 'prediction'\nprotected = ['gender']\n", encoding="utf-8")
    by_file, by_text, by_dictionary = (api.audit(*files, policy) for policy in (file, str(file), content))
    by_policy = api.audit(*files, api.read_policy(content))
    assert by_file.findings == by_text.findings == by_dictionary.findings == by_policy.findings
    assert by_file.verdict is Verdict.PASS


def test_a_policy_that_is_wrong_is_a_usage_error(files: tuple[Path, Path]) -> None:
    with pytest.raises(UsageError):
        fairaudit.audit(*files, policy={"data": {"labl": "x"}})
    with pytest.raises(UsageError):
        fairaudit.audit(*files, policy="nowhere.toml")


def test_a_file_that_is_missing_is_a_data_error(files: tuple[Path, Path]) -> None:
    with pytest.raises(DataError):
        fairaudit.audit("nowhere.csv", files[1])


def test_the_ledger_is_that_of_the_files(files: tuple[Path, Path]) -> None:
    ledger = fairaudit.audit(*files).ledger
    assert (ledger.predictions_rows, ledger.attributes_rows, ledger.matched) == (4200, 4000, 4000)
    assert ledger.predictions_without_attributes == 200


def test_inputs_and_versions_are_recorded(files: tuple[Path, Path]) -> None:
    audit = fairaudit.audit(*files)
    content = files[0].read_bytes()
    recorded = audit.inputs["predictions"]
    assert (recorded["name"], recorded["bytes"]) == ("predictions.csv", len(content))
    assert recorded["sha256"] == hashlib.sha256(content).hexdigest()
    assert audit.versions["fairaudit"] == fairaudit.__version__
    assert set(audit.versions) >= {"python", "duckdb"}


def test_one_file_has_one_input(tmp_path: Path) -> None:
    rows = [(i, i // 2 % 2, "fm"[i % 2]) for i in range(2000)]
    file = write(tmp_path / "all.csv", ("customer_id", "prediction", "gender"), rows)
    assert set(fairaudit.audit(file).inputs) == {"predictions"}


def test_values_that_look_alike_are_noted(tmp_path: Path) -> None:
    rows = [(i, i // 4 % 2, ("F", "F ", "f", "M")[i % 4]) for i in range(2000)]
    file = write(tmp_path / "all.csv", ("customer_id", "prediction", "gender"), rows)
    assert any('"gender" has values that differ only' in note for note in fairaudit.audit(file).notes)


def test_a_cube_holds_the_counts(files: tuple[Path, Path]) -> None:
    cube = fairaudit.tabulate(*files, policy={"data": {"label": "label"}})
    assert cube.cell().n == 4000
    assert sorted(key[0][1] for key in cube.view(("gender",))) == ["f", "m"]


def test_equal_files_give_equal_audits(files: tuple[Path, Path]) -> None:
    first, second = fairaudit.audit(*files), fairaudit.audit(*files)
    assert (first.findings, first.groups, first.notes) == (second.findings, second.groups, second.notes)


def test_a_rehearsal_judges_nothing(files: tuple[Path, Path]) -> None:
    rehearsal = api.rehearse(*files, policy={"data": {"label": "label"}})
    assert [prospect.rule for prospect in rehearsal.prospects] == ["disparate_impact", "equal_opportunity"]
    assert all(prospect.compared == 1 for prospect in rehearsal.prospects)
    assert rehearsal.ledger.matched == 4000
    assert rehearsal.policy.data.protected == ("gender",)
    assert rehearsal.notes


@pytest.mark.parametrize("metric", ["calibration", "auc_parity", "mean_score"])
def test_a_rehearsal_of_a_rule_about_scores_finds_them(tmp_path: Path, metric: str) -> None:
    rows = [(i, (i % 100) / 100, i // 100 % 2, "fm"[i % 2]) for i in range(4000)]
    file = write(tmp_path / "all.csv", ("customer_id", "score", "label", "gender"), rows)
    rule = {"metric": metric, "max": 0.1} | ({"compare": "difference"} if metric == "mean_score" else {})
    data = {"score": "score", "label": "label", "protected": ["gender"]}
    prospect = api.rehearse(file, policy={"data": data, "rule": [rule]}).prospects[0]
    assert prospect.compared
    assert not prospect.not_evaluable


def test_a_label_that_no_rule_needs_may_be_an_amount(tmp_path: Path) -> None:
    rows = [(i, i // 2 % 2, f"{i % 37}.5", "fm"[i % 2]) for i in range(4000)]
    file = write(tmp_path / "all.csv", ("customer_id", "prediction", "spend", "gender"), rows)
    policy = {"data": {"label": "spend"}, "rule": [{"metric": "disparate_impact"}]}
    audit = fairaudit.audit(file, policy=policy)
    assert audit.verdict is Verdict.PASS
    assert "mean_label" in audit.everybody().metrics
    assert "base_rate" not in audit.everybody().metrics


def test_read_policy_keeps_a_policy() -> None:
    policy = Policy(data=Data(id="x"))
    assert api.read_policy(policy) is policy
    assert api.read_policy(None).origins["rule"] == "preset personalization"


@pytest.mark.parametrize("function", [api.audit, api.tabulate, api.rehearse])
def test_signatures_are_alike(function: object) -> None:
    names = list(inspect.signature(function).parameters)  # type: ignore[arg-type]
    assert names[:3] == ["predictions", "attributes", "policy"]
    assert names[3:] == ([] if function is api.rehearse else ["arrays"])
