"""The layer rule of DESIGN 3 on the imports of every module, and what the package promises about itself."""

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest

import fairaudit

ROOT = Path(fairaudit.__file__).parent
MODULES = {
    ".".join(path.relative_to(ROOT).with_suffix("").parts): path
    for path in sorted(ROOT.rglob("*.py"))
    if "__pycache__" not in path.parts
}
TREES = {name: ast.parse(path.read_text(encoding="utf-8")) for name, path in MODULES.items()}

KERNEL = [
    ["errors", "reasons", "shown"],
    ["ledger", "intervals", "significance", "spec"],
    ["cube"],
    ["design"],
    ["estimands", "curves", "score", "shuffle"],
    ["uplift", "amounts"],
    ["fairlearn_names"],
    ["metrics"],
    ["rule"],
    ["sections"],
    ["policy"],
    ["findings"],
    ["comparison", "batch"],
    ["power", "provable", "groups", "multiplicity"],
    ["pairing", "demands"],
    ["standardised"],
    ["verdict", "rehearsal", "plan"],
]
"""From the bottom up: a module imports what stands below it, nothing beside or above it."""

BELOW = {name: {low for rank in KERNEL[:i] for low in rank} for i, names in enumerate(KERNEL) for name in names}
JUDGING = {name for rank in KERNEL for name in rank}
ALLOWED = {
    **BELOW,
    "_version": set(),
    "writing": set(),
    # a cube's save and load hand over to the format, which knows the cube: an arrow that turns back
    "cube": BELOW["cube"] | {"cubefile"},
    # what a notebook shows of audits, findings, cubes and policies, and an audit's figures, the report makes: the other
    "shown": {"report"},
    "findings": BELOW["findings"] | {"report"},
    "cubetable": {"cube", "spec"},
    "cubefile": {"errors", "ledger", "cube", "spec", "cubetable", "writing", "_version"},
    "fitting": JUDGING,
    "engines": {"errors", "reasons", "ledger", "cube", "spec", "engines"},
    "settings": {"errors", "policy"},
    "column_names": set(),
    "columns": {"errors", "reasons", "cube", "policy", "engines", "column_names"},
    "selftest": JUDGING,
    "report": JUDGING | {"report", "_version", "writing"},
    "arrays": {"errors"},
    "sources": {"errors", "sections", "engines"},
    "api": JUDGING | {"arrays", "columns", "cubefile", "engines", "fitting", "settings", "sources", "_version"},
    "cli": JUDGING
    | {"engines", "columns", "column_names", "cubefile", "settings", "sources", "report", "api", "selftest", "cli"}
    | {"writing", "_version"},
}
"""What each part of the package may import of it."""
ENTRY = ("__init__", "__main__")
"""The lazy front door names everything; the entry point is a part of the command line."""


def part(name):
    """Return the part a module belongs to: its package or, at the top, itself."""
    return "cli" if name == "__main__" else name.split(".")[0]


def imported(name):
    """Yield the dotted names a module imports anywhere in it, also for type checking alone."""
    for node in ast.walk(TREES[name]):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "imports are absolute"
            yield node.module
            # `from fairaudit import intervals` imports a module too
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def own(name):
    """Return the parts of this package that a module imports."""
    dotted = [target.split(".") for target in imported(name) if target.startswith("fairaudit.")]
    return {parts[1] for parts in dotted if part(parts[1]) in ALLOWED}


def foreign(name):
    return {target.split(".")[0] for target in imported(name)}


def test_every_module_has_its_place_in_the_layers():
    assert {part(name) for name in MODULES if name != "__init__"} <= set(ALLOWED)
    assert set(BELOW) <= {part(name) for name in MODULES}, "the kernel is complete"


@pytest.mark.parametrize("name", [name for name in MODULES if name != "__init__"])
def test_a_module_imports_only_what_stands_below_it(name):
    assert own(name) - ALLOWED[part(name)] - {part(name)} == set()
    if name in JUDGING:
        assert name not in own(name)


def test_the_layer_rule_would_notice_an_import_upwards():
    TREES["_upwards"] = ast.parse("from fairaudit import cube\ndef f():\n    from fairaudit.verdict import judge")
    try:
        assert own("_upwards") == {"cube", "verdict"}
    finally:
        del TREES["_upwards"]


