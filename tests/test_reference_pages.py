"""The reference in docs/reference/ is made from the code: each generated part is what the code says today."""

from __future__ import annotations

import ast
import inspect
import json
import re
from functools import cache
from itertools import pairwise

import click
import pages
import pytest

from fairaudit import errors, findings, ledger
from fairaudit.__main__ import INTERNAL, PIPE_CLOSED, SIGNALLED
from fairaudit.cli import toml
from fairaudit.cli.commands import COMMANDS, group
from fairaudit.cli.metrics import usual_limit
from fairaudit.fairlearn_names import ALIASES
from fairaudit.metrics import METRICS
from fairaudit.policy import Policy

_PART = re.compile(r"<!-- generated: (?P<name>[\w-]+) -->\n(?P<text>.*?)<!-- end -->\n", re.DOTALL)


def cell(text):
    """Return a text for a cell of a Markdown table."""
    return text.replace("|", "\\|").replace("\n", " ")


def table(head, rows):
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(cell(part) for part in line).rstrip() + " |" for line in lines) + "\n"


# the policy file


def kind(schema):
    """Return what a value of a JSON Schema is, in words."""
    if "anyOf" in schema:
        return " or ".join(dict.fromkeys(kind(part) for part in schema["anyOf"] if part.get("type") != "null"))
    if "const" in schema or "enum" in schema:
        return ", ".join(f"`{toml.value(one)}`" for one in schema.get("enum", [schema.get("const")]))
    if schema["type"] == "array":
        return "two numbers" if "prefixItems" in schema else f"list of {kind(schema['items'])}s"
    if schema["type"] == "object":
        return "table"
    words = {"string": "text", "integer": "whole number", "number": "number", "boolean": "`true`, `false`"}
    return words[schema["type"]] + span(schema)


def span(schema):
    low, high = schema.get("minimum"), schema.get("maximum")
    if "exclusiveMinimum" in schema:
        return f", above {schema['exclusiveMinimum']} and below {schema['exclusiveMaximum']}"
    if high is not None:
        return f", {low} to {high}"
    return "" if low is None else f", {low} or more"


def key_row(name, schema):
    """Return a key's cells: a meaning that ends in "Unsaid: ..." gives the default in words."""
    meaning, _, unsaid = schema["description"].partition(" Unsaid: ")
    limits = {"min", "max"} & {name}
    type_ = "number" if limits else kind(schema)
    default = schema.get("default", {} if schema.get("type") == "object" else None)
    shown = unsaid.rstrip(".") or ("none" if default in (None, {}, []) else f"`{toml.value(default)}`")
    return f"`{name}`", type_, shown, meaning


def keys(section):
    schema = Policy.model_json_schema(by_alias=True)
    found = schema["properties"] if section == "top" else schema["$defs"][section]["properties"]
    chosen = {name: one for name, one in found.items() if name not in ("data", "groups", "verdict", "rule")}
    required = schema["$defs"].get(section, {}).get("required", ())
    rows = [key_row(name, one) for name, one in chosen.items()]
    return table(
        ("key", "type", "default", "meaning"),
        [(n, t, "required" if n.strip("`") in required else d, m) for n, t, d, m in rows],
    )


# audit.json

SCHEMA = json.loads((pages.ROOT / "fairaudit" / "report" / "audit.schema.json").read_text(encoding="utf-8"))
DECLARED = {
    "data": ledger.Ledger,
    "group": findings.Group,
    "measured": findings.Measured,
    "finding": findings.Finding,
    "rule": findings.RuleResult,
    "paradox": findings.Paradox,
    "standardised": findings.Standardised,
    "not_evaluable": findings.NotEvaluable,
    "significance": findings.Significance,
    "correction": findings.Correction,
    "score bin": findings.ScoreBin,
}
"""Where the text below a field says what the schema does not."""


