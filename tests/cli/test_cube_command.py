"""cube, merge, and check of a cube: whole commands, what they write, and their exit codes."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from shops import customers, shop, snapshot, write_csv

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

ROLES = ("--label", "bought", "--id", "customer_id")
SAFE = (*ROLES, "--customers", "disjoint")


@pytest.fixture
def shards(call: Callable, folder: Path) -> tuple[Path, list[str]]:
    """Return one file of an unfair shop, and the cubes of three parts of it."""
    rows = customers("unfair")
    header = ("customer_id", "prediction", "bought", "gender", "region")
    whole = write_csv(folder / "whole.csv", header, rows)
    names = []
    for part in range(3):
        file = write_csv(folder / f"{part}.csv", header, rows[part::3])
        names.append(f"{part}.cube")
        assert call("cube", file, *SAFE, "-o", names[-1], "-q").code == 0
    return whole, names


def test_a_cube_is_written_and_said(call: Callable, fair: tuple[Path, Path], folder: Path) -> None:
    before = snapshot(folder)
    done = call("cube", *fair, *ROLES, "--output", "new/day.cube")
    assert (done.code, done.out) == (0, "")
    size = (folder / "new" / "day.cube").stat().st_size
    assert done.err.splitlines()[-1] == f"Written: new/day.cube (3,000 rows in 9 cells, {size:,} bytes)"
    told = " ".join(done.err.split())
    assert "counts and no customer's row; 0 of its 9 cells stand for fewer than 5 rows" in told
    assert '"gender" is taken as protected' in told
    assert set(snapshot(folder)) - set(before) == {"new/day.cube"}
    assert call("cube", *fair, *ROLES, "-o", "new/day.cube", "-q").err == ""


def test_cells_that_are_single_persons_are_counted(call: Callable, folder: Path) -> None:
    rows = [(i, i % 2, "fm"[i % 2] if i else "rare") for i in range(100)]
    file = write_csv(folder / "all.csv", ("customer_id", "prediction", "gender"), rows)
    assert "1 of its 4 cells stand for fewer than 5 rows" in " ".join(call("cube", file, "-o", "a.cube").err.split())


def test_checking_a_cube_is_checking_the_data(call: Callable, unfair: tuple[Path, Path]) -> None:
    assert call("cube", *unfair, *ROLES, "-o", "day.cube").code == 0
    direct, again = call("check", *unfair, *ROLES, "--no-out"), call("check", "day.cube", "--no-out")
    assert (again.code, again.out) == (direct.code, direct.out) == (1, direct.out)
    assert "cannot be judged" not in again.err
    assert "judged from a saved cube" in again.err


def test_a_cube_is_known_by_its_content(call: Callable, unfair: tuple[Path, Path], folder: Path) -> None:
    call("cube", *unfair, *ROLES, "-o", "day.cube")
    (folder / "day.cube").rename(folder / "day.csv")
    assert call("check", "day.csv", "--no-out").code == 1
    unfair[0].rename(folder / "other.cube")
    assert call("check", "other.cube", unfair[1], *ROLES, "--no-out").code == 1


def test_merged_shards_are_judged_as_the_whole(call: Callable, shards: tuple[Path, list[str]]) -> None:
    whole, names = shards
    done = call("merge", *names, "-o", "all.cube")
    assert (done.code, done.out) == (0, "")
    assert "Written: all.cube (3,000 rows in 9 cells" in done.err
    direct, again = (call("check", *what, "--no-out", "--format", "json") for what in ((whole, *SAFE), ("all.cube",)))
    assert direct.code == again.code == 1
    one, other = json.loads(direct.out), json.loads(again.out)
    assert {key for key in one if one[key] != other[key]} == {"notes", "inputs"}
    assert other["inputs"]["cube"]["merged"] == 3
    assert "merged from 3" in other["notes"][0]


def test_merging_one_cube_changes_nothing(call: Callable, shards: tuple[Path, list[str]], folder: Path) -> None:
    _, names = shards
    assert call("merge", names[0], "-o", "same.cube").code == 0
    assert (folder / "same.cube").read_bytes() == (folder / names[0]).read_bytes()


def test_a_stricter_policy_turns_a_pass_into_a_failure(call: Callable, fair: tuple[Path, Path], folder: Path) -> None:
    call("cube", *fair, *ROLES, "-o", "day.cube")
    (folder / "stricter.toml").write_text(
        "[[rule]]\nmetric = 'selection_rate'\ncompare = 'value'\nmin = 0.9\n", encoding="utf-8"
    )
    assert call("check", "day.cube", "--no-out").code == 0
    assert call("check", "day.cube", "--no-out", "--policy", "stricter.toml").code == 1


def test_the_policy_of_the_folder_applies_to_counting_and_to_judging(
    call: Callable, fair: tuple[Path, Path], folder: Path
) -> None:
    (folder / "fairaudit.toml").write_text("[data]\nlabel = 'bought'\nprotected = ['gender']\n", encoding="utf-8")
    assert call("cube", *fair, "-o", "day.cube").code == 0
    assert call("check", "day.cube", "--no-out").code == 0
    record = json.loads(call("inspect", "day.cube", "--format", "json").out)
    assert (record["spec"]["protected"], record["spec"]["segments"]) == (["gender"], [])


@pytest.mark.parametrize(
    ("extra", "said"),
    [
        (("--positive", "2"), 'positive: the policy says "2", the cube was counted with "1"'),
        (("--protected", "race"), 'it holds no groups of "race"'),
        (("--rule", "calibration:min=0.8:max=1.25"), "a rule needs scores"),
    ],
)
def test_a_policy_that_the_cube_does_not_fit_is_a_data_error(
    call: Callable, fair: tuple[Path, Path], extra: tuple, said: str
) -> None:
    call("cube", *fair, *ROLES, "-o", "day.cube")
    for command in ((), ("--dry-run",)):
        done = call("check", "day.cube", "--no-out", *extra, *command)
        assert (done.code, done.out) == (3, "")
        assert said in done.err
        assert "  fairaudit cube PREDICTIONS [ATTRIBUTES] --policy FILE --output NEW.cube" in done.err.splitlines()


def test_a_dry_run_of_a_cube_judges_nothing(call: Callable, unfair: tuple[Path, Path], folder: Path) -> None:
    call("cube", *unfair, *ROLES, "-o", "day.cube")
    before = snapshot(folder)
    done = call("check", "day.cube", "--dry-run")
    assert done.code == 0
    assert "compares 1 pair of groups" in done.out
    assert "3,000  customers with attributes" in done.out
    assert snapshot(folder) == before


def test_cubes_that_may_share_customers_are_not_merged(call: Callable, fair: tuple[Path, Path], folder: Path) -> None:
    for seed in (1, 2):
        shop(folder, "fair", each=200 * seed)
        assert call("cube", *fair, *ROLES, "-o", f"{seed}.cube").code == 0
    done = call("merge", "1.cube", "2.cube", "-o", "both.cube")
    assert done.code == 3
    assert "--customers disjoint" in done.err
    assert not (folder / "both.cube").exists()


def test_the_customers_of_a_shared_file_are_not_known_after_a_merge(
    call: Callable, fair: tuple[Path, Path], folder: Path
) -> None:
    lines = fair[0].read_text(encoding="utf-8").splitlines(keepends=True)
    for part in (0, 1):
        file = folder / f"{part}.csv"
        file.write_text("".join([lines[0], *lines[1 + part :: 2]]), encoding="utf-8")
        call("cube", file, fair[1], *SAFE, "-o", f"{part}.cube")
    assert call("merge", "0.cube", "1.cube", "-o", "all.cube").code == 0
    assert "?  customers without a prediction" in call("inspect", "all.cube").out
    assert "?  customers with attributes" in call("check", "all.cube", "--dry-run").out
    done = call("check", "all.cube", "--no-out")
    assert done.code == 0
    assert "not known: cubes were merged" in done.out


@pytest.mark.parametrize("twice", [("0.cube", "0.cube"), ("0.cube", "1.cube", "copy.cube"), ("both.cube", "1.cube")])
def test_the_same_cube_is_not_merged_twice(
    call: Callable, shards: tuple[Path, list[str]], folder: Path, twice: tuple
) -> None:
    assert shards
    (folder / "copy.cube").write_bytes((folder / "0.cube").read_bytes())
    assert call("merge", "0.cube", "1.cube", "-o", "both.cube").code == 0
    done = call("merge", *twice, "-o", "all.cube")
    assert done.code == 3
    assert f"{twice[-1]}: Its counts are also in" in done.err
    assert not (folder / "all.cube").exists()


def test_cubes_of_other_settings_are_not_merged(call: Callable, shards: tuple[Path, list[str]], folder: Path) -> None:
    assert shards
    call("cube", folder / "1.csv", *SAFE, "--positive", "0", "-o", "other.cube")
    done = call("merge", "0.cube", "other.cube", "-o", "all.cube")
    assert done.code == 3
    assert '  - positive: "1" there, "0" here' in done.err.splitlines()


def test_an_input_is_never_overwritten(call: Callable, shards: tuple[Path, list[str]], folder: Path) -> None:
    whole, names = shards
    before = snapshot(folder)
    for command in (("cube", whole, *ROLES, "-o", whole), ("merge", *names, "-o", names[1])):
        done = call(*command)
        assert done.code == 2
        assert "would overwrite" in done.err
    assert call("merge", *names, "-o", ".").code == 2
    assert call("merge", *names, "-o", "0.csv/a.cube").code == 2
    assert snapshot(folder) == before


@pytest.mark.parametrize("command", [("merge",), ("check", "--no-out"), ("inspect",)])
def test_a_damaged_cube_is_a_data_error(
    call: Callable, shards: tuple[Path, list[str]], folder: Path, command: tuple
) -> None:
    assert shards
    content = bytearray((folder / "0.cube").read_bytes())
    content[len(content) // 2] ^= 4
    (folder / "bad.cube").write_bytes(content)
    (folder / "short.cube").write_bytes(content[:-40])
    for name in ("bad.cube", "short.cube"):
        done = call(command[0], name, *command[1:], *(("-o", "all.cube") if command[0] == "merge" else ()))
        assert (done.code, done.out) == (3, "")
        assert "bad.cube: The cube is damaged or was altered" in done.err.replace("short", "bad")


def test_wrong_calls_say_what_to_do(call: Callable, shards: tuple[Path, list[str]]) -> None:
    whole, names = shards
    assert "fairaudit merge A.cube B.cube" in call("check", *names[:2], "--no-out").err
    assert "is a cube already" in call("cube", names[0], "-o", "x.cube").err
    assert "brings its columns along" in call("init", names[0]).err
    assert call("cube", whole).code == 2
    assert call("merge", "-o", "x.cube").code == 2
    done = call("merge", names[0], whole, "-o", "x.cube")
    assert (done.code, "whole.csv: This is no saved cube" in done.err) == (3, True)


def test_inspect_says_what_a_cube_is(call: Callable, shards: tuple[Path, list[str]]) -> None:
    _, names = shards
    call("merge", *names, "-o", "all.cube")
    out = call("inspect", "all.cube").out
    assert "saved cube (fairaudit.cube/1); 3,000 rows in 9 cells, merged from 3" in out
    for part in ("prediction  prediction", "protected   gender", "gender by region", "3,000  predictions"):
        assert part in out
    assert all(len(line) <= 80 for line in out.splitlines())
    record = json.loads(call("inspect", "all.cube", "--format", "json").out)
    assert (record["rows"], record["cells"], record["merged"], record["small_cells"]) == (3000, 9, 3, 0)
    assert record["spec"]["disjoint"] is True
    assert record["ledger"]["matched"] == 3000


def test_flags_that_say_how_data_are_read_change_nothing_and_are_said_to(
    call: Callable, unfair: tuple[Path, Path]
) -> None:
    call("cube", *unfair, *ROLES, "-o", "day.cube", "-q")
    plain = call("check", "day.cube", "--no-out")
    assert "changes nothing" not in plain.err
    flags = ("--parts", "--engine", "spark", "--predictions-table", "t", "--encoding", "latin-1")
    for some in (flags, flags[:1], flags[1:3]):
        done = call("check", "day.cube", "--no-out", *some)
        assert (done.code, done.out) == (plain.code, plain.out)
        told = " ".join(done.err.split())
        assert "without the data, so --" in told
        assert all(flag in told for flag in some if flag.startswith("--"))
    assert call("check", "day.cube", "--no-out", "-q", *flags).err == ""


@pytest.mark.parametrize("command", [("check", "--no-out"), ("check", "--dry-run"), ("cube", "-o", "new.cube")])
def test_a_cube_among_several_inputs_is_refused_as_one(
    call: Callable, unfair: tuple[Path, Path], command: tuple[str, ...]
) -> None:
    call("cube", *unfair, *ROLES, "-o", "day.cube", "-q")
    call("cube", *unfair, *ROLES, "-o", "night.cube", "-q")
    name, *flags = command
    for given in (
        ("day.cube", "--also", "night.cube"),
        (*unfair, "--also", "day.cube"),
        ("day.cube", "--also", unfair[0]),
    ):
        done = call(name, *given, *flags)
        assert done.code == 2
        assert "fairaudit merge" in done.err
