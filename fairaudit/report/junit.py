"""JUnit XML: a test case for each rule, for the pages that GitLab, Jenkins and others make of test results.

The file is red exactly where the exit code is not 0. A failed rule is a `failure`. An open rule is an `error` where the
policy stops at it, since the check could not be carried out; where the policy only warns it is `skipped`, since neither
GitLab nor Jenkins counts that as passed, and nothing is passed that was not decided.
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

from fairaudit.report import gate, names
from fairaudit.report.gate import Effect
from fairaudit.report.language import say
from fairaudit.report.words import Words

if TYPE_CHECKING:
    from collections.abc import Sequence

    from fairaudit.findings import Audit

_RESULT = {
    Effect.FAILS: "failure",
    Effect.BLOCKS: "error",
    Effect.WARNS: "skipped",
    Effect.EXPLORES: "skipped",
}


def render(audit: Audit) -> str:
    """Return the document; characters that XML forbids are spelled out as everywhere."""
    words = Words(audit)
    name = f"fairaudit: {words.show(audit.policy.name)}" if audit.policy.name else "fairaudit"
    suite = ET.Element("testsuite", name=name)
    for rule in audit.rules:
        effect = gate.effect(rule, audit)
        _case(suite, (f"fairaudit.{words.show(rule.metric)}", words.show(rule.id)), effect, gate.why(rule, words))
    whole = gate.as_a_whole(audit, words)
    if whole:
        _case(suite, ("fairaudit", say("the audit as a whole")), gate.of_open(audit), whole)
    root = ET.Element("testsuites", name=name)
    root.append(suite)
    for element in (root, suite):
        element.set("tests", str(len(suite)))
        for plural, tag in (("failures", "failure"), ("errors", "error"), ("skipped", "skipped")):
            element.set(plural, str(len(suite.findall(f"testcase/{tag}"))))
    ET.indent(root)
    return f'<?xml version="1.0" encoding="utf-8"?>\n{ET.tostring(root, encoding="unicode")}\n'


def _case(suite: ET.Element, name: tuple[str, str], effect: Effect, why: Sequence[str]) -> None:
    case = ET.SubElement(suite, "testcase", classname=name[0], name=name[1])
    lines = [names.harmless(line) for line in why]
    if effect in _RESULT:
        result = ET.SubElement(case, _RESULT[effect], message=lines[0])
        if effect in (Effect.FAILS, Effect.BLOCKS):
            result.set("type", "fail" if effect is Effect.FAILS else "inconclusive")
            result.text = "\n".join(lines)
    if effect not in (Effect.FAILS, Effect.BLOCKS):
        ET.SubElement(case, "system-out").text = "\n".join(lines)
