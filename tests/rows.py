"""Plain rows to a cube by a slow and obvious recount, independent of every engine: what each engine must agree with."""

import csv
import math
import statistics
from collections import defaultdict
from dataclasses import replace
from itertools import combinations_with_replacement

import numpy as np

from fairaudit.cube import OUTCOMES, Cell, Clusters, Count, Cube, Moments, Spread, Weights
from fairaudit.ledger import Ledger
from fairaudit.spec import MISSING, WEIGHT_SCALE

DECISIONS = ("selected", "passed", "undecided")
LABELS = ("positive", "negative", "unlabelled")


def text(value):
    """Return a value as the text a file would hold, None where it is missing."""
    if value is None or value == "" or (isinstance(value, float) and math.isnan(value)):
        return None
    if isinstance(value, bool) or (isinstance(value, float) and value.is_integer()):
        return str(int(value))
    return str(value)


def number(value):
    """Return a value as a float, None where it is missing."""
    return None if text(value) is None else float(value)


def write_csv(path, rows):
    """Write rows (dictionaries) as a CSV file, missing values as empty cells, and return its path."""
    columns = list(dict.fromkeys(column for row in rows for column in row))
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(columns)
        writer.writerows([text(row.get(column)) or "" for column in columns] for row in rows)
    return path


def decision(row, spec, median=None):
    if spec.threshold is not None:
        score = number(row.get(spec.score))
        over = score is not None and (score > median if spec.threshold == "median" else score >= spec.threshold)
        return "undecided" if score is None else "selected" if over else "passed"
    value = None if spec.prediction is None else text(row.get(spec.prediction))
    if value is None or spec.prediction_kind == "number":
        return "undecided"
    return "selected" if value == spec.positive else "passed"


def labelled(row, spec):
    value = None if spec.label is None else text(row.get(spec.label))
    if value is None or spec.label_kind == "number":
        return "unlabelled"
    return "positive" if value == spec.positive else "negative"


def outcome(row, spec, median=None):
    return OUTCOMES[3 * DECISIONS.index(decision(row, spec, median)) + LABELS.index(labelled(row, spec))]


def group(row, attribute, spec):
    value = text(row.get(attribute))
    if value is None:
        return MISSING
    if attribute not in spec.bands:
        return value
    reached = [cut for cut in spec.bands[attribute] if float(value) >= cut]
    return spec.band_names(attribute)[len(reached)]


def score_bin(score, spec):
    low, high = spec.score_range
    return min(int((score - low) / (high - low) * spec.bins), spec.bins - 1)


def join(spec, predictions, attributes):
    """Return the matched rows and the ledger."""
    if attributes is None:
        matched, lost, unused, total = list(predictions), 0, 0, 0
    else:
        by_id = {text(row[spec.id]): row for row in attributes}
        assert len(by_id) == len(attributes), "an id of the attributes is not unique"
        matched = [{**by_id[text(row[spec.id])], **row} for row in predictions if text(row[spec.id]) in by_id]
        lost, total = len(predictions) - len(matched), len(attributes)
        unused = total - len({text(row[spec.id]) for row in matched})
    ids = [text(row[spec.id]) for row in matched] if spec.id is not None else []
    ids = [one for one in ids if one is not None]
    times = [1 if spec.count is None else int(row[spec.count]) for row in matched]

    def missing(column):
        if column is None:
            return 0
        return sum(n for row, n in zip(matched, times, strict=True) if text(row.get(column)) is None)

    scores = [(number(row.get(spec.score)), n) for row, n in zip(matched, times, strict=True) if spec.score is not None]
    low, high = spec.score_range
    ledger = Ledger(
        predictions_rows=sum(times) + lost,
        attributes_rows=total,
        matched=sum(times),
        predictions_without_attributes=lost,
        attributes_without_predictions=unused,
        repeated_ids=len(ids) - len(set(ids)),
        missing_label=missing(spec.label),
        missing_prediction=missing(spec.prediction) if spec.threshold is None else 0,
        missing_score=missing(spec.score),
        missing_attributes={name: missing(name) for name in spec.attributes},
        scores_outside=sum(n for score, n in scores if score is not None and not low <= score <= high),
        score_median=statistics.median([s for s, n in scores if s is not None for _ in range(n)])
        if spec.threshold == "median"
        else None,
    )
    return list(zip(matched, times, strict=True)), ledger


def weigh(row, spec):
    """Return what a row weighs, None where all weigh the same."""
    if not spec.weighted:
        return None
    weight = 1.0 if spec.weight is None else number(row[spec.weight])
    return weight if spec.propensity is None else weight / number(row[spec.propensity])


def recount(spec, predictions, attributes=None):
    """Return the cube of some rows (dictionaries), joined with the customers' attributes where there are any."""
    matched, ledger = join(spec, predictions, attributes)
    boxes, people = [], []
    for place, (row, times) in enumerate(matched):
        columns = {"score": spec.score, "label": spec.label, "prediction": spec.prediction}
        columns |= {f"value:{name}": name for name in spec.values}
        values = {measure: number(row.get(columns[measure])) for measure in spec.measures}
        names = {name: group(row, name, spec) for name in spec.attributes}
        weight = weigh(row, spec)
        known = {m: v for m, v in values.items() if v is not None}
        boxes.append((names, outcome(row, spec, ledger.score_median), times, known, weight))
        who = None if spec.id is None else text(row[spec.id])
        people.append(f"row {place}" if who is None else who)
    cube = tally(spec, boxes, ledger)
    if spec.count is None and (ledger.repeated_ids or spec.weighted):
        cells = {key: replace(cell, clusters=clusters(spec, boxes, people, key)) for key, cell in cube.cells.items()}
        return replace(cube, cells=cells)
    return cube


