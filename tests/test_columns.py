"""columns: what is proposed from names and contents, and what an audit takes without asking."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from fairaudit.column_names import like_an_id, plain
from fairaudit.columns import GUESSED, propose, resolve
from fairaudit.engines import Column, Description, Source
from fairaudit.errors import UsageError
from fairaudit.policy import Policy
from fairaudit.settings import preset

if TYPE_CHECKING:
    from collections.abc import Collection


def column(name: str, *values: str) -> Column:
    """Return a text column with some values, each found ten times."""
    return Column(name, "text", 0, len(values), tuple((value, 10) for value in values))


def number(name: str, distinct: int, low: float, high: float, *, whole: bool = False) -> Column:
    """Return a column of numbers spread evenly."""
    quartiles = tuple(low + (high - low) * i / 4 for i in (1, 2, 3)) if distinct > 12 else ()
    values = tuple((f"{i}", 10) for i in range(distinct)) if distinct <= 50 else ()
    return Column(name, "text", 0, distinct, values, True, whole, low, high, quartiles)


def file(name: str, *columns: Column) -> Description:
    return Description(Source(Path(name)), "csv", "utf-8", ",", False, 1000, columns)


ID = number("customer_id", 1000, 1, 1000, whole=True)
PREDICTIONS = file(
    "predictions.csv", ID, number("score", 900, 0, 1), column("prediction", "0", "1"), column("bought", "0", "1")
)
CUSTOMERS = file(
    "customers.csv", ID, column("gender", "f", "m"), column("age_band", "18-29", "30+"), column("region", "N", "S")
)


class Files:
    """An engine that knows descriptions and writes down what is scanned."""

    def __init__(self, *files: Description) -> None:
        self.files = {description.source.path: description for description in files}
        self.scanned: list[tuple[str, ...] | None] = []

    def describe(self, source: Source, scan: Collection[str] | None = None) -> Description:
        self.scanned.append(None if scan is None else tuple(sorted(scan)))
        found = self.files[source.path]
        seen = tuple(c if scan is None or c.name in scan else Column(c.name, c.kind) for c in found.columns)
        return Description(found.source, "csv", "utf-8", ",", False, None if scan == () else found.rows, seen)

    def tabulate(self, *_: object) -> None:
        raise AssertionError("columns only describes")


def resolved(policy: Policy, *files: Description) -> tuple[Policy, tuple[str, ...], Files]:
    engine = Files(*files)
    sources = [description.source for description in files]
    second = sources[1] if len(sources) > 1 else None
    return *resolve(policy, sources[0], second, engine), engine


def policy(rules: list[dict[str, object]] | None = None, **data: object) -> Policy:
    return Policy.parse({"data": data, "rule": rules or preset("personalization").values["rule"]})


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("customer_id", "customer_id"),
        ("CustomerID", "customer_id"),
        ("customer-id", "customer_id"),
        (" Age Band ", "age_band"),
        ("yHat", "y_hat"),
        ("", ""),
        ("\u00e4", ""),
    ],
)
def test_names_are_compared_in_one_form(name: str, expected: str) -> None:
    assert plain(name) == expected


@pytest.mark.parametrize("name", ["id", "customer_id", "UserId", "email", "contact_email", "iban", "client", "phone"])
def test_names_of_ids(name: str) -> None:
    assert like_an_id(name)


@pytest.mark.parametrize("name", ["gender", "paid", "valid", "identity", "keyword", "hybrid"])
def test_names_of_no_ids(name: str) -> None:
    assert not like_an_id(name)


def test_every_role_of_two_ordinary_files_is_proposed() -> None:
    found = propose(PREDICTIONS, CUSTOMERS)
    roles = {
        role: [guess.column for guess in found.of(role)] for role in ("id", "prediction", "score", "label", "count")
    }
    assert roles == {
        "id": ["customer_id"],
        "prediction": ["prediction"],
        "score": ["score"],
        "label": ["bought"],
        "count": [],
    }
    assert [guess.column for guess in found.certain("protected")] == ["gender", "age_band"]
    assert [guess.column for guess in found.certain("segments")] == ["region"]
    assert not found.of("bands")
    assert not found.of("positive")


def test_every_guess_has_a_reason() -> None:
    assert all(guess.reason for guess in propose(PREDICTIONS, CUSTOMERS).guesses)


def test_a_label_is_never_certain() -> None:
    assert not propose(file("p", column("label", "0", "1"))).certain("label")


def test_of_two_shared_columns_the_only_id_joins() -> None:
    a = file("a", ID, column("region", "N", "S"), column("prediction", "0", "1"))
    b = file("b", ID, column("region", "N", "S"))
    ids = propose(a, b).of("id")
    assert [(guess.column, guess.certain) for guess in ids] == [("customer_id", True), ("region", False)]


def test_of_two_shared_ids_none_is_certain() -> None:
    both = (ID, number("household_id", 500, 1, 500))
    assert [g.column for g in propose(file("a", *both), file("b", *both)).of("id")] == ["customer_id", "household_id"]
    assert not propose(file("a", *both), file("b", *both)).certain("id")


def test_two_decisions_leave_doubt() -> None:
    found = propose(file("p", column("prediction", "0", "1"), column("decision", "0", "1")))
    assert len(found.of("prediction")) == 2
    assert not found.certain("prediction")


def test_a_decision_with_many_values_comes_last_and_is_not_certain() -> None:
    found = propose(file("p", number("pred", 400, 0, 90), column("decision", "0", "1")))
    assert [guess.column for guess in found.of("prediction")] == ["decision", "pred"]
    assert not propose(file("p", number("pred", 400, 0, 90))).certain("prediction")


def test_a_score_outside_0_to_1_is_not_certain() -> None:
    assert not propose(file("p", number("score", 10, 1, 10))).certain("score")
    assert not propose(file("p", column("score", "low", "high"))).of("score")


def test_numeric_age_needs_bands_and_gets_a_proposal() -> None:
    found = propose(PREDICTIONS, file("c", ID, number("age", 60, 18, 58, whole=True)))
    assert [(g.column, g.certain) for g in found.of("protected")] == [("age", False)]
    assert [g.cuts for g in found.of("bands")] == [(25.0, 40.0)]


def test_other_numbers_get_their_quartiles_as_bands() -> None:
    found = propose(PREDICTIONS, file("c", ID, number("age_group", 60, 0, 200)))
    assert found.of("bands")[0].cuts == (50.0, 100.0, 150.0)


def test_without_a_range_no_bands_are_proposed() -> None:
    odd = Column("age", "text", 0, 60, (), numeric=True)
    assert not propose(PREDICTIONS, file("c", ID, odd)).of("bands")


def test_an_age_that_stands_there_in_groups_as_well_is_left_out() -> None:
    found = propose(PREDICTIONS, file("c", ID, number("age", 60, 18, 90), column("age_band", "18-29", "30+")))
    assert [guess.column for guess in found.of("protected")] == ["age_band"]


@pytest.mark.parametrize("values", [("only",), tuple(f"v{i}" for i in range(60))])
def test_a_protected_column_with_one_or_too_many_values_is_not_certain(values: tuple[str, ...]) -> None:
    found = propose(PREDICTIONS, file("c", ID, column("gender", *values)))
    assert [(guess.column, guess.certain) for guess in found.of("protected")] == [("gender", False)]


def test_marital_status_is_a_question() -> None:
    found = propose(PREDICTIONS, file("c", ID, column("marital_status", "married", "single")))
    assert [(guess.column, guess.certain) for guess in found.of("protected")] == [("marital_status", False)]
    assert not found.of("segments")


def test_other_columns_with_few_values_are_segments_to_choose_from() -> None:
    found = propose(PREDICTIONS, file("c", ID, column("newsletter", "0", "1"), number("visits", 40, 0, 39)))
    assert [(guess.column, guess.certain) for guess in found.of("segments")] == [("newsletter", False)]


def test_a_table_of_counts() -> None:
    table = file("t", column("gender", "f", "m"), column("prediction", "0", "1"), number("freq", 4, 1, 90, whole=True))
    assert [guess.column for guess in propose(table).of("count")] == ["freq"]


@pytest.mark.parametrize(
    ("values", "yes"), [(("no", "yes"), "yes"), (("False", "True"), "True"), (("0.0", "1.0"), "1.0")]
)
def test_the_value_that_means_yes(values: tuple[str, str], yes: str) -> None:
    guesses = propose(file("p", column("prediction", *values))).certain("positive")
    assert [guess.value for guess in guesses] == [yes]


@pytest.mark.parametrize("values", [("a", "b"), ("yes", "1"), ("0", "1")])
def test_no_value_for_yes_is_proposed_where_it_is_open_or_the_default(values: tuple[str, str]) -> None:
    assert not propose(file("p", column("prediction", *values))).of("positive")


def test_an_open_policy_is_filled_and_each_column_is_told() -> None:
    full, notes, _ = resolved(policy(), PREDICTIONS, CUSTOMERS)
    assert full.data.id == "customer_id"
    assert full.data.prediction == "prediction"
    assert full.data.score == "score"
    assert full.data.label is None
    assert full.data.protected == ("gender", "age_band")
    assert full.data.segments == ("region",)
    for name in ("customer_id", "prediction", "score", "gender", "age_band", "region"):
        assert sum(f'"{name}"' in note for note in notes) == 1
    assert any("--label bought" in note for note in notes)
    keys = ("data.id", "data.prediction", "data.score", "data.protected", "data.segments")
    assert {key: full.origins[key] for key in keys} == dict.fromkeys(keys, GUESSED)


def test_only_columns_with_a_telling_name_are_scanned() -> None:
    odd = file("c", ID, column("gender", "f", "m"), column("diagnosis", "a", "b"))
    _, _, engine = resolved(policy(), PREDICTIONS, odd)
    assert all("diagnosis" not in scan for scan in engine.scanned if scan)


@pytest.mark.parametrize("label", [None, "bought"])
def test_a_policy_that_names_everything_reads_no_values(label: str | None) -> None:
    stated = policy(id="customer_id", prediction="prediction", protected=["gender"], label=label)
    full, notes, engine = resolved(stated, PREDICTIONS, CUSTOMERS)
    assert full is stated
    assert notes == ()
    assert all(scan == () for scan in engine.scanned)


def test_the_id_is_taken_by_names_alone() -> None:
    full, notes, engine = resolved(policy(prediction="prediction", protected=["gender"]), PREDICTIONS, CUSTOMERS)
    assert full.data.id == "customer_id"
    assert len(notes) == 1
    assert all(scan == () for scan in engine.scanned)


def test_in_one_file_an_id_is_taken_since_customers_may_repeat() -> None:
    one = file("one.csv", ID, column("prediction", "0", "1"), column("gender", "f", "m"))
    full, _, _ = resolved(policy(prediction="prediction", protected=["gender"]), one)
    assert full.data.id == "customer_id"


def test_one_file_without_an_id_needs_none() -> None:
    one = file("one.csv", column("prediction", "0", "1"), column("gender", "f", "m"))
    stated = policy(prediction="prediction", protected=["gender"])
    assert resolved(stated, one)[0] is stated


@pytest.mark.parametrize("data", [{"segments": ["id"]}, {"count": "freq"}])
def test_in_one_file_no_id_is_taken_from_another_role(data: dict[str, object]) -> None:
    one = file("one.csv", column("id", "a", "b"), column("prediction", "0", "1"), column("gender", "f", "m"))
    stated = policy(prediction="prediction", protected=["gender"], **data)
    assert resolved(stated, one)[0] is stated


def test_a_protected_column_is_no_id_though_both_files_have_it() -> None:
    both = column("gender", "f", "m")
    found = propose(file("a", both, column("prediction", "0", "1")), file("b", both, column("region", "N", "S")))
    assert not found.certain("id")


def test_a_stated_value_is_never_replaced() -> None:
    stated = policy(prediction="bought", positive="0", protected=["region"])
    full, _, _ = resolved(stated, PREDICTIONS, CUSTOMERS)
    assert (full.data.prediction, full.data.positive, full.data.protected) == ("bought", "0", ("region",))
    assert full.data.segments == ()


def test_the_value_for_yes_goes_with_a_guessed_decision() -> None:
    words = file("predictions.csv", ID, column("decision", "no", "yes"))
    assert resolved(policy(), words, CUSTOMERS)[0].data.positive == "yes"
    assert resolved(policy(positive="no"), words, CUSTOMERS)[0].data.positive == "no"


def doubt(stated: Policy, *files: Description) -> str:
    with pytest.raises(UsageError) as raised:
        resolved(stated, *files)
    return str(raised.value)


def test_a_doubt_ends_with_the_command_that_helps() -> None:
    odd = file("my predictions.csv", ID, column("choice", "0", "1"))
    text = doubt(policy(), odd, CUSTOMERS)
    assert text.splitlines()[-1].strip() == "fairaudit init 'my predictions.csv' customers.csv"
    assert "--prediction COLUMN" in text


def test_no_shared_column_is_a_doubt() -> None:
    other = file("customers.csv", column("client", "a"), column("gender", "f", "m"))
    assert "--id COLUMN" in doubt(policy(), PREDICTIONS, other)


def test_two_possible_ids_are_a_doubt() -> None:
    both = (ID, number("household_id", 500, 1, 500))
    a, b = file("a", *both, column("prediction", "0", "1")), file("b", *both, column("gender", "f", "m"))
    assert '"customer_id", "household_id"' in doubt(policy(), a, b)


def test_numeric_age_is_a_doubt_that_proposes_bands() -> None:
    people = file("customers.csv", ID, column("gender", "f", "m"), number("age", 60, 18, 90, whole=True))
    assert "--band age=25,40,60" in doubt(policy(), PREDICTIONS, people)


def test_an_age_with_one_value_is_a_doubt_without_bands() -> None:
    people = file("customers.csv", ID, column("gender", "f", "m"), column("age", "18"))
    assert '"age" should be protected' in doubt(policy(), PREDICTIONS, people)


def test_nobody_to_protect_is_a_doubt() -> None:
    assert "--protected COLUMN" in doubt(policy(), PREDICTIONS, file("customers.csv", ID, column("region", "N", "S")))


def test_a_table_of_counts_is_a_doubt() -> None:
    table = file(
        "t.csv", column("gender", "f", "m"), column("prediction", "0", "1"), number("freq", 4, 1, 90, whole=True)
    )
    assert "--count freq" in doubt(policy(), table)


def test_a_missing_score_is_a_doubt_only_where_a_rule_needs_it() -> None:
    plain_file = file("predictions.csv", ID, column("prediction", "0", "1"))
    resolved(policy(), plain_file, CUSTOMERS)
    rule = [{"metric": "calibration", "min": 0.8, "max": 1.25}]
    assert "--score COLUMN" in doubt(policy(rule), plain_file, CUSTOMERS)


def test_columns_that_are_perhaps_protected_are_told_and_left_out() -> None:
    people = file("customers.csv", ID, column("gender", "f", "m"), column("marital_status", "a", "b"))
    full, notes, _ = resolved(policy(), PREDICTIONS, people)
    assert full.data.protected == ("gender",)
    assert any('"marital_status" is not taken' in note for note in notes)


AMOUNTS = file("p.csv", ID, number("price", 400, 1, 900), number("spend", 300, 0, 800), column("prediction", "0", "1"))


def kinds(stated: Policy) -> tuple[str, str]:
    full, _, _ = resolved(stated, AMOUNTS, CUSTOMERS)
    spec = full.spec()
    return spec.label_kind, spec.prediction_kind


SELECTION = [{"metric": "disparate_impact"}]
AVERAGE = [{"metric": "mean_prediction", "compare": "ratio", "min": 0.8, "max": 1.25}]


def test_a_label_that_no_rule_needs_is_taken_as_it_is() -> None:
    stated = policy(SELECTION, id="customer_id", prediction="prediction", label="spend", protected=["gender"])
    assert kinds(stated) == ("number", "binary")


def test_a_prediction_that_is_averaged_is_a_number_and_the_label_with_it() -> None:
    stated = policy(AVERAGE, id="customer_id", prediction="price", label="spend", protected=["gender"])
    assert kinds(stated) == ("number", "number")


def test_a_label_with_two_values_stays_so() -> None:
    stated = policy(SELECTION, id="customer_id", prediction="prediction", label="prediction", protected=["gender"])
    assert kinds(stated) == ("binary", "binary")


def test_a_label_that_a_rule_needs_is_not_looked_at() -> None:
    rules = [{"metric": "equal_opportunity"}]
    stated = policy(rules, id="customer_id", prediction="prediction", label="spend", protected=["gender"])
    full, _, engine = resolved(stated, AMOUNTS, CUSTOMERS)
    assert full.spec().label_kind == "binary"
    assert engine.scanned == []


def test_a_column_that_is_in_no_file_is_left_to_the_engine() -> None:
    stated = policy(SELECTION, id="customer_id", prediction="prediction", label="nowhere", protected=["gender"])
    assert kinds(stated) == ("binary", "binary")


def test_a_rule_about_a_column_that_was_not_guessed_is_an_error() -> None:
    rules = [{"metric": "disparate_impact", "protected": ["race"]}]
    with pytest.raises(UsageError, match="race"):
        resolved(policy(rules), PREDICTIONS, CUSTOMERS)
