"""metrics and explain: every metric, every alias, and the nearest name for a wrong one."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from fairaudit.fairlearn_names import ALIASES
from fairaudit.metrics import METRICS

if TYPE_CHECKING:
    from collections.abc import Callable


def flat(text: str) -> str:
    return " ".join(text.split())


def test_the_table_has_every_metric(call: Callable) -> None:
    out = call("metrics").out
    for metric in METRICS.values():
        assert f"\n{metric.name}" in out
        assert metric.asks in flat(out)
        assert metric.formula in flat(out)
    assert "disparate_impact            ratio at least 0.80" in out
    assert all(len(line) <= 80 for line in out.splitlines())


@pytest.mark.parametrize("name", METRICS)
def test_a_metric_is_explained(call: Callable, name: str) -> None:
    done = call("explain", name)
    metric = METRICS[name]
    for text in (metric.asks, metric.formula, metric.use, metric.avoid, metric.source):
        assert text in flat(done.out)
    assert done.code == 0
    assert all(len(line) <= 80 for line in done.out.splitlines())


@pytest.mark.parametrize("alias", ALIASES)
def test_an_alias_says_that_it_is_one(call: Callable, alias: str) -> None:
    out = call("explain", alias).out
    ours, compare = ALIASES[alias]
    assert f'"{alias}" is fairlearn\'s name: {ours}, compared as a {compare}.' in flat(out)
    assert METRICS[ours].asks in flat(out)
    assert all(len(line) <= 80 for line in out.splitlines())


def test_without_a_name_all_are_listed(call: Callable) -> None:
    out = call("explain").out
    assert all(metric.name in out and metric.asks in flat(out) for metric in METRICS.values())
    assert all(len(line) <= 80 for line in out.splitlines())


def test_an_unknown_name_offers_the_nearest(call: Callable) -> None:
    done = call("explain", "equal_oportunity")
    assert (done.code, done.out) == (2, "")
    assert 'Did you mean "equal_opportunity"?' in done.err


def test_what_is_judged_for_a_harm(call: Callable) -> None:
    assert "true negative rate" in call("explain", "equal_opportunity").out