def clusters(spec, boxes, people, key):
    """Return the clusters of one cell: each customer's totals first, then the sums of their products."""
    rows = defaultdict(list)
    for who, (names, what, _, values, weight) in zip(people, boxes, strict=True):
        if all(names[name] == value for name, value in key):
            rows[who].append((OUTCOMES.index(what), values, 1.0 if weight is None else weight))
    customers, products = defaultdict(int), defaultdict(int)
    spreads = {name: Spread() for name in (*spec.measures, *(["calibration"] if spec.score is not None else []))}
    one = 2**WEIGHT_SCALE if spec.weighted else 1
    for mine in rows.values():
        customers[sum(2**place for place in {place for place, _, w in mine if w > 0})] += 1
        totals = {p: sum(round(w * one) for place, _, w in mine if place == p) / one for p in {m[0] for m in mine}}
        for a, b in combinations_with_replacement(sorted(totals), 2):
            if totals[a] and totals[b]:
                products[a, b] += round(totals[a] * totals[b] * one)
        for name in spreads:
            measure = "score" if name == "calibration" else name
            known = [(place, values[measure], w) for place, values, w in mine if measure in values]
            if name == "calibration":
                known = [box for box in known if box[0] % 3 < 2]
            x = sum(round(value * w * 2**spec.scale) for _, value, w in known) / 2**spec.scale
            m = sum(round(w * one) for place, _, w in known if name != "calibration" or place % 3 == 0) / one
            unit = 2**spec.scale
            spreads[name] += Spread(
                any(w > 0 for _, _, w in known), round(x * x * unit), round(x * m * unit), round(m * m * one)
            )
    return Clusters(dict(customers), dict(products), spreads)


def tally(spec, boxes, ledger):
    """Return the cube of (attribute -> group, outcome, customers, measure -> value, weight or None) boxes."""
    counts = defaultdict(lambda: [0] * len(OUTCOMES))
    sums = defaultdict(lambda: {m: [Moments()] * len(OUTCOMES) for m in spec.measures})
    bins = defaultdict(lambda: np.zeros((3, spec.bins), dtype=np.int64))
    weights = defaultdict(lambda: np.zeros((2, len(OUTCOMES)), dtype=object))
    weighed = defaultdict(lambda: np.zeros((3, spec.bins), dtype=object))
    for names, what, times, values, weight in boxes:
        index, w = OUTCOMES.index(what), 1.0 if weight is None else weight
        units = round(w * 2**WEIGHT_SCALE)
        for view in spec.views:
            key = tuple((name, names[name]) for name in view)
            counts[key][index] += times
            weights[key][:, index] += times * units, times * round(w * w * 2**WEIGHT_SCALE)
            for measure, value in values.items():
                sums[key][measure][index] += Moments(
                    times,
                    times * round(value * w * 2**spec.scale),
                    times * round(value * value * w * 2**spec.scale),
                    times * units if spec.weighted else 0,
                )
            low, high = spec.score_range
            if view in spec.curves and "score" in values and low <= values["score"] <= high:
                bins[key][index % 3, score_bin(values["score"], spec)] += times
                weighed[key][index % 3, score_bin(values["score"], spec)] += times * units
    empty = np.zeros((3, spec.bins), dtype=np.int64)
    cells = {}
    for key, numbers in counts.items():
        curve = tuple(name for name, _ in key) in spec.curves
        cells[key] = Cell(
            tuple(numbers),
            {m: tuple(moments) for m, moments in sums[key].items()},
            bins.get(key, empty) if curve else None,
            None if not spec.weighted else Weights(*(tuple(map(int, row)) for row in weights[key])),
            weighted_histogram=weighed[key].astype(float) / 2**WEIGHT_SCALE if curve and spec.weighted else None,
        )
    return Cube(spec, cells, ledger)


def table(policy, *groups, **ledger):
    """Return the cube of (attribute -> group, outcome name -> customers) pairs under a policy's Spec.

    Each pair stands for ``customers`` rows per outcome: ``({"sex": "female"}, {"TP": 3, "FN": 7})``. An attribute that
    is not named is missing.
    """
    spec = policy.spec()
    boxes = [
        ({name: names.get(name, MISSING) for name in spec.attributes}, Count[what], times, {}, None)
        for names, outcomes in groups
        for what, times in outcomes.items()
    ]
    n = sum(times for _, _, times, _, _ in boxes)
    return tally(spec, boxes, Ledger(**{"predictions_rows": n, "matched": n, **ledger}))


def selected(k, n):
    """Return the outcomes of n customers of whom k are selected, without labels."""
    return {"SELECTED_UNLABELLED": k, "PASSED_UNLABELLED": n - k}


def reached(k, n, rest=0, wrongly=0):
    """Return the outcomes of n positives of whom k are selected, and of `rest` negatives, `wrongly` selected."""
    return {"TP": k, "FN": n - k, "FP": wrongly, "TN": rest - wrongly}
