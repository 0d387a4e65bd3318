"""benchmarks/: its data are the same everywhere, its clock is right, every script runs, the page has all its tables."""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import against_peers
import bare
import check_against_group_by
import contestants
import generator
import growth
import page
import pyarrow.csv
import pyarrow.parquet
import pytest
import stopwatch

ROOT = Path(__file__).parents[1]
SCRIPTS = {
    "startup": ["startup"],
    "frames": ["frames"],
    "check_against_group_by": list(check_against_group_by.PARTS),
    "growth": list(growth.PARTS),
    "against_peers": list(against_peers.PARTS),
    "out_of_core": ["out_of_core"],
}
"""The tables of each script."""
TINY = {
    "startup": [],
    "frames": ["--rows", "1000"],
    "check_against_group_by": ["repeats", "--rows", "1000"],
    "growth": ["rows", "--sizes", "500", "1000"],
    "against_peers": ["groups", "--rows", "1000", "--peers"],
    "out_of_core": ["--rows", "1000", "--limit", "1GB"],
}
"""One short run of each; the parts that are left out differ in their data alone."""


# --- the data ---------------------------------------------------------------------------------------------------------


def test_the_data_are_the_same_on_every_machine():
    tables = generator.predictions(0, 1000, 3), generator.customers(0, 1000, 1000)
    digests = [hashlib.sha256(repr(table.to_pylist()).encode()).hexdigest()[:16] for table in tables]
    assert digests == ["d8c2efda1fea5a9d", "83fa545773867e67"]


def test_the_data_do_not_depend_on_chunks_or_format(tmp_path, monkeypatch):
    whole = [pyarrow.parquet.read_table(path) for path in generator.files(tmp_path, 1000, each=3)]
    texts = [pyarrow.csv.read_csv(path) for path in generator.files(tmp_path, 1000, "csv", each=3)]
    monkeypatch.setattr(generator, "CHUNK", 7)
    (tmp_path / "again").mkdir()
    parts = [pyarrow.parquet.read_table(path) for path in generator.files(tmp_path / "again", 1000, each=3)]
    for one, part, text in zip(whole, parts, texts, strict=True):
        assert one.equals(part)
        assert one.to_pylist() == text.to_pylist()


def test_files_that_are_there_are_used_again(tmp_path):
    paths = generator.files(tmp_path, 10)
    before = [path.stat().st_mtime_ns for path in paths]
    assert [path.stat().st_mtime_ns for path in generator.files(tmp_path, 10)] == before
    assert not list(tmp_path.glob("unfinished*"))


