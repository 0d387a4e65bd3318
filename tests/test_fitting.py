"""A cube under a policy: the same audit as of the data, or a refusal that says what is wrong and what to do."""

import json
import random
from dataclasses import replace
from pathlib import Path

import pytest
from rows import write_csv

import fairaudit
from fairaudit import Cube, DataError, UsageError, Verdict, api
from fairaudit.report import FORMATS

SAMPLE = Path(__file__).parents[1] / "sample_data"
APART = {"inputs", "notes", "versions"}
ROLES = {"id": "id", "label": "y", "labels": "complete", "prediction": "p", "score": "s"}
PEOPLE = {"protected": ["sex", "age", "sex*age"], "segments": ["region", "tier"], "bands": {"age": [40]}}
RULES = [{"metric": "disparate_impact"}, {"metric": "equal_opportunity"}]
CALIBRATED = {"metric": "calibration", "min": 0.8, "max": 1.25}
POLICY = {"data": {**ROLES, **PEOPLE}, "rule": RULES}


def made(seed, rows=400):
    chance = random.Random(seed)  # noqa: S311  test data
    return [
        {
            "id": chance.randrange(300),
            "y": chance.choice([0, 1]),
            "p": chance.choice([0, 1, 1]),
            "s": chance.randrange(1000) / 1000,
            "amount": chance.randrange(50),
            "w": chance.choice([0.5, 1, 2]),
            "sex": chance.choice(["f", "m", "m", None]),
            "age": chance.randrange(18, 80),
            "region": chance.choice(["N", "S"]),
            "tier": chance.choice(["a", "b", None]),
        }
        for _ in range(rows)
    ]


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    return write_csv(tmp_path_factory.mktemp("data") / "all.csv", made(1))


@pytest.fixture(scope="module")
def cube(data, tmp_path_factory):
    """Return the path of the cube of `POLICY`."""
    path = tmp_path_factory.mktemp("cube") / "day.cube"
    fairaudit.tabulate(data, policy=POLICY).save(path)
    return path


def record(audit):
    document = json.loads(FORMATS["json"](audit))
    return {key: value for key, value in document.items() if key not in APART}


def altered(**data):
    """Return `POLICY` with other values under [data]; None takes a key out."""
    values = {**POLICY["data"], **data}
    return {**POLICY, "data": {key: value for key, value in values.items() if value is not None}}


# --- the same audit as of the data ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "policy",
    [
        POLICY,
        altered(weight="w"),
        altered(outcome="harm", labels=None),
        altered(prediction=None, threshold=0.5),
        altered(prediction=None, threshold="median"),
        altered(id=None, segments=None),
        altered(score=None, label=None),
        altered(protected=["age", "tier*sex"], segments=["region"], bands={"age": [40], "amount": [5]}),
        {**altered(label="amount"), "rule": [{"metric": "mean_label", "compare": "ratio", "min": 0.8}]},
        {**altered(label="amount"), "rule": [{"metric": "disparate_impact"}]},
        {**POLICY, "rule": [CALIBRATED, {"metric": "auc_parity", "max": 0.1}, {"metric": "mean_score", "compare":
         "difference", "max": 0.1}], "groups": {"small": "report"}, "verdict": {"decide_on": "point"}},
    ],
)  # fmt: skip
def test_a_cube_under_its_own_policy_gives_the_audit_of_the_data(data, tmp_path, policy):
    fairaudit.tabulate(data, policy=policy).save(tmp_path / "day.cube")
    direct, again = fairaudit.audit(data, policy=policy), fairaudit.audit(tmp_path / "day.cube", policy=policy)
    assert record(again) == record(direct)
    assert (again.findings, again.groups, again.rules) == (direct.findings, direct.groups, direct.rules)


def test_the_sample_under_its_own_policy_gives_the_record_of_the_files_byte_by_byte(tmp_path):
    files, policy = (SAMPLE / "predictions.csv", SAMPLE / "customers.csv"), SAMPLE / "fairaudit.toml"
    fairaudit.tabulate(*files, policy).save(tmp_path / "day.cube")
    direct, again = fairaudit.audit(*files, policy), fairaudit.audit(tmp_path / "day.cube", policy=policy)
    for render in FORMATS.values():
        one, other = (render(replace(audit, notes=(), inputs={})) for audit in (direct, again))
        assert one == other
    assert (tmp_path / "day.cube").stat().st_size < 100_000


