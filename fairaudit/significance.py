"""The classical test of two equal rates, printed beside a verdict where a rule of law asks for it."""

from __future__ import annotations

import math

Z_TEST, FISHER = "two-proportion z test", "Fisher's exact test"
LEAST_EXPECTED = 5
"""A smaller expected count in the table of two groups calls for the exact test."""


def two_rates(k1: int, n1: int, k2: int, n2: int) -> tuple[float, str]:
    """Return the two-sided p-value of equal rates and the test that gave it.

    Parameters
    ----------
    k1, n1, k2, n2 : int
        Successes and trials of both groups, 0 <= k <= n and n > 0.

    Returns
    -------
    float, str
        The pooled z test without continuity correction; where an expected count is under 5, Fisher's exact test, which
        counts every table that is at most as likely as the observed one.
    """
    k, n = k1 + k2, n1 + n2
    if min(n1, n2) * min(k, n - k) < LEAST_EXPECTED * n:
        from scipy.stats import fisher_exact

        return float(fisher_exact([[k1, n1 - k1], [k2, n2 - k2]]).pvalue), FISHER
    error = math.sqrt(k / n * (1 - k / n) * (1 / n1 + 1 / n2))
    z = (k1 / n1 - k2 / n2) / error
    return math.erfc(abs(z) / math.sqrt(2)), Z_TEST
