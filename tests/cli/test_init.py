"""init: the policy it writes loads and can be used, says why, and nothing is overwritten."""

from __future__ import annotations

import json
import random
from typing import TYPE_CHECKING

import pytest
from shops import shop, snapshot, write_csv

from fairaudit import settings

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

CHANCE = random.Random(11)  # noqa: S311  test data
N = 2400


def pick(*values: object) -> list[object]:
    return [CHANCE.choice(values) for _ in range(N)]


IDS = [f"c{i:05d}" for i in range(N)]
GENDER = pick("female", "male", "female", "male", "")
REGION = pick("North", "South", "East")
AGE = [CHANCE.randint(18, 90) for _ in range(N)]
YES = pick(0, 1)
SCORE = [round(CHANCE.random(), 3) for _ in range(N)]
LABEL = pick(0, 1)
PRICE = [round(CHANCE.uniform(5, 500), 2) for _ in range(N)]
SPEND = [round(CHANCE.uniform(0, 900), 2) for _ in range(N)]

SHAPES: dict[str, tuple[dict[str, list], dict[str, list] | None, set[str]]] = {
    "two files": (
        {"customer_id": IDS, "score": SCORE, "prediction": YES, "label": LABEL},
        {"customer_id": IDS, "gender": GENDER, "region": REGION},
        {"id", "score", "prediction", "label", "protected", "segments"},
    ),
    "no label": (
        {"customer_id": IDS, "prediction": YES},
        {"customer_id": IDS, "gender": GENDER},
        {"id", "prediction", "protected"},
    ),
    "numeric age": (
        {"customer_id": IDS, "prediction": YES, "label": LABEL},
        {"customer_id": IDS, "age": AGE, "gender": GENDER},
        {"id", "prediction", "label", "protected", "bands"},
    ),
    "age twice": (
        {"customer_id": IDS, "prediction": YES},
        {"customer_id": IDS, "age": AGE, "age_band": [("18-39", "40+")[age >= 40] for age in AGE]},
        {"id", "prediction", "protected"},
    ),
    "one file": (
        {"CustomerID": IDS, "y_pred": YES, "y_true": LABEL, "Sex": GENDER, "Region": REGION},
        None,
        {"id", "prediction", "label", "protected", "segments"},
    ),
    "words": (
        {"user_id": IDS, "decision": [("no", "yes")[y] for y in YES], "responded": [("no", "yes")[y] for y in LABEL]},
        {"user_id": IDS, "ethnicity": pick("a", "b", "c"), "loyalty_tier": pick("basic", "gold")},
        {"id", "prediction", "label", "positive", "protected", "segments"},
    ),
    "unknown words": (
        {"user_id": IDS, "decision": [("lang", "kurz")[y] for y in YES]},
        {"user_id": IDS, "gender": GENDER},
        {"id", "prediction", "positive", "protected"},
    ),
    "booleans": (
        {"id": IDS, "prediction": [bool(y) for y in YES], "label": [bool(y) for y in LABEL]},
        {"id": IDS, "gender": GENDER},
        {"id", "prediction", "label", "positive", "protected"},
    ),
    "label of another kind": (
        {"id": IDS, "prediction": YES, "converted": [("no", "yes")[y] for y in LABEL]},
        {"id": IDS, "gender": GENDER},
        {"id", "prediction", "protected"},
    ),
    "label with gaps": (
        {"id": IDS, "prediction": YES, "label": [y if CHANCE.random() < 0.9 else "" for y in LABEL]},
        {"id": IDS, "gender": GENDER},
        {"id", "prediction", "label", "protected"},
    ),
    "only a score": (
        {"customer_id": IDS, "score": SCORE, "label": LABEL},
        {"customer_id": IDS, "gender": GENDER},
        {"id", "score", "threshold", "label", "protected"},
    ),
    "prices": (
        {"customer_id": IDS, "prediction": PRICE, "label": SPEND},
        {"customer_id": IDS, "gender": GENDER, "region": REGION},
        {"id", "prediction", "label", "protected", "segments"},
    ),
    "amounts spent": (
        {"customer_id": IDS, "prediction": YES, "response": SPEND},
        {"customer_id": IDS, "gender": GENDER},
        {"id", "prediction", "protected"},
    ),
    "counts": (
        {"gender": ["f", "f", "m", "m"], "prediction": [0, 1, 0, 1], "freq": [500, 400, 600, 500]},
        None,
        {"prediction", "count", "protected"},
    ),
    "odd names": (
        {'id "x"\n#': IDS, "prediction": YES},
        {'id "x"\n#': IDS, "gender": GENDER, "plan": pick("a\x1b[31m", "b")},
        {"id", "prediction", "protected", "segments"},
    ),
    "marital status only": (
        {"customer_id": IDS, "prediction": YES},
        {"customer_id": IDS, "marital_status": pick("married", "single")},
        {"id", "prediction", "protected"},
    ),
}


def write(folder: Path, name: str) -> list[str]:
    predictions, attributes, _ = SHAPES[name]
    files = []
    for file, columns in (("predictions.csv", predictions), ("customers.csv", attributes)):
        if columns is not None:
            write_csv(folder / file, list(columns), zip(*columns.values(), strict=True))
            files.append(file)
    return files


