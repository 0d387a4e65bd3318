"""The first table of an experiment: its numbers are the record's, and only an experiment has one."""

import audits
from rows import recount

from fairaudit.policy import Policy
from fairaudit.report import html
from fairaudit.report.treatment import treatment_table
from fairaudit.report.words import Words
from fairaudit.verdict import judge

DATA = {"label": "bought", "treatment": "page", "control": "generic", "protected": ["g"]}
RULES = [{"metric": "benefit_parity", "max": 0.05}]


def experiment(**data):
    stated = Policy.parse({"data": {**DATA, **data}, "rule": RULES})
    rows = [
        {"g": g, "page": page, "bought": int(i < k)}
        for g, page, k in (("a", "generic", 20), ("a", "mine", 30), ("b", "generic", 25), ("b", "mine", 15))
        for i in range(100)
    ]
    return judge(recount(stated.spec(), rows), stated)


def test_every_group_has_its_outcome_with_and_without_and_what_it_gains():
    table = treatment_table(Words(experiment()))
    told = {line.name: tuple(cell.text for cell in line.cells) for line in table.lines}
    assert told["a"] == ("20.0 %", "30.0 %", "10.0 points", "50.0 %")
    assert told["b"] == ("25.0 %", "15.0 %", "-10.0 points", "-40.0 %")
    assert told["everybody"] == ("22.5 %", "22.5 %", "0.0 points", "0.0 %")


def test_only_an_experiment_has_the_table_and_says_whether_chance_decided():
    assert treatment_table(Words(audits.failing())) is None
    assert "no gain below is a proven effect" in html.render(experiment())
    assert "no gain below is a proven effect" not in html.render(experiment(randomized=True))