def test_without_a_policy_every_role_comes_from_the_cube(tmp_path):
    rows = [{"customer_id": i, "prediction": i // 2 % 2, "gender": "fm"[i % 2], "region": "NS"[i // 8 % 2]} for i in
            range(4000)]  # fmt: skip
    file = write_csv(tmp_path / "all.csv", rows)
    fairaudit.tabulate(file).save(tmp_path / "day.cube")
    direct, again = fairaudit.audit(file), fairaudit.audit(tmp_path / "day.cube")
    assert record(again) == record(direct)
    assert again.policy.origins["data.protected"] == "the cube"


def test_a_cube_in_memory_is_judged_as_its_file(data, cube):
    in_memory = fairaudit.audit(fairaudit.tabulate(data, policy=POLICY), policy={"rule": RULES})
    assert record(in_memory) == record(fairaudit.audit(cube, policy={"rule": RULES}))
    assert in_memory.notes[0].startswith("judged from a cube")
    assert in_memory.inputs["cube"]["name"] == "cube"


def test_a_stricter_policy_judges_the_same_counts_anew(data, cube):
    stricter = {"rule": [{"metric": "disparate_impact", "min": 0.99}], "groups": {"min_size": 5}}
    again = fairaudit.audit(str(cube), policy=stricter)
    direct = fairaudit.audit(data, policy={**POLICY, **stricter})
    assert record(again) == record(direct)
    assert again.verdict is not Verdict.PASS


@pytest.mark.parametrize(
    "part",
    [
        {"protected": ["age"], "segments": []},
        {"protected": ["age*sex", "age"], "segments": ["tier"]},
        {"protected": ["sex"], "segments": ["tier", "region"]},
    ],
)
def test_a_policy_may_ask_for_a_part_of_a_cube_in_any_order(data, cube, part):
    bands = {"bands": PEOPLE["bands"] if "age" in part["protected"] else {}}
    direct = fairaudit.audit(data, policy=altered(**part, **bands))
    again = fairaudit.audit(cube, policy={"data": {**part, **bands}, "rule": RULES})
    assert record(again) == record(direct)


def test_what_a_cube_says_of_its_outcome_holds_unless_the_policy_says_otherwise(data, tmp_path):
    fairaudit.tabulate(data, policy=altered(outcome="harm")).save(tmp_path / "harm.cube")
    assert fairaudit.audit(tmp_path / "harm.cube").policy.data.outcome == "harm"
    said = {"data": {"outcome": "benefit"}, "rule": RULES}
    assert fairaudit.audit(tmp_path / "harm.cube", policy=said).policy.data.outcome == "benefit"


def test_the_audit_says_that_it_was_judged_from_a_cube(cube):
    audit = fairaudit.audit(cube)
    assert audit.notes[0] == "judged from a saved cube; no data were read"
    known = audit.inputs["cube"]
    assert (known["name"], known["bytes"], known["format"]) == ("day.cube", cube.stat().st_size, "fairaudit.cube/1")
    assert len(known["sha256"]) == 64


def test_a_rehearsal_of_a_cube_is_that_of_the_data(data, cube):
    one, other = api.rehearse(data, policy=POLICY), api.rehearse(cube, policy=POLICY)
    assert (one.prospects, one.ledger) == (other.prospects, other.ledger)


# --- refused --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("stated", "said"),
    [
        ({"positive": 2}, 'positive: the policy says "2", the cube was counted with "1"'),
        ({"label": "amount"}, 'label: the policy says "amount", the cube was counted with "y"'),
        ({"threshold": 0.25, "score": "s"}, "threshold: the policy says 0.25, the cube was counted with none"),
        ({"weight": "w"}, 'weight: the policy says "w", the cube was counted with none'),
        ({"score_range": [0, 2]}, "score_range: the policy says 0, 2, the cube was counted with 0, 1"),
        ({"bands": {"age": [30, 50]}}, "bands of age: the policy says 30, 50, the cube was counted with 40"),
        ({"bands": {"tier": [40]}}, "bands of tier: the policy says 40, the cube was counted with none"),
        ({"protected": ["race"]}, 'it holds no groups of "race", only of "sex", "age", "region", "tier"'),
        ({"segments": ["sector"]}, 'it holds no groups of "sector", only of "sex", "age", "region", "tier"'),
        ({"protected": ["sex*tier", "sex"]}, "it does not hold the groups of sex by tier by region"),
        ({"protected": ["region"], "segments": ["tier"]}, "it does not hold the groups of region by tier"),
    ],
)
def test_a_policy_that_a_cube_does_not_fit_is_refused_with_what_is_wrong_and_what_to_do(cube, stated, said):
    with pytest.raises(DataError, match=r"^day\.cube: This cube does not fit the policy") as caught:
        fairaudit.audit(cube, policy={"data": stated, "rule": RULES})
    lines = str(caught.value).splitlines()
    assert f"  - {said}" in lines
    assert lines[-1] == "  fairaudit cube PREDICTIONS [ATTRIBUTES] --policy FILE --output NEW.cube"