@cache
def said(of):
    """Return what stands below each field of a class."""
    body = ast.parse(inspect.getsource(of)).body[0].body
    return {
        field.target.id: text.value.value
        for field, text in pairwise(body)
        if isinstance(field, ast.AnnAssign) and isinstance(text, ast.Expr) and isinstance(text.value, ast.Constant)
    }


def plain(text):
    """Return the text of a docstring as that of a page, on one line."""
    return re.sub(r"\bNone\b", "null", " ".join(text.split()))


def shape(schema):
    """Return what a value of audit.json is, in words."""
    if "$ref" in schema:
        name = schema["$ref"].rpartition("/")[2]
        simple = {"count": "whole number", "names": "names", "number": "number", "interval": "two numbers"}
        target = SCHEMA["$defs"][name]
        if name in simple:
            return simple[name] + (" or null" if name in ("number", "interval") else "")
        return shape(target) if "properties" not in target else f"[{name}](#{name})"
    if "anyOf" in schema:
        return " or ".join(dict.fromkeys(shape(part) for part in schema["anyOf"]))
    if "const" in schema or "enum" in schema:
        return ", ".join(f"`{json.dumps(one)}`" for one in schema.get("enum", [schema.get("const")]))
    return shape_of_type(schema)


def shape_of_type(schema):
    of = schema["type"]
    if isinstance(of, list):
        return " or ".join(shape({"type": one}) for one in of)
    if of == "array":
        return f"list of {shape(schema['items'])}"
    if of == "object":
        inner = schema.get("additionalProperties")
        return f"name → {shape(inner)}" if isinstance(inner, dict) else "object"
    return {"string": "text", "integer": "whole number", "boolean": "true or false", "null": "null"}.get(of, of)


def fields(schema, declared=None):
    """Yield the rows of an object's fields; those of an object within it follow with a dot."""
    for name, one in schema["properties"].items():
        meaning = one.get("description") or ("" if declared is None else said(declared).get(name, ""))
        many = one.get("type") == "array"
        nested = next((part for part in one.get("anyOf", ()) if "properties" in part), one.get("items", one))
        inside = "properties" in nested and "$ref" not in nested
        yield f"`{name}`", "list of objects" if inside and many else shape(one), plain(meaning)
        if inside:
            mark = f"`{name}[]." if many else f"`{name}."
            inner = findings.ScoreBin if name == "scores" else findings.Standardised if name == "standardised" else None
            yield from ((mark + key.strip("`") + "`", *rest) for key, *rest in fields(nested, inner))


def record():
    parts = [table(("key", "type", "meaning"), fields(SCHEMA))]
    for name, one in SCHEMA["$defs"].items():
        if one.get("properties") and name != "policy":
            about = f"{one['description']}\n\n" if "description" in one else ""
            parts.append(f"### {name}\n\n{about}{table(('key', 'type', 'meaning'), fields(one, DECLARED.get(name)))}")
    return "\n".join(parts)


# exit codes


def exit_codes():
    def first(of):
        return inspect.getdoc(of).splitlines()[0]

    def code(of):
        return str(of.exit_code)

    rows = [
        (
            "0",
            "PASS",
            'also INCONCLUSIVE with `on_inconclusive = "warn"`, any verdict with `--exit-zero`, '
            "and every other command that did its work",
        ),
        ("1", "FAIL", "a group is proven to be treated worse than a limit allows; nothing else ends with 1"),
        (code(errors.UsageError), "`UsageError`", first(errors.UsageError)),
        (code(errors.DataError), "`DataError`", first(errors.DataError)),
        ("4", "INCONCLUSIVE", "nothing is proven, or a required comparison is open"),
        (code(errors.EngineError), "`EngineError`", first(errors.EngineError)),
        (str(INTERNAL), "internal error", "a fault of fairaudit itself; it says nothing about the model"),
        (f"{SIGNALLED + 2}, {SIGNALLED + 15}", "stopped", "by Ctrl-C, by SIGTERM"),
        (str(PIPE_CLOSED), "unread", "the reader of the output has gone, as with `| head`"),
    ]
    return table(("code", "name", "when"), rows)


