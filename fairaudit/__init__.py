"""Audit a personalization model's predictions for fairness.

``fairaudit.audit("predictions.csv", "customers.csv")`` is the command ``fairaudit check`` in Python. Names are loaded
when they are first used, so that importing the package costs nothing.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

from fairaudit._version import __version__

if TYPE_CHECKING:
    from fairaudit.api import audit, tabulate
    from fairaudit.cube import Cube
    from fairaudit.errors import DataError, EngineError, FairauditError, UsageError
    from fairaudit.findings import Audit, Verdict
    from fairaudit.metrics import METRICS
    from fairaudit.policy import Policy
    from fairaudit.score import Score

__all__ = [
    "METRICS",
    "Audit",
    "Cube",
    "DataError",
    "EngineError",
    "FairauditError",
    "Policy",
    "Score",
    "UsageError",
    "Verdict",
    "__version__",
    "audit",
    "tabulate",
]

_HOMES = {
    "METRICS": "metrics",
    "Audit": "findings",
    "Cube": "cube",
    "DataError": "errors",
    "EngineError": "errors",
    "FairauditError": "errors",
    "Policy": "policy",
    "Score": "score",
    "UsageError": "errors",
    "Verdict": "findings",
    "audit": "api",
    "tabulate": "api",
}


def __getattr__(name: str) -> object:
    """Load a public name from its module when it is first asked for (PEP 562)."""
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value: object = getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