@pytest.mark.parametrize("each", [1, 3])
def test_every_decision_has_its_customer(each):
    rows = 1000
    decisions = generator.predictions(0, rows, each)["customer_id"].to_pylist()
    people = generator.customers(0, -(-rows // each), -(-rows // each))["customer_id"].to_pylist()
    assert sorted(people) == sorted(set(decisions))
    assert people != list(dict.fromkeys(decisions)), "the customers are in another order"
    assert max(map(decisions.count, people[:20])) <= each


def test_values_have_the_shares_that_are_written_down():
    table = generator.customers(0, 20_000, 20_000, 8)
    assert table.column_names == ["customer_id", *generator.ATTRIBUTES, "attribute_7", "attribute_8"]
    for name in table.column_names[1:]:
        counts = {one["values"]: one["counts"] for one in table[name].value_counts().to_pylist()}
        shares = generator.SHARES.get(name, generator.FURTHER)
        assert sum(shares.values()) == pytest.approx(1)
        assert {value: counts[value] / 20_000 for value in counts} == pytest.approx(shares, abs=0.02)


# --- the clock --------------------------------------------------------------------------------------------------------


def python(program):
    return stopwatch.process([sys.executable, "-c", program])


def test_a_process_is_measured_without_its_parents_memory():
    held = bytearray(400_000_000)
    small = python("pass")
    assert small.peak < 100e6 < len(held)


def test_a_process_is_measured_with_its_own_memory_and_time():
    large = python("import time; x = bytearray(200_000_000); time.sleep(0.3)")
    assert large.peak > 200e6
    assert large.seconds >= 0.3


def test_an_exit_code_that_is_not_expected_ends_the_benchmark():
    with pytest.raises(SystemExit, match="exit code 3"):
        python("raise SystemExit(3)")
    assert stopwatch.process([sys.executable, "-c", "raise SystemExit(3)"], verdicts=(3,)).seconds > 0


def test_variables_of_the_user_do_not_reach_what_is_measured(monkeypatch):
    monkeypatch.setenv("FAIRAUDIT_FORMAT", "json")
    assert "FAIRAUDIT" not in python("import os; print(os.environ)").output


@pytest.mark.parametrize("warm", [True, False])
def test_contestants_run_in_turn_and_the_first_round_only_warms_up(warm):
    log = []

    def contestant(name):
        def run():
            log.append(name)
            return stopwatch.Run(100.0 if warm and log.count(name) == 1 else log.count(name), peak=7)

        return run

    found = stopwatch.medians({name: contestant(name) for name in "ab"}, 3, warm=warm)
    assert log == list("ab" * (3 + warm))
    assert found["a"].seconds == (3 if warm else 2)
    assert found["a"].peak == 7


@pytest.mark.parametrize(
    ("verdict", "met"),
    [
        (stopwatch.at_most(2.0, 2), True),
        (stopwatch.at_most(2.01, 2), False),
        (stopwatch.at_least(3.0, 3), True),
        (stopwatch.at_least(2.99, 3), False),
        (stopwatch.under(0.29, 0.3), True),
        (stopwatch.under(0.3, 0.3), False),
    ],
)
def test_a_bar_is_met_or_missed(verdict, met):
    assert ("missed" not in verdict) is met


def test_other_programs_work_is_what_we_and_our_children_did_not_do(tmp_path, monkeypatch):
    (tmp_path / "stat").write_text("cpu  600 100 200 9000 50 20 30 50 0 0\ncpu0 1 1 1 1 1 1 1 1 0 0\n")
    monkeypatch.setattr(os, "times", lambda: (1.0, 0.5, 2.0, 0.25, 1000.0))
    monkeypatch.setattr(os, "sysconf", {"SC_CLK_TCK": 100}.__getitem__)
    busy = stopwatch._busy(tmp_path / "stat")
    assert busy[1] == pytest.approx(10 - 3.75), "waiting and idle cores do not work"
    monkeypatch.setattr(stopwatch, "_START", (busy[0] - 10, busy[1] - 5))
    monkeypatch.setattr(stopwatch, "_busy", lambda: busy)
    assert stopwatch.meanwhile() == " Other programs used 0.50 cores meanwhile."
    monkeypatch.setattr(stopwatch, "_busy", lambda: None)
    assert stopwatch.meanwhile() == ""


# --- what is compared -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("form", ["parquet", "csv"])
@pytest.mark.parametrize("more", [(), ("--two-levels",), ("--memory-limit", "1GB")])
def test_the_bare_engine_finds_every_cell(tmp_path, monkeypatch, capsys, form, more):
    paths = [str(path) for path in generator.files(tmp_path, 3000, form)]
    monkeypatch.setattr(sys, "argv", ["bare.py", *paths, *generator.ATTRIBUTES, *more])
    bare.main()
    columns = [*generator.ATTRIBUTES, *([] if "--two-levels" in more else ["decision", "label"])]
    assert int(capsys.readouterr().out) == generator.joined(3000).group_by(columns).aggregate([]).num_rows


def test_answers_that_differ_end_the_comparison():
    ours = {"rates": {"sex=f": [0.5, 0.25]}, "gaps": {"sex": [0.1, 0.2]}}
    assert against_peers.agreement(ours, {"rates": {"sex=f": [0.5 + 1e-13, None]}}) == "1 equal"
    assert against_peers.agreement(ours, ours) == "4 equal"
    for wrong in ({"rates": {"sex=f": [0.5 + 1e-11, 0.25]}}, {"rates": {}}, {"gaps": {"sex": [0.1, 0.3]}}):
        with pytest.raises(SystemExit, match="not the same"):
            against_peers.agreement(ours, wrong)


def test_the_fastest_other_is_named_in_both_ways_to_count():
    spent = {"fairaudit check": (1, None), "fairaudit": (2, 0.5), "aequitas": (6, 2.0), "aedt-audit": (2, 1.0)}
    found = {name: stopwatch.Median(seconds, 0, (), ()) for name, (seconds, _) in spent.items()}
    inside = {name: against_peers.Inside(0, 0, alone, {}) for name, (_, alone) in spent.items() if alone}
    any_of_them, of_whole_answers = against_peers.fastest(found, inside).strip().split("\n\n")
    assert "2.00 x (aedt-audit; at least 3 x: **missed**), on the joined frame 2.00 x (aedt-audit" in any_of_them
    assert "6.00 x (aequitas; at least 3 x: met), on the joined frame 4.00 x (aequitas" in of_whole_answers
    assert against_peers.fastest(found, {"fairaudit": inside["fairaudit"]}) == ""


@pytest.mark.slow
@pytest.mark.parametrize("name", against_peers.VERSIONS)
def test_another_library_gives_the_same_numbers(tmp_path, name):
    if against_peers.python(name) is None:
        pytest.skip("benchmarks/peers/environments.py was not run")
    data = generator.files(tmp_path, 20_000)  # with fewer, some groups have no positives: others say 0, we say nothing
    for part, segments in (("groups", ()), ("segments", ("--segments", "lifecycle"))):
        if name in against_peers.LACKING.get(part, ()):
            continue
        ours, theirs = (
            against_peers.library(one, data, generator.PROTECTED, *segments)() for one in (against_peers.OURS, name)
        )
        answers = [json.loads(run.output[run.output.index('{"seconds"') :])["answers"] for run in (ours, theirs)]
        assert against_peers.agreement(*answers).endswith(" equal")


@pytest.mark.parametrize("part", growth.PARTS)
def test_every_line_of_growth_is_a_policy_that_can_be_audited(part):
    """With as many attributes as its name says, each in the customers' file."""
    from fairaudit.api import read_policy

    options = argparse.Namespace(rows=10, sizes=[10, 20])
    for line in growth.lines(part, options):
        spec = read_policy(contestants.roles(line.protected, line.segments)).spec()
        assert set(spec.attributes) == set(line.attributes()) == set(generator.names(len(line.attributes())))
        assert part != "attributes" or len(line.attributes()) == int(line.name)


@pytest.mark.parametrize("part", check_against_group_by.PARTS)
def test_the_yardstick_of_every_part_is_the_bare_engine_on_the_same_files(tmp_path, part):
    yardstick, *others = check_against_group_by.runs(part, tmp_path, 100).values()
    command = yardstick.args[0]
    assert command[1].endswith("bare.py")
    assert ("--two-levels" in command) is (part == "repeats")
    assert {Path(name).suffix for name in command[2:4]} == {".csv" if part == "csv" else ".parquet"}
    assert all(command[2:4] == other.args[0][4:6] for other in others if "check" in other.args[0])


def test_growth_is_judged_by_what_further_rows_cost():
    assert "met" in growth.steadiness([(1_000_000, 1.0), (2_000_000, 2.0), (10_000_000, 10.0)])
    assert "missed" in growth.steadiness([(1_000_000, 1.0), (2_000_000, 2.0), (10_000_000, 20.0)])
    assert "too few" in growth.steadiness([(1_000_000, 1.0), (2_000_000, 0.9), (10_000_000, 20.0)])


# --- the scripts and the page -----------------------------------------------------------------------------------------


@pytest.mark.slow
@pytest.mark.parametrize("name", SCRIPTS)
def test_every_script_runs_and_prints_its_tables(name):
    command = [sys.executable, str(ROOT / "benchmarks" / f"{name}.py"), "--rounds", "1", *TINY[name]]
    done = subprocess.run(  # noqa: S603  our own command
        command, capture_output=True, text=True, check=False, env={**os.environ, "PYTHONPATH": str(ROOT)}
    )
    assert done.returncode == 0, done.stderr
    printed = [part for part in SCRIPTS[name] if part in TINY[name]] or SCRIPTS[name]
    assert re.findall(r"^## (\w+)$", done.stdout, re.MULTILINE) == printed
    assert len(re.findall(r"^\| --- ", done.stdout, re.MULTILINE)) == len(printed)
    assert "Traceback" not in done.stderr


def test_a_table_is_put_between_its_markers(tmp_path, monkeypatch, capsys):
    place = tmp_path / "page.md"
    place.write_text("a\n<!-- table: one -->\nold\n<!-- end -->\nb\n<!-- table: two -->\nold\n<!-- end -->\n")
    monkeypatch.setattr(stopwatch, "PAGE", place)
    monkeypatch.setattr(stopwatch, "meanwhile", lambda: "")
    text = page.table(["x"], [["1"]])
    stopwatch.publish("one", "Made so.", text, write=True)
    assert place.read_text() == (
        "a\n<!-- table: one -->\nMade so.\n\n| x |\n| --- |\n| 1 |\n<!-- end -->\nb\n<!-- table: two -->\nold\n"
        "<!-- end -->\n"
    )
    assert text in capsys.readouterr().out
    with pytest.raises(SystemExit, match="no place for three"):
        page.write(place, "three", text)


def test_the_page_has_every_table_and_none_of_another_origin():
    text = stopwatch.PAGE.read_text(encoding="utf-8")
    found = re.findall(r"<!-- table: (\w+) -->\n(.*?)<!-- end -->", text, re.DOTALL)
    assert sorted(name for name, _ in found) == sorted(name for names in SCRIPTS.values() for name in names)
    assert not [name for name, body in found if "| --- |" not in body], "run its script with --write"


def test_the_page_names_every_script_and_links_only_to_its_own_titles():
    text = stopwatch.PAGE.read_text(encoding="utf-8")
    assert {f"benchmarks/{name}.py" for name in SCRIPTS} <= set(re.findall(r"benchmarks/\w+\.py", text))
    for path in re.findall(r"benchmarks/[\w/]+\.py", text):
        assert (ROOT / path).is_file()
    titles = {title.lower().replace(" ", "-") for title in re.findall(r"^#+ (.+)$", text, re.MULTILINE)}
    assert set(re.findall(r"\]\(#([^)]+)\)", text)) <= titles