def reachable(start):
    """Return every part that some parts import, directly or through others; not what `shown` hands over to."""
    found, todo = set(), set(start)
    while todo:
        one = todo.pop()
        if one not in found:
            found.add(one)
            modules = [name for name in MODULES if part(name) == one and name not in (*ENTRY, "shown")]
            todo |= {low for name in modules for low in own(name)}
    return found


def test_engines_and_verdict_do_not_know_each_other():
    """They meet in a cube."""
    assert "verdict" not in reachable({"engines"})
    assert "engines" not in reachable({"verdict"})
    assert reachable({"engines"}) <= {
        *{"engines", "cube", "spec", "ledger", "errors", "reasons", "shown"},
        *{"cubefile", "cubetable", "writing", "_version"},
    }


@pytest.mark.parametrize(
    ("library", "home"),
    [
        ("duckdb", "engines"),
        ("pyspark", "engines"),
        ("openpyxl", "engines.workbooks"),
        ("adbc_driver_manager", "engines.drivers"),
        ("matplotlib", "report.plots"),
        ("jinja2", "report"),
        ("weasyprint", "report.pdf"),
        ("click", "cli"),
    ],
)
def test_a_library_is_used_in_one_place(library, home):
    users = {name for name in MODULES if library in foreign(name)}
    assert all(name == home or name.startswith(f"{home}.") for name in users)


def calls(name):
    """Yield the calls of a module as text: ``print``, ``sys.exit``."""
    return (ast.unparse(node.func) for node in ast.walk(TREES[name]) if isinstance(node, ast.Call))


@pytest.mark.parametrize("name", [name for name in MODULES if part(name) != "cli"])
def test_only_the_command_line_prints_and_exits(name):
    assert not {"print", "sys.exit", "exit", "quit", "os._exit", "breakpoint"} & set(calls(name))
    assert "SystemExit" not in {node.id for node in ast.walk(TREES[name]) if isinstance(node, ast.Name)}


@pytest.mark.parametrize("name", MODULES)
def test_a_module_has_a_docstring_and_at_most_400_lines(name):
    assert ast.get_docstring(TREES[name])
    assert len(MODULES[name].read_text(encoding="utf-8").splitlines()) <= 400


@pytest.mark.parametrize("name", [name for name in MODULES if part(name) in JUDGING])
def test_judging_reads_no_clock_no_file_and_no_chance(name):
    """DESIGN 3: verdict and what it is made of are pure."""
    assert not foreign(name) & {"time", "datetime", "random", "secrets", "os", "pathlib", "io", "subprocess", "socket"}
    assert not {"open", "np.random.default_rng"} & set(calls(name))


@pytest.mark.parametrize("name", MODULES)
def test_a_percentage_has_a_blank_before_its_sign(name):
    """Users read 95 % everywhere; Python's own format for shares writes 95%."""
    specs = [node.format_spec for node in ast.walk(TREES[name]) if isinstance(node, ast.FormattedValue)]
    assert not [spec for spec in specs if spec is not None and ast.unparse(spec).rstrip("'\"").endswith("%")]
    assert not re.search(r"\b\d+%(?![\w(])", MODULES[name].read_text(encoding="utf-8"))


@pytest.mark.parametrize("name", ["utils", "helpers", "base", "manager", "common", "misc"])
def test_no_module_is_a_drawer(name):
    assert not [module for module in MODULES if name in module.split(".")]


def loaded_by(statement):
    """Return the modules that a fresh interpreter loads for a statement."""
    run = subprocess.run(  # noqa: S603  this interpreter, with a statement of this file
        [sys.executable, "-X", "importtime", "-c", statement], capture_output=True, text=True, check=True
    )
    return {line.rsplit("|", 1)[1].strip() for line in run.stderr.splitlines() if line.startswith("import time:")}


HEAVY = {"pandas", "sklearn", "fairlearn", "matplotlib", "scipy", "pyarrow", "duckdb", "pyspark"}


def test_importing_the_package_loads_no_heavy_library():
    assert not {name.split(".")[0] for name in loaded_by("import fairaudit")} & HEAVY


def test_the_kernel_loads_heavy_libraries_only_where_they_are_used():
    assert not {name.split(".")[0] for name in loaded_by("import fairaudit.verdict, fairaudit.score")} & HEAVY
