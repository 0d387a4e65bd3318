"""What a notebook shows: audits, findings, cubes and policies hand over to the report, which knows them all.

This is an arrow that turns back, like a cube's save and load: the only one from what is judged to how it is shown.
"""

from __future__ import annotations

from typing import Any


class Shown:
    """Something that a notebook shows as HTML."""

    __slots__ = ()

    def _repr_html_(self) -> str:
        from fairaudit.report import notebook

        return notebook.render(self)


class ShownAsMarkdown(Shown):
    """The same, and Markdown for what shows no HTML."""

    __slots__ = ()

    def _repr_markdown_(self) -> str:
        from fairaudit.report import notebook

        audit: Any = self  # what an audit is stands above this module
        return notebook.as_markdown(audit)
