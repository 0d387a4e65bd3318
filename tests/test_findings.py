"""findings: what an audit and a finding are at a Python prompt."""

from dataclasses import replace
from pathlib import Path

import fairaudit

SAMPLE = Path(__file__).parents[1] / "sample_data"


def test_an_audit_and_its_findings_are_a_line_each_at_the_prompt():
    files = SAMPLE / "predictions.csv", SAMPLE / "customers.csv"
    audit = fairaudit.audit(*files, policy=SAMPLE / "fairaudit.toml")
    count = f"findings={len(audit.findings)}, failures={len(audit.failures)}"
    assert repr(audit) == f"<Audit fail: rules=3, {count}>"
    first = audit.failures[0]
    assert (first.rule, first.group, first.segment) == ("offer-rate", {"gender": "female"}, {"lifecycle": "new"})
    assert repr(first) == (
        "<Finding 'offer-rate': selection rate of {'gender': 'female'} against {'gender': 'male'} "
        f"in {{'lifecycle': 'new'}} is {first.value:.4g}, fail>"
    )
    assert all("\n" not in repr(finding) for finding in audit.findings)


def test_a_finding_without_a_reference_or_a_value():
    rows = {"customer_id": ["a", "b"], "prediction": ["1", "0"], "g": ["x\x1b", "x\x1b"]}
    audit = fairaudit.audit(rows_of(rows), policy=policy())
    (finding,) = audit.findings
    assert finding.reference is None
    assert repr(finding) == (
        f"<Finding {finding.rule!r}: selection rate of {{'g': 'x\\x1b'}} is 0.5, {finding.verdict}>"
    )
    assert "is undefined" in repr(replace(finding, value=None))


def rows_of(columns):
    import pyarrow as pa

    return pa.table(columns)


def policy():
    return fairaudit.Policy.parse(
        {
            "data": {"id": "customer_id", "prediction": "prediction", "protected": ["g"]},
            "groups": {"min_size": 1},
            "rule": [{"metric": "selection_rate", "compare": "value", "min": 0.1}],
        }
    )
