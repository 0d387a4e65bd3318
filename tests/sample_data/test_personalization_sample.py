"""The sample of personalization: the committed files are what their script writes, and hold what is planted there."""

import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest

import fairaudit
from fairaudit import settings
from fairaudit.findings import Verdict

SAMPLE = Path(__file__).resolve().parents[2] / "sample_data"
README = (SAMPLE / "README.md").read_text(encoding="utf-8")
VISITS = pd.read_csv(SAMPLE / "experiment.csv")
SALES = pd.read_csv(SAMPLE / "prices.csv")


def audited(name):
    return fairaudit.audit(SAMPLE / f"{name}.csv", None, settings.load(SAMPLE / f"{name}.toml", {}))


def test_the_files_are_what_the_script_writes(tmp_path):
    script = SAMPLE / "make_personalization.py"
    subprocess.run([sys.executable, str(script), str(tmp_path)], check=True)  # noqa: S603  our own script
    for name in ("experiment.csv", "prices.csv"):
        assert (tmp_path / name).read_bytes() == (SAMPLE / name).read_bytes()


def test_the_page_helps_everybody_but_the_oldest_and_the_audit_finds_them():
    share = VISITS.pivot_table(index="age_band", columns="page", values="bought", aggfunc="mean")
    gain = share.personalized - share.generic
    audit = audited("experiment")
    for age, value in gain.items():
        row = next(g for g in audit.groups if g.group == {"age_band": age})
        assert row.metrics["uplift"].value == pytest.approx(value, abs=1e-12)
        assert f"| {age} | {100 * share.generic[age]:.1f} % | {100 * share.personalized[age]:.1f} % |" in README
    assert {rule.id: rule.verdict for rule in audit.rules} == {
        "gains-alike": Verdict.FAIL,
        "nobody-loses": Verdict.FAIL,
    }
    assert {f.group["age_band"] for f in audit.failures if f.rule == "nobody-loses"} == {"65+"}
    assert all("65+" in (f.group["age_band"], f.reference["age_band"]) for f in audit.failures if f.reference)


def test_one_price_for_women_and_men_but_not_for_the_oldest():
    mean = SALES.groupby("gender").price.mean()
    assert mean.female / mean.male > 1.3, "the mix of products"
    audit = audited("prices")
    within = {"".join(f.group.values()): f for f in reversed(audit.findings)}  # the one against the best comes first
    assert within["female" if "female" in within else "male"].verdict is Verdict.PASS
    assert {f.group["age_band"] for f in audit.failures} == {"65+"}
    shares = SALES["product"].value_counts(normalize=True)
    prices = SALES.groupby(["age_band", "product"]).price.mean().unstack().mul(shares).sum(axis=1)
    assert within["65+"].value == pytest.approx(prices["65+"] / prices.min(), rel=1e-9)
    assert f"{prices['65+'] / prices.min():.2f} times" in README
    assert f"{mean.female / mean.male:.2f} times" in README
