"""Bands are proposed near the quartiles, at round numbers."""

from __future__ import annotations

import pytest

from fairaudit.engines import Column
from fairaudit.engines.bands import propose_bands


@pytest.mark.parametrize(
    ("quartiles", "cuts"),
    [
        ((28.0, 37.0, 48.0), (30.0, 35.0, 50.0)),
        ((50.0, 100.0, 150.0), (50.0, 100.0, 150.0)),
        ((0.21, 0.48, 0.77), (0.2, 0.5, 0.8)),
        ((1234.0, 5210.0, 9876.0), (1000.0, 5000.0, 10000.0)),
        ((3.0, 3.0, 3.0), (3.0,)),
        ((), ()),
    ],
)
def test_cuts_are_round_and_increase(quartiles, cuts):
    assert propose_bands(Column("x", "number", quartiles=quartiles)) == cuts
