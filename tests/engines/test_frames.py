"""Tables in memory are counted as the same rows in a file, whatever library holds them."""

import duckdb
import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from rows import recount

import fairaudit
from fairaudit.errors import DataError, UsageError
from fairaudit.policy import Policy

pytestmark = pytest.mark.usefixtures("any_head")

DATA = {"id": "id", "label": "y", "prediction": "p", "score": "s", "protected": ["sex"], "segments": ["tier"]}
POLICY = Policy.parse({"data": DATA, "rule": [{"metric": "disparate_impact"}]})


def rows(n=300):
    rng = np.random.default_rng(7)
    predictions = [
        {
            "id": f"{i:04d}",
            "p": None if i % 37 == 0 else int(rng.random() < 0.4),
            "y": None if i % 41 == 0 else int(rng.random() < 0.3),
            "s": None if i % 43 == 0 else float(rng.random()),
        }
        for i in range(n)
    ]
    people = [
        {"id": f"{i:04d}", "sex": [None, "f", "m"][i % 3], "tier": str(i % 2)} for i in rng.permutation(n + 20).tolist()
    ]
    return predictions, people


def as_pandas(table):
    return pd.DataFrame(table)


def as_pandas_of_objects(table):
    return pd.DataFrame(table).astype(object)


def as_pandas_of_arrow(table):
    return pd.DataFrame(table).convert_dtypes(dtype_backend="pyarrow")


def as_categories(table):
    frame = pd.DataFrame(table)
    return frame.astype({name: "category" for name in frame if name in ("sex", "tier")})


def with_a_named_index(table):
    return pd.DataFrame(table).set_index("id")


def with_an_unnamed_index(table):
    frame = pd.DataFrame(table)
    frame.index = frame.index[::-1]
    return frame


def as_relation(table):
    frame = pa.Table.from_pylist(table)
    return duckdb.from_arrow(frame)


class Stream:
    """Whatever has the Arrow C stream interface and nothing else."""

    def __init__(self, table):
        self.table = pa.Table.from_pylist(table)

    def __arrow_c_stream__(self, requested_schema=None):
        return self.table.__arrow_c_stream__(requested_schema)


FORMS = {
    "pandas": as_pandas,
    "pandas objects": as_pandas_of_objects,
    "pandas on Arrow": as_pandas_of_arrow,
    "pandas categories": as_categories,
    "pandas, named index": with_a_named_index,
    "pandas, unnamed index": with_an_unnamed_index,
    "polars": pl.DataFrame,
    "pyarrow": pa.Table.from_pylist,
    "duckdb": as_relation,
    "stream": Stream,
}


@pytest.mark.parametrize("form", FORMS)
def test_every_library_gives_the_recount(form):
    predictions, people = rows()
    cube = fairaudit.tabulate(FORMS[form](predictions), FORMS[form](people), POLICY)
    assert cube == recount(POLICY.spec(), predictions, people)


def test_a_frame_beside_a_file(tmp_path):
    predictions, people = rows()
    pd.DataFrame(people).to_csv(tmp_path / "people.csv", index=False)
    cube = fairaudit.tabulate(pl.DataFrame(predictions), tmp_path / "people.csv", POLICY)
    assert cube == recount(POLICY.spec(), predictions, people)


def test_frames_are_joined_by_the_id_and_not_by_their_place():
    predictions, people = rows(60)
    shuffled = pd.DataFrame(people).sample(frac=1, random_state=3)
    assert fairaudit.tabulate(pd.DataFrame(predictions), shuffled, POLICY) == fairaudit.tabulate(
        pd.DataFrame(predictions), pd.DataFrame(people), POLICY
    )


def test_a_frame_is_not_changed_and_may_be_audited_twice():
    frame = pd.DataFrame([{**p, "sex": "fm"[i % 2], "tier": "a"} for i, p in enumerate(rows()[0])]).set_index("id")
    before = frame.copy()
    audits = [fairaudit.audit(frame, policy=POLICY) for _ in range(2)]
    pd.testing.assert_frame_equal(frame, before)
    assert audits[0] == audits[1]
    assert audits[0].inputs == {"predictions": {"name": "predictions", "rows": 300}}


def test_repeated_customers_in_frames():
    predictions, people = rows(60)
    cube = fairaudit.tabulate(pl.DataFrame(predictions * 3), pd.DataFrame(people), POLICY)
    assert cube == recount(POLICY.spec(), predictions * 3, people)


def test_roles_are_guessed_in_a_frame_as_in_a_file():
    frame = pd.DataFrame({"customer_id": range(400), "offered": [0, 1] * 200, "gender": ["f", "m", "m", "f"] * 100})
    found = fairaudit.audit(frame, policy={"rule": [{"metric": "disparate_impact"}]})
    assert found.policy.data.prediction == "offered"
    assert found.policy.data.protected == ("gender",)


def test_what_is_in_doubt_is_asked_without_a_command_that_needs_files():
    with pytest.raises(UsageError, match="some columns must be named") as caught:
        fairaudit.audit(pd.DataFrame({"a": [1, 2], "b": [3, 4]}))
    assert "fairaudit init" not in str(caught.value)


@pytest.mark.parametrize(
    ("frame", "error", "message"),
    [
        (pd.DataFrame({"p": [1, "secret", 2.5]}), DataError, "mixes kinds of values"),
        (pd.DataFrame({1: [1, 0]}), DataError, "text as its name"),
        (pd.DataFrame([[1, 0]], columns=["p", "p"]), DataError, "Two columns"),
        (pa.table([pa.array([1]), pa.array([0])], names=["p", "p"]), DataError, "Two columns"),
        (pd.DataFrame(), DataError, "no columns"),
        (pd.DataFrame({"p": pd.Series([], dtype=int)}), DataError, "no rows"),
        ({"p": [1, 0]}, UsageError, "neither a file nor a frame"),
        (42, UsageError, "neither a file nor a frame"),
        (None, UsageError, "neither a file nor a frame"),
    ],
)
def test_what_is_no_sound_frame_is_refused_without_a_value(frame, error, message):
    with pytest.raises(error, match=message) as caught:
        fairaudit.tabulate(frame, policy={"data": {"prediction": "p", "protected": ["p"]}})
    assert "secret" not in str(caught.value)


def test_the_row_of_a_fault_in_a_frame_is_named():
    frame = pl.DataFrame({"p": ["1", "0", "1", "maybe"], "g": ["a", "b", "a", "b"]})
    with pytest.raises(DataError) as caught:
        fairaudit.tabulate(frame, policy={"data": {"prediction": "p", "protected": ["g"]}})
    assert (caught.value.file, caught.value.line, caught.value.column) == ("predictions", 4, "p")
