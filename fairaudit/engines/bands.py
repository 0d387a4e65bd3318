"""Cut points for a numeric attribute, proposed from its quartiles."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from fairaudit.engines import Column


def propose_bands(column: Column) -> tuple[float, ...]:
    """Return increasing cut points near the quartiles of a numeric column, at round numbers."""
    if not column.quartiles:
        return ()
    spread = column.quartiles[-1] - column.quartiles[0]
    step = 10.0 ** math.floor(math.log10(spread / 4)) if spread > 0 else 1.0
    step = step * 5 if spread / step >= 20 else step
    rounded = (round(quartile / step) * step for quartile in column.quartiles)
    return tuple(sorted({round(cut, 10) for cut in rounded}))
