"""Fixtures of the engines' tests."""

import pytest

from fairaudit.engines import inputs


@pytest.fixture(params=[inputs.HEAD, 3], ids=["all rows looked at", "three rows looked at"])
def any_head(request, monkeypatch):
    """Let a test hold however many rows are looked at before the others."""
    monkeypatch.setattr(inputs, "HEAD", request.param)
