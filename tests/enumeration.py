"""The probability of a verdict by exact enumeration of two binomials, written apart from the program."""

import numpy as np
from scipy.stats import beta, binom


def limits(k, n, confidence):
    """Return Clopper and Pearson's limits of every count, from scipy's beta quantiles."""
    side = (1 - confidence) / 2
    low = np.where(k > 0, beta.ppf(side, np.maximum(k, 1), n - k + 1), 0.0)
    high = np.where(k < n, beta.ppf(1 - side, k + 1, np.maximum(n - k, 1)), 1.0)
    return low, high


def mover(kind, group, reference):
    """Return the lower and upper limits of a difference (Newcombe's method 10) or a ratio (Donner and Zou 2012).

    Each side is a triple of values, lower limits and upper limits; they are combined as arrays are.
    """
    (p, low, high), (q, below, above) = group, reference
    if kind == "difference":
        return p - q - np.hypot(p - low, above - q), p - q + np.hypot(high - p, q - below)
    with np.errstate(divide="ignore", invalid="ignore"):
        start, end = low * (2 * p - low) * above * (2 * q - above), high * (2 * p - high) * below * (2 * q - below)
        lower = (p * q - np.sqrt((p * q) ** 2 - start)) / (above * (2 * q - above))
        upper = (p * q + np.sqrt((p * q) ** 2 - end)) / (below * (2 * q - below))
    return np.where(low > 0, lower, 0.0), np.where(below > 0, upper, np.inf)


def side(p, n, confidence):
    """Return the likely counts' probabilities, and the triple of values and limits."""
    spread = 6 * np.sqrt(n * p * (1 - p)) + 4
    k = np.arange(max(0, int(n * p - spread)), min(n, int(n * p + spread)) + 1)
    return binom.pmf(k, n, p), (k / n, *limits(k, n, confidence))


def power(aim, kind, ends, rates, sizes, *, level):
    """Return the probability that the interval lies inside the ends (pass) or beyond one of them (fail)."""
    (chance, group), (other, reference) = (side(p, n, level) for p, n in zip(rates, sizes, strict=True))
    down, across = [part[:, None] for part in group], [part[None, :] for part in reference]
    low, high = mover(kind, down, across)
    inside = (low >= ends[0]) & (high <= ends[1])
    outside = (high < ends[0]) | (low > ends[1])
    return float(chance @ (inside if aim == "pass" else outside) @ other)