@pytest.mark.parametrize("name", SHAPES)
def test_what_init_writes_can_be_checked(call: Callable, folder: Path, name: str) -> None:
    files = write(folder, name)
    made = call("init", *files)
    assert made.code == 0, made.err
    policy = settings.load(folder / "fairaudit.toml")
    stated = {key.removeprefix("data.") for key in policy.origins if key.startswith("data.")}
    found = stated - {"outcome"} - ({"positive"} if policy.data.positive == "1" else set())
    assert found == SHAPES[name][2]
    done = call("check", *files, "--no-out", "--format", "json")
    assert done.code in (0, 1, 4), done.err
    document = json.loads(done.out)
    assert document["rules"]
    assert all(rule["worst"] is not None for rule in document["rules"])
    assert "\x1b" not in done.out + done.err + made.out + made.err


@pytest.mark.parametrize("name", SHAPES)
def test_its_lines_are_readable(call: Callable, folder: Path, name: str) -> None:
    made = call("init", *write(folder, name))
    text = (folder / "fairaudit.toml").read_text(encoding="utf-8")
    assert all(len(line) <= 80 for line in text.splitlines())
    assert all(len(line) <= 80 for line in made.out.splitlines())
    assert text.isascii()


def test_it_says_why_and_what_else(call: Callable, folder: Path) -> None:
    columns = {"customer_id": IDS, "prediction": YES, "label": LABEL, "converted": LABEL}
    write_csv(folder / "p.csv", list(columns), zip(*columns.values(), strict=True))
    people = {"customer_id": IDS, "gender": GENDER, "marital_status": pick("a", "b"), "newsletter": pick(0, 1)}
    write_csv(folder / "c.csv", list(people), zip(*people.values(), strict=True))
    call("init", "p.csv", "c.csv")
    text = (folder / "fairaudit.toml").read_text(encoding="utf-8")
    for words in (
        "the only column that both files",
        "named like a decision, two values",
        "named like an outcome, two values. CHECK",
        'Instead, perhaps: "converted"',
        "marital_status: perhaps by its name",
        "newsletter: 2 values",
        '# labels = "complete"',
    ):
        assert words in text.replace("\n# ", " ") or words in text, words


def test_the_next_command_is_told(call: Callable, fair: tuple[Path, Path]) -> None:
    assert all(path.exists() for path in fair)
    assert call("init", "predictions.csv", "customers.csv").out.splitlines()[-1].strip() == (
        "fairaudit check predictions.csv customers.csv"
    )
    made = call("init", "predictions.csv", "customers.csv", "-o", "my policy.toml")
    assert made.out.splitlines()[-1].strip() == (
        "fairaudit check predictions.csv customers.csv --policy 'my policy.toml'"
    )


def test_a_file_is_never_overwritten(call: Callable, fair: tuple[Path, Path], folder: Path) -> None:
    (folder / "fairaudit.toml").write_text("mine", encoding="utf-8")
    before = snapshot(folder)
    done = call("init", *fair)
    assert done.code == 2
    assert "not overwritten" in done.err
    assert call("init", *fair, "-o", "customers.csv").code == 2
    assert snapshot(folder) == before


def test_a_folder_that_does_not_exist_is_an_error(call: Callable, fair: tuple[Path, Path]) -> None:
    done = call("init", *fair, "-o", "nowhere/fairaudit.toml")
    assert done.code == 2
    assert "cannot be written" in done.err


def test_how_the_files_are_read_is_kept(call: Callable, folder: Path) -> None:
    rows = [(i, i % 2, ("Frau", "Mann", "-")[i % 3]) for i in range(600)]
    write_csv(folder / "p.csv", ("customer_id", "prediction", "gender"), rows, delimiter=";")
    call("init", "p.csv", "--null", "-", "--delimiter", "semicolon", "--encoding", "latin-1")
    data = settings.load(folder / "fairaudit.toml").data
    assert (data.null, data.delimiter, data.encoding) == (("", "-"), ";", "latin-1")
    done = call("check", "p.csv", "--no-out", "--format", "json")
    assert json.loads(done.out)["data"]["missing"]["attributes"] == {"gender": 200}


def test_what_it_cannot_find_is_left_to_be_filled_in(call: Callable, folder: Path) -> None:
    write_csv(folder / "p.csv", ("a", "b"), [(i, i % 2) for i in range(100)])
    write_csv(folder / "c.csv", ("c", "d"), [(i, i % 2) for i in range(100)])
    made = call("init", "p.csv", "c.csv")
    assert made.code == 0
    for role in ("id:", "prediction:", "protected:"):
        assert f"- {role}" in made.out
    settings.load(folder / "fairaudit.toml")
    assert call("check", "p.csv", "c.csv").code == 2


def test_a_score_on_another_scale_leaves_the_threshold_open(call: Callable, folder: Path) -> None:
    write_csv(folder / "p.csv", ("id", "score", "gender"), [(i, i % 40, "fm"[i % 2]) for i in range(800)])
    made = call("init", "p.csv")
    assert "- threshold:" in made.out
    assert "# threshold = " in (folder / "fairaudit.toml").read_text(encoding="utf-8")


def test_the_policy_of_a_fair_shop_passes(call: Callable, folder: Path) -> None:
    files = shop(folder, "fair")
    call("init", *files)
    assert call("check", *files, "--no-out").code == 0
