"""SARIF 2.1.0 (OASIS): what is not met as results of a scanner, at the rule's line in the policy file.

A failure is a result of kind "fail" and level "error". What is open is of kind "open", and the standard then asks for
level "none" (3.27.10). What is met is left out: readers that overlook the kind would raise an alarm for it.
"""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from fairaudit.metrics import METRICS
from fairaudit.report import gate, names
from fairaudit.report.gate import Effect
from fairaudit.report.language import say, term
from fairaudit.report.words import Words, sentence

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from fairaudit.findings import Audit, Finding, RuleResult

SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"


def render(audit: Audit) -> str:
    """Return the document: one run, a rule of it for each rule of the policy."""
    words = Words(audit, _shown, _literal)
    driver = {"name": "fairaudit", "rules": [_rule(rule, words) for rule in audit.rules]}
    if "fairaudit" in audit.versions:
        driver["version"] = audit.versions["fairaudit"]
    run = {
        "tool": {"driver": driver},
        # the tool did its work; what it found is not its success
        "invocations": [{"executionSuccessful": True}],
        "results": [*_results(audit, words)],
        "properties": {"verdict": audit.verdict.value, "exit_code": audit.exit_code},
    }
    document = {"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}
    return json.dumps(document, ensure_ascii=False, allow_nan=False, indent=1) + "\n"


def _shown(name: str) -> str:
    return _literal(names.visible(name))


def _literal(text: str) -> str:
    """Return a text for a message, in which brackets would make a link and braces a place to fill (3.11.5, 3.11.6)."""
    for special, spelled in (("\\", "\\\\"), ("[", "\\["), ("]", "\\]"), ("{", "{{"), ("}", "}}")):
        text = text.replace(special, spelled)
    return names.harmless(text)


def _rule(rule: RuleResult, words: Words) -> dict[str, Any]:
    shown = {"metric": words.show(rule.metric), "limit": words.limit(rule)}
    described_ = say("{metric}, limit {limit}", **shown) if rule.limit.stated else say("{metric}, no limit", **shown)
    metric = METRICS.get(rule.metric)
    described = {
        "id": names.visible(rule.id),
        "shortDescription": {"text": described_},
        "defaultConfiguration": {"level": "none" if rule.exploratory else "error"},
    }
    if metric is not None:
        described["fullDescription"] = {"text": sentence(term(metric.asks))}
        described["help"] = {"text": f"fairaudit explain {rule.metric}"}
    return described


def _results(audit: Audit, words: Words) -> Iterator[dict[str, Any]]:
    failures = words.failures()
    for index, rule in enumerate(audit.rules):
        effect = gate.effect(rule, audit)
        base = {"ruleId": names.visible(rule.id), "ruleIndex": index}
        if effect is Effect.FAILS:
            for finding, others in (one for one in failures if one[0].rule == rule.id):
                said = gate.failure(finding, others, words)
                yield {**base, **_result("fail", "error", [said]), **_where(rule.id, audit, finding)}
        elif effect in (Effect.BLOCKS, Effect.WARNS):
            yield {**base, **_result("open", "none", gate.why(rule, words)), **_where(rule.id, audit)}
        elif effect is Effect.EXPLORES and any(f.rule == rule.id for f in audit.discoveries):
            yield {**base, **_result("review", "none", gate.why(rule, words)), **_where(rule.id, audit)}
    for said in gate.as_a_whole(audit, words):
        yield {"ruleId": "fairaudit", **_result("open", "none", [said]), **_where("", audit)}


def _result(kind: str, level: str, said: Sequence[str]) -> dict[str, Any]:
    return {"kind": kind, "level": level, "message": {"text": " ".join(said)}}


def _where(rule: str, audit: Audit, finding: Finding | None = None) -> dict[str, Any]:
    """Return the rule's line, whom a result speaks of, and a fingerprint that stays while numbers move."""
    about = names.visible(rule) if rule else say("the whole audit")
    key = [rule]
    if finding is not None:
        about = f"{names.full(finding.group)}, {names.full(finding.segment, nobody=say('all customers'))}"
        # in every language the same
        key += [finding.estimand, names.full(finding.group, nobody="everybody")]
        key += [names.full(finding.segment, nobody="everybody")]
    location: dict[str, Any] = {"logicalLocations": [{"name": about}]}
    place = audit.policy.places.get(rule)
    if place is not None:
        location["physicalLocation"] = {
            "artifactLocation": {"uri": quote(place.file), "uriBaseId": "%SRCROOT%"},
            **({} if place.line is None else {"region": {"startLine": place.line}}),
        }
    print_ = hashlib.sha256("\n".join(key).encode("utf-8", "surrogatepass")).hexdigest()
    return {"locations": [location], "partialFingerprints": {"comparison/v1": print_}}
