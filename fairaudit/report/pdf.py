"""The page as a PDF for A4 (WeasyPrint, the extra `pdf`): every section open, tagged, nothing fetched from anywhere."""

from __future__ import annotations

import logging
import re
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

from fairaudit.errors import UsageError
from fairaudit.report import html, svg

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from fairaudit.findings import Audit
    from fairaudit.report.figures import Plot

_STYLE = Path(__file__).parent / "templates" / "paper.css"
_APART = re.compile(r"(<(svg|style|title)\b.*?</\2>)", re.DOTALL)
"""What holds no lines of text."""
_LONG = re.compile(r"(?:&#?\w+;|[^\s<>&]){25,}")
_PIECE = re.compile(r"(?:&#?\w+;|[^\s<>&]){12}")
_COLOURS = {name: colour for colour, (name, _) in svg.COLOURS.items()}


def require() -> None:
    """Refuse at once where WeasyPrint is not installed.

    Raises
    ------
    UsageError
        It says how to install it.
    """
    if find_spec("weasyprint") is None:
        raise UsageError("A PDF needs WeasyPrint: pip install 'fairaudit-toolkit[pdf]'.")


def render(audit: Audit, drawn: Sequence[Plot] | None = None) -> bytes:
    """Return the page as a PDF.

    The file holds no date and no random identifier, so equal audits give equal bytes on one installation.

    Parameters
    ----------
    audit : Audit
        What was found.
    drawn : sequence of Plot, optional
        Its figures, where they have been drawn already.

    Raises
    ------
    UsageError
        WeasyPrint, or the library Pango that it draws letters with, is not installed.
    """
    require()
    try:
        import weasyprint
    except OSError:
        raise UsageError(
            "A PDF needs the library Pango, which WeasyPrint does not bring along: on Debian apt-get install "
            "libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0, on macOS brew install pango."
        ) from None
    page = _for_paper(html.render(audit, drawn))
    with _silence():
        # the variant for readers of screens: tags, title and language are in it
        document: bytes = weasyprint.HTML(string=page, url_fetcher=_nothing).write_pdf(pdf_variant="pdf/ua-1")
    return document


def _for_paper(page: str) -> str:
    """Return the page with what a browser does by itself: colours in the figures, and long names that can be broken."""
    texts_and_rest = _APART.split(page)
    for i, part in enumerate(texts_and_rest):
        if part.startswith("<style"):
            texts_and_rest[i] = part.replace("</style>", f"{_STYLE.read_text(encoding='utf-8')}</style>")
        elif i % 3 == 0:
            texts_and_rest[i] = re.sub(r">[^<]+<", lambda text: _LONG.sub(_breakable, text[0]), part)
        elif i % 3 == 1:
            texts_and_rest[i] = _coloured(part)
        else:
            texts_and_rest[i] = ""  # the element's name, found a second time
    return "".join(texts_and_rest)


def _breakable(word: re.Match[str]) -> str:
    return _PIECE.sub(r"\g<0><wbr>", word[0])


def _coloured(figure: str) -> str:
    """Return a figure with its colours in the place of the page's variables, which are none inside an SVG here."""

    def fixed(tag: re.Match[str]) -> str:
        return re.sub(r"var\(--plot-([a-z]+)\)", lambda name: _COLOURS.get(name[1], name[0]), tag[0])

    # names from the data stand between tags, where every < is escaped
    return re.sub(r"<[^>]*>", fixed, figure)


def _nothing(url: str, *_: Any, **__: Any) -> NoReturn:  # noqa: ANN401  whatever WeasyPrint passes
    """Fetch nothing: the page is whole, and what it might name would be a name from the data."""
    raise ValueError(url)


@contextmanager
def _silence() -> Iterator[None]:
    """Keep WeasyPrint's remarks on the page's style from whoever listens to all loggers: they are for browsers."""
    logger = logging.getLogger("weasyprint")
    before, logger.disabled = logger.disabled, True
    try:
        yield
    finally:
        logger.disabled = before
