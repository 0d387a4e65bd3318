"""Whether a PDF can be made here: WeasyPrint needs the library Pango, which no package of Python's brings along."""

import pytest


def can_print():
    """Return whether WeasyPrint can be loaded with what it needs."""
    try:
        import weasyprint  # noqa: F401
    except (ImportError, OSError):
        return False
    return True


needs_pango = pytest.mark.skipif(
    not can_print(), reason="a PDF needs WeasyPrint and Pango (Debian: libpango-1.0-0 libpangoft2-1.0-0)"
)
