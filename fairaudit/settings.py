"""Where a policy's values come from: preset, file, environment and flags, and which of them is in force.

A preset lies under a file key by key: what the file, the environment or a flag says wins; a list of rules replaces the
preset's.
"""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from decimal import Decimal
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING, Any, get_args

from fairaudit.errors import UsageError, nearest
from fairaudit.policy import Place, Policy, PresetName

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable, Iterator, Mapping

FILE_NAME = "fairaudit.toml"
DEFAULT_PRESET = "personalization"
PRESETS: tuple[str, ...] = get_args(PresetName)
"""The names of all presets; each is a TOML file of the package."""
_HEADER = re.compile(r"\s*\[\[\s*(tool\s*\.\s*fairaudit\s*\.\s*)?[\"']?rule[\"']?\s*\]\]")


@dataclass(frozen=True, slots=True)
class Preset:
    """A policy that the package brings along, and where it comes from; none of them is law by itself."""

    name: str
    title: str
    """What it is, in a few words."""
    status: str
    """What stands behind it today: a convention, a rule in force, a rule under revision."""
    source: str
    as_of: dt.date
    """When status and source were last looked at."""
    says: tuple[str, ...]
    """Sentences on what it measures, what it decides and what it leaves open."""
    values: Mapping[str, Any]
    """The policy itself, as a file would hold it."""


@dataclass(frozen=True, slots=True)
class Setting:
    """One value of a policy and where it comes from."""

    key: str
    """Dotted key, as in the file: "data.id", "verdict.confidence", "rule"."""
    value: Any
    origin: str
    """"default", "preset personalization", the file's name, "FAIRAUDIT_ID", "--id"."""


def find_file(start: Path) -> Path | None:
    """Return the policy file that applies in a folder, None if there is none.

    That is the nearest ``fairaudit.toml``, else ``pyproject.toml`` with a ``[tool.fairaudit]`` table, looking from the
    folder upwards to the root of the repository.
    """
    for folder in (start, *start.parents):
        if (folder / FILE_NAME).is_file():
            return folder / FILE_NAME
        project = folder / "pyproject.toml"
        if project.is_file() and _tool_table(_parsed(project, _text(project))) is not None:
            return project
        if (folder / ".git").exists():
            return None
    return None


def load(file: Path | None = None, overrides: Iterable[Setting] = ()) -> Policy:
    """Return the policy of a file with overrides, on the ground of a preset.

    Parameters
    ----------
    file : Path, optional
        A TOML file; a ``pyproject.toml`` is read at ``[tool.fairaudit]``. None: an empty policy.
    overrides : iterable of Setting
        Later ones win over earlier ones, and all of them over the file. The key "preset" chooses the preset, else the
        file does, else it is "personalization".

    Raises
    ------
    UsageError
        The file is missing, empty or not TOML, the preset does not exist, or the values do not make a policy.
    """
    text = "" if file is None else _text(file)  # read once: it may be a pipe
    stated = {} if file is None else _file_values(file, text)
    origin = "policy" if file is None else file.name
    settings = [*(Setting(key, value, origin) for key, value in leaves(stated)), *overrides]
    name = str(next((s.value for s in reversed(settings) if s.key == "preset"), DEFAULT_PRESET))
    ground = [Setting(key, value, f"preset {name}") for key, value in leaves(preset(name).values)]
    # an empty table holds no setting, and may still be one that does not exist
    values: dict[str, Any] = {key: {} for key, content in stated.items() if content == {}}
    origins: dict[str, str] = {}
    for setting in (*ground, *settings):
        if setting.key == "rule" and not setting.value:
            continue  # a list without a rule leaves the preset's in force
        section, dot, key = setting.key.partition(".")
        target = values.setdefault(section, {}) if dot else values
        if not isinstance(target, dict):
            raise UsageError(f"{origin}: {section} must be a table: [{section}].")
        target[key if dot else section] = setting.value
        origins[setting.key] = setting.origin
    policy = Policy.parse(values, origin, origins)
    return policy.placed(_places(file, text, policy)) if file is not None and origins["rule"] == origin else policy


def preset(name: str) -> Preset:
    """Return a preset.

    Raises
    ------
    UsageError
        There is no preset of that name; the message offers the nearest one.
    """
    if name not in PRESETS:
        raise UsageError(f'There is no preset "{name}".{nearest(name, PRESETS)} `fairaudit policy presets` lists them.')
    file = resources.files("fairaudit") / "presets" / f"{name}.toml"
    values = tomllib.loads(file.read_text(encoding="utf-8"), parse_float=Decimal)
    about = values.pop("about")
    return Preset(name, **{**about, "says": tuple(about["says"])}, values=values)


def in_force(policy: Policy) -> Iterator[Setting]:
    """Yield every value of a policy with its origin, section by section."""
    for key, value in leaves(policy.model_dump(by_alias=True)):
        yield Setting(key, value, policy.origins.get(key, "default"))


def leaves(values: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """Yield (dotted key, value) of a policy's values; the keys of a section are taken apart, no deeper."""
    for name, value in values.items():
        if isinstance(value, dict):
            for key, part in value.items():
                yield f"{name}.{key}", part
        else:
            yield name, value


def _places(file: Path, text: str, policy: Policy) -> dict[str, Place]:
    """Return where a file states each rule of its policy.

    TOML's reader keeps no lines, so the headers of the rules are counted; where they are not as many as the rules (an
    inline list, a header within a text), only the file is known.
    """
    headers = [i for i, line in enumerate(text.split("\n"), 1) if _HEADER.match(line)]
    known = headers if len(headers) == len(policy.rules) else [None] * len(policy.rules)
    path = _from_root(file)
    return {rule.id: Place(path, line) for rule, line in zip(policy.rules, known, strict=True)}


def _from_root(file: Path) -> str:
    """Return a file's path from the root of its repository, or from the working folder; its bare name elsewhere."""
    whole = file.resolve()
    root = next((folder for folder in whole.parents if (folder / ".git").exists()), Path.cwd().resolve())
    return whole.relative_to(root).as_posix() if whole.is_relative_to(root) else file.name


def _file_values(file: Path, text: str) -> dict[str, Any]:
    content = _parsed(file, text)
    values = _tool_table(content) if file.name == "pyproject.toml" else content
    if not values:
        raise UsageError(f"{file.name} is an empty policy. `fairaudit init` writes one from your files.")
    return values


def _tool_table(project: Mapping[str, Any]) -> dict[str, Any] | None:
    """Return ``[tool.fairaudit]`` of a ``pyproject.toml``, None if there is no such table."""
    tools = project.get("tool")
    table = tools.get("fairaudit") if isinstance(tools, dict) else None
    return table if isinstance(table, dict) else None


def _text(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise UsageError(f"The policy {file.name} cannot be read: {error.strerror}.") from None
    except UnicodeDecodeError:
        raise UsageError(f"The policy {file.name} is not UTF-8 text.") from None


def _parsed(file: Path, text: str) -> dict[str, Any]:
    try:
        return tomllib.loads(text, parse_float=Decimal)
    except (ValueError, RecursionError) as error:  # also a number of 5,000 digits, and brackets without end
        raise UsageError(f"The policy {file.name} is not valid TOML: {error}.") from None