@pytest.mark.parametrize(
    ("counted", "rule", "said"),
    [
        (altered(score=None), CALIBRATED, "a rule needs scores"),
        (altered(score=None), {"metric": "mean_score", "compare": "ratio", "min": 0.8}, "a rule needs scores"),
        (POLICY, {"metric": "mean_label", "compare": "ratio", "min": 0.8}, "a rule needs the mean of the label"),
        (
            {**altered(label="amount"), "rule": RULES[:1]},
            {"metric": "equal_opportunity"},
            "a rule needs the two values of the label",
        ),
        (
            {**altered(prediction=None), "rule": [CALIBRATED]},
            {"metric": "disparate_impact"},
            "a rule needs decisions",
        ),
        (POLICY, {"metric": "disparate_impact", "protected": ["race"]}, 'it holds no groups of "race"'),
    ],
)
def test_a_rule_that_a_cube_cannot_answer_is_refused(data, counted, rule, said):
    made = fairaudit.tabulate(data, policy=counted)
    with pytest.raises(DataError, match=f"(?s)the cube: This cube does not fit.*  - {said}"):
        fairaudit.audit(made, policy={"rule": [rule]})


def test_a_cube_without_its_scores_distribution_is_refused_where_a_rule_needs_it(data):
    job = api._job(data, None, POLICY)
    thin = job.tabulate(needed_only=True)
    assert thin.spec.curves == ()
    assert fairaudit.audit(thin, policy={"rule": RULES}).findings
    with pytest.raises(DataError, match="a rule needs scores"):
        fairaudit.audit(thin, policy={"rule": [CALIBRATED]})
    full = fairaudit.tabulate(data, policy=POLICY)
    bare = replace(full, spec=replace(full.spec, curves=((),)))
    assert not any(group.scores for group in fairaudit.audit(bare, policy={"rule": RULES}).groups[1:])
    with pytest.raises(DataError, match="a rule needs the distribution of the scores"):
        fairaudit.audit(bare, policy={"rule": [{"metric": "auc_parity", "max": 0.1}]})


def test_a_rule_on_a_label_that_nobody_named_is_not_evaluable_as_it_is_with_data(data):
    policy = altered(label=None, labels=None)
    mean = {"rule": [{"metric": "mean_label", "compare": "ratio", "min": 0.8}, *RULES]}
    again = fairaudit.audit(fairaudit.tabulate(data, policy=policy), policy=mean)
    assert record(again) == record(fairaudit.audit(data, policy={**policy, **mean}))
    assert again.verdict is Verdict.INCONCLUSIVE


def test_a_cube_that_does_not_say_who_is_protected_asks_for_it(cube):
    bare = replace(Cube.load(cube), spec=replace(Cube.load(cube).spec, protected=(), segments=()))
    with pytest.raises(DataError, match="state protected under"):
        fairaudit.audit(bare)
    assert fairaudit.audit(bare, policy={"data": {"protected": ["sex"]}}).groups


@pytest.mark.parametrize("others", ["attributes", "arrays", "cube first"])
def test_a_cube_is_judged_alone(data, cube, others):
    calls = {
        "attributes": lambda: fairaudit.audit(data, cube),
        "cube first": lambda: fairaudit.audit(cube, cube),
        "arrays": lambda: fairaudit.audit(cube, y_pred=[0, 1], sensitive_features=["f", "m"]),
    }
    with pytest.raises(UsageError, match="judged alone"):
        calls[others]()
