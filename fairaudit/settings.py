"""Where a policy's values come from: preset, file, environment and flags, and which of them is in force."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from decimal import Decimal
from importlib import resources
from typing import TYPE_CHECKING, Any

from fairaudit.errors import UsageError
from fairaudit.policy import Policy

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import Path

FILE_NAME = "fairaudit.toml"
DEFAULT_PRESET = "personalization"


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
        if project.is_file() and _tool_table(project) is not None:
            return project
        if (folder / ".git").exists():
            return None
    return None


def load(file: Path | None = None, overrides: Iterable[Setting] = ()) -> Policy:
    """Return the policy of a file with overrides; without rules of its own it gets the preset's.

    Parameters
    ----------
    file : Path, optional
        A TOML file; a ``pyproject.toml`` is read at ``[tool.fairaudit]``. None: an empty policy.
    overrides : iterable of Setting
        Later ones win over earlier ones, and all of them over the file.

    Raises
    ------
    UsageError
        The file is missing, empty or not TOML, or its values do not make a policy.
    """
    values = {} if file is None else _file_values(file)
    origin = "policy" if file is None else file.name
    origins = {key: origin for key, _ in leaves(values)}
    for setting in overrides:
        section, _, name = setting.key.rpartition(".")
        target = values.setdefault(section, {}) if section else values
        if not isinstance(target, dict):
            raise UsageError(f"{origin}: {section} must be a table: [{section}].")
        target[name] = setting.value
        origins[setting.key] = setting.origin
    if not values.get("rule"):
        preset = str(values.get("preset", DEFAULT_PRESET))
        values["rule"] = preset_values(preset)["rule"]
        origins["rule"] = f"preset {preset}"
    return Policy.parse(values, origin, origins)


def preset_values(name: str) -> dict[str, Any]:
    """Return the content of a preset's TOML file.

    Raises
    ------
    UsageError
        There is no preset of that name.
    """
    file = resources.files("fairaudit") / "presets" / f"{name}.toml"
    if not name.isidentifier() or not file.is_file():
        raise UsageError(f'There is no preset "{name}".')
    return tomllib.loads(file.read_text(encoding="utf-8"), parse_float=Decimal)


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


def _file_values(file: Path) -> dict[str, Any]:
    content = _tool_table(file) if file.name == "pyproject.toml" else _read_toml(file)
    if not content:
        raise UsageError(f"{file.name} is an empty policy. `fairaudit init` writes one from your files.")
    return content


def _tool_table(project: Path) -> dict[str, Any] | None:
    """Return ``[tool.fairaudit]`` of a ``pyproject.toml``, None if there is no such table."""
    tools = _read_toml(project).get("tool")
    table = tools.get("fairaudit") if isinstance(tools, dict) else None
    return table if isinstance(table, dict) else None


def _read_toml(file: Path) -> dict[str, Any]:
    try:
        text = file.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise UsageError(f"The policy {file.name} cannot be read: {error.strerror}.") from None
    except UnicodeDecodeError:
        raise UsageError(f"The policy {file.name} is not UTF-8 text.") from None
    try:
        return tomllib.loads(text, parse_float=Decimal)
    except (ValueError, RecursionError) as error:  # also a number of 5,000 digits, and brackets without end
        raise UsageError(f"The policy {file.name} is not valid TOML: {error}.") from None