# commands


def helps():
    """Return the help of each command, in the order of the group's own."""
    parts = []
    for path in every_path():
        code, text, _ = pages.called([*path, "--help"])
        assert code == 0
        parts.append(f"## {' '.join(('fairaudit', *path))}\n\n```\n{text}```\n")
    return "\n".join(parts)


def every_path():
    context = click.Context(group)
    yield ()
    for name in COMMANDS:
        yield (name,)
        command = group.get_command(context, name)
        if isinstance(command, click.Group):
            yield from ((name, inner) for inner in command.list_commands(context))


# metrics


def metric_table():
    rows = [
        (f"[`{metric.name}`](#{metric.name})", metric.asks, metric.formula, usual_limit(metric))
        for metric in METRICS.values()
    ]
    return table(("name", "asks", "formula", "default rule"), rows)


def metric_pages():
    return "\n".join(
        f"### {metric.name}\n\n{metric.asks}\n\n{table(('', ''), about(metric))}" for metric in METRICS.values()
    )


def about(metric):
    yield "formula", metric.formula
    yield "as a rule", usual_limit(metric) or "the rule states `compare`, and `min` or `max`"
    best = {"highest": "a high value", "lowest": "a low value", None: "neither end"}
    flips = "; the other end where being selected is a harm" if metric.harm_flips else ""
    yield "good for a customer", best[metric.best] + flips
    if metric.favourable is not None:
        yield "for a harm", f"the {metric.favourable.name} is judged instead"
    yield "use it where", metric.use
    yield "avoid it", metric.avoid
    theirs = [f"`{name}`" for name, (ours, _) in ALIASES.items() if ours == metric.name]
    if theirs:
        yield "fairlearn's names", ", ".join(theirs)
    if metric.oracle is not None:
        yield "the same per group", f"`{metric.oracle}`"
    yield "source", metric.source


GENERATED = {
    "docs/reference/policy.md": {
        "top": lambda: keys("top"),
        "data": lambda: keys("Data"),
        "groups": lambda: keys("Groups"),
        "verdict": lambda: keys("Decision"),
        "rule": lambda: keys("Rule"),
    },
    "docs/reference/outputs.md": {"record": record},
    "docs/reference/exit-codes.md": {"codes": exit_codes},
    "docs/reference/commands.md": {"help": helps},
    "docs/reference/metrics.md": {"table": metric_table, "pages": metric_pages},
}


@pytest.mark.parametrize(("page", "part"), [(page, part) for page, parts in GENERATED.items() for part in parts])
def test_a_generated_part_is_what_the_code_says(page, part):
    found = [match for match in _PART.finditer(pages.read(page)) if match["name"] == part]
    assert len(found) == 1
    actual = GENERATED[page][part]()
    if pages.UPDATE and found[0]["text"] != actual:
        text = pages.read(page)
        pages.PAGES[page].write_text(text[: found[0].start("text")] + actual + text[found[0].end("text") :], "utf-8")
        return
    assert found[0]["text"] == actual


def test_no_page_has_a_generated_part_that_nothing_makes():
    for name in pages.PAGES:
        assert {match["name"] for match in _PART.finditer(pages.read(name))} == set(GENERATED.get(name, ()))


def test_every_key_of_the_policy_says_what_it_means():
    schema = Policy.model_json_schema(by_alias=True)
    for section, one in {"top": schema, **schema["$defs"]}.items():
        for name, key in one["properties"].items():
            assert key.get("description") or "$ref" in key, (section, name)


def test_the_words_of_the_policys_choices_are_explained():
    """Each word that a key takes stands in its description, but for those that explain themselves."""
    plainly = {"schema", "preset", "delimiter"}
    for one in Policy.model_json_schema(by_alias=True)["$defs"].values():
        for name, key in one["properties"].items():
            words = [word for part in (key, *key.get("anyOf", ())) for word in part.get("enum", ())]
            if name not in plainly:
                assert all(word in key["description"] for word in words), name
