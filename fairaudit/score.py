"""Any scikit-learn or fairlearn metric as an estimand, evaluated on the cube's cells as a weighted data set."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from fairaudit import design, intervals
from fairaudit.cube import Cell, Count
from fairaudit.errors import UsageError, nearest
from fairaudit.intervals import INF, NAN, Interval, Method

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from fairaudit.spec import Spec

Function = Callable[..., Any]
_CONFUSION = (Count.TP, Count.FP, Count.FN, Count.TN)


@dataclass(frozen=True, slots=True)
class Score:
    """Any scikit-learn or fairlearn metric that takes ``sample_weight``, evaluated on the cell as a weighted data set.

    A cell is a weighted data set of at most four different rows (label and prediction), so the value equals the one on
    the rows. Its interval is the delete-one jackknife, exact because rows of one outcome are interchangeable.

    Parameters
    ----------
    function : callable or str
        ``function(y_true, y_pred, sample_weight=...)``, or the name of one in ``sklearn.metrics`` or
        ``fairlearn.metrics``.
    scores : bool
        True: the second argument is the score instead of the prediction, taken at the middle of its bin; the result is
        then approximate.
    title : str, optional
        Name in reports; the function's name by default.
    """

    function: Function | str
    scores: bool = False
    title: str = ""
    _resolved: list[Function] = field(default_factory=list, init=False, repr=False, compare=False)

    @property
    def called(self) -> str:
        """The function's own name."""
        return self.function if isinstance(self.function, str) else getattr(self.function, "__name__", "score")

    @property
    def name(self) -> str:
        """The title, or the function's own name in words."""
        return self.title or self.called.replace("_", " ")

    @property
    def needs(self) -> frozenset[str]:
        """Labels with predictions or with scores."""
        return frozenset({"label", "curve" if self.scores else "prediction"})

    @property
    def passed_labels(self) -> bool:
        """Always: it sees every label."""
        return True

    def size(self, cell: Cell) -> int:
        """Return the number of rows that have both arguments."""
        if self.scores:
            return 0 if cell.histogram is None else int(cell.histogram[:2].sum())
        return cell.count(Count.BOTH)

    def customers(self, cell: Cell) -> int:
        """Return the number of customers of the rarer class: a metric may rest on either alone."""
        classes = (Count.POSITIVE, Count.NEGATIVE) if self.scores else (Count.TP | Count.FN, Count.FP | Count.TN)
        return min(self.size(cell), *(cell.customers(one) for one in classes if cell.count(one)))

    def rows(self, cell: Cell, spec: Spec) -> tuple[NDArray[np.int64], NDArray[np.float64], NDArray[np.float64]]:
        """Return y_true, y_pred (or scores) and sample_weight of the cell, without empty rows."""
        if self.scores and cell.histogram is not None:
            low, high = spec.score_range
            middles = low + (np.arange(spec.bins) + 0.5) * (high - low) / spec.bins
            counted = cell.histogram if cell.weighted_histogram is None else cell.weighted_histogram
            weight = counted[:2].astype(float).ravel()
            y_true, y_pred = np.repeat([1, 0], spec.bins), np.tile(middles, 2)
        else:
            weight = np.array([float(cell.total(outcome) * spec.unit) for outcome in _CONFUSION])
            y_true, y_pred = np.array([1, 0, 1, 0]), np.array([1.0, 1.0, 0.0, 0.0])
        kept = weight > 0
        return y_true[kept], y_pred[kept] if self.scores else y_pred[kept].astype(np.int64), weight[kept]

    def value(self, cell: Cell, spec: Spec) -> float:
        """Return the function's value, NaN where the cell is empty or the function calls it undefined."""
        y_true, y_pred, weight = self.rows(cell, spec)
        return self._call(y_true, y_pred, weight) if weight.size else NAN

    def interval(self, cell: Cell, spec: Spec, confidence: float, method: Method = "exact") -> Interval:  # noqa: ARG002
        """Return the jackknife interval (Tukey 1958), with Student's quantile.

        Where leaving out any row changes nothing, or makes the value undefined, the jackknife knows no error and
        nothing is claimed; nor is it with binned scores of weighted rows or of customers that repeat.
        """
        if not design.plain(cell):
            return self._linearised(cell, spec, confidence)
        y_true, y_pred, weight = self.rows(cell, spec)
        n = float(weight.sum())
        if n < 2:
            return Interval(-INF, INF)
        without = np.array(
            [self._call(y_true, y_pred, weight - (np.arange(weight.size) == i)) for i in range(weight.size)]
        )
        if not np.isfinite(without).all() or np.ptp(without) <= 1e-12:
            return Interval(-INF, INF)
        centre = float(weight @ without) / n
        # the variance of a mean of n pseudo-values is (n - 1) / n times their spread
        variance = (n - 1) * float(weight @ (without - centre) ** 2)
        return intervals.mean(n, self.value(cell, spec), variance, confidence)

    def _linearised(self, cell: Cell, spec: Spec, confidence: float) -> Interval:
        """Return the interval from each outcome's influence and the products of customers' totals."""
        nothing = Interval(-INF, INF)
        if self.scores:
            return nothing
        present = [outcome for outcome in _CONFUSION if cell.total(outcome)]
        value, influence = self.value(cell, spec), {}
        y_true, y_pred, weight = self.rows(cell, spec)
        for i, outcome in enumerate(present):
            # a derivative: so little less that the function is straight
            less = 1e-6 * weight[i]
            without = self._call(y_true, y_pred, weight - less * (np.arange(weight.size) == i))
            influence[outcome] = (value - without) / less
        if not influence or not np.isfinite(list(influence.values())).all():
            return nothing
        if design.repeated(cell, Count.BOTH):
            assert cell.clusters is not None  # noqa: S101  something repeats
            size = float(cell.clusters.count(Count.BOTH))
            products = {(a, b): cell.clusters.spread(a, b).xm for a in present for b in present}
        else:
            size = design.kish(cell, spec, Count.BOTH)
            products = {(a, a): cell.squares(a) for a in present}
        error = sum(influence[a] * influence[b] * float(product * spec.unit) for (a, b), product in products.items())
        if size < 2 or error <= 0:
            return nothing
        return intervals.mean(size, value, error * size * size / (size - 1), confidence)

    def _call(
        self, y_true: NDArray[np.int64], y_pred: NDArray[np.float64] | NDArray[np.int64], weight: NDArray[np.float64]
    ) -> float:
        from sklearn.exceptions import UndefinedMetricWarning

        function, kept = self._callable(), weight > 0
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", UserWarning)
            # scikit-learn replaces an undefined value by 0 and warns
            warnings.simplefilter("error", UndefinedMetricWarning)
            try:
                return float(function(y_true[kept], y_pred[kept], sample_weight=weight[kept]))
            except (UndefinedMetricWarning, ValueError, ZeroDivisionError):
                return NAN
            except TypeError as error:
                raise UsageError(
                    f'"{self.name}" cannot be computed from counts: it must take y_true, y_pred and sample_weight and '
                    f"return one number ({error})."
                ) from error

    def _callable(self) -> Function:
        if not isinstance(self.function, str):
            return self.function
        if not self._resolved:
            self._resolved.append(_named_function(self.function))
        return self._resolved[0]


def _named_function(name: str) -> Function:
    import fairlearn.metrics
    import sklearn.metrics

    for module in (sklearn.metrics, fairlearn.metrics):
        if name in module.__all__:
            function: Function = getattr(module, name)
            return function
    known = [*sklearn.metrics.__all__, *fairlearn.metrics.__all__]
    raise UsageError(f'"{name}" is no metric of scikit-learn or fairlearn.{nearest(name, known)}')
