"""Make the sample data: an invented online shop whose offer model is unfair in two planted ways.

``python sample_data/make.py [FOLDER]`` writes ``predictions.csv``, ``customers.csv`` and ``fairaudit.toml`` into FOLDER
(default: beside this file, where the policy already stands) and nothing else. The same bytes come out every time.

Every customer has an interest in the offer that depends on nothing protected: women and men, young and old, and all
ethnicities redeem alike. The model does not see it; it scores what it reads in the account's purchase history. Planted:

1. Gender, only among new customers. A campaign let newcomers pay as guests: the orders of 42 % of the new women and 4 %
   of the new men are in no account, and the model takes an empty history for little interest. It never sees a gender.
2. Age. Customers of 65 and over order much by telephone and from accounts shared in the family. Their score is spread
   like everybody's but says less about them: as many offers, more of them to the wrong customers.
3. Nothing for ethnicity: it is fair everywhere, and its groups are large enough to prove it in the population.
4. Non-binary customers are treated like all others, and too few to be judged.

Besides, some values are missing and some customers are in one file only, as in any shop.
"""

from __future__ import annotations

import argparse
import csv
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

HERE = Path(__file__).resolve().parent
SEED = 20261124

CUSTOMERS = 20_300
WITHOUT_PREDICTION = 300
WITHOUT_ATTRIBUTES = 150
NON_BINARY = 22
GENDER_MISSING = 200
ETHNICITY_MISSING = 500

AGE_BAND = {"18-29": 0.21, "30-44": 0.32, "45-64": 0.30, "65+": 0.17}
ETHNICITY = {"Asian": 0.19, "Black": 0.14, "White": 0.56, "Other": 0.11}
REGION = {"North": 0.22, "East": 0.20, "South": 0.33, "West": 0.25}
LIFECYCLE = {"new": 0.22, "active": 0.43, "lapsing": 0.20, "lapsed": 0.15}
TIERS = ("basic", "silver", "gold")
BELOW_SILVER = {"new": 0.95, "active": 0.55, "lapsing": 0.65, "lapsed": 0.75}
BELOW_GOLD = {"new": 0.99, "active": 0.85, "lapsing": 0.90, "lapsed": 0.93}

INTEREST = {"new": -0.8, "active": -0.7, "lapsing": -0.9, "lapsed": -1.0, "basic": 0.0, "silver": 0.1, "gold": 0.2}
"""What lifecycle and loyalty tier add to the log odds of redeeming."""
SPREAD = 2.2
"""How much customers of one kind differ in their log odds of redeeming (one standard deviation)."""
CUT_OFF = 4_200
"""Ten-thousandths of score from which the offer is made."""
GOLD_CUT_OFF = 3_400
"""The same for gold customers, as a courtesy."""

GUEST_SHARE = {"female": 0.42, "male": 0.04}
"""Planted 1: share of the new customers whose orders are in no account."""
EMPTY_HISTORY = -1.4
"""Planted 1: the interest read from an empty history, in standard deviations."""
HISTORY_OF_65 = 0.4
"""Planted 2: correlation of interest and history at 65 and over; for everybody else it is 1."""


def draw(rng: np.random.Generator, shares: Mapping[str, float], n: int) -> np.ndarray:
    """Return n values drawn with the given shares."""
    limits = np.cumsum(list(shares.values()))[:-1]
    return np.array(list(shares))[np.searchsorted(limits, rng.random(n), side="right")]


def pick(rng: np.random.Generator, k: int, n: int) -> np.ndarray:
    """Return a mask of n that is true at exactly k places, all equally likely."""
    mask = np.zeros(n, dtype=bool)
    mask[np.argsort(rng.random(n), kind="stable")[:k]] = True
    return mask


def look_up(table: Mapping[str, float], keys: np.ndarray) -> np.ndarray:
    """Return the table's number for every key."""
    return np.array([table[key] for key in keys.tolist()])


def chance(log_odds: np.ndarray) -> np.ndarray:
    """Return the probability of log odds."""
    return 1 / (1 + np.exp(-log_odds))


def make_customers(rng: np.random.Generator, n: int = CUSTOMERS) -> dict[str, np.ndarray]:
    """Return the true attributes of n customers, column by column.

    All attributes are independent, except that the loyalty tier follows the lifecycle.
    """
    columns = {
        "customer_id": np.array([f"C{i:06d}" for i in range(1, n + 1)]),
        "gender": draw(rng, {"female": 0.5, "male": 0.5}, n),
        "age_band": draw(rng, AGE_BAND, n),
        "ethnicity": draw(rng, ETHNICITY, n),
        "region": draw(rng, REGION, n),
        "lifecycle": draw(rng, LIFECYCLE, n),
    }
    columns["gender"] = np.where(pick(rng, NON_BINARY, n), "non-binary", columns["gender"])
    standing = rng.random(n)
    above_basic = (standing >= look_up(BELOW_SILVER, columns["lifecycle"])).astype(int)
    above_silver = (standing >= look_up(BELOW_GOLD, columns["lifecycle"])).astype(int)
    columns["loyalty_tier"] = np.array(TIERS)[above_basic + above_silver]
    return columns


def predict(rng: np.random.Generator, customers: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
    """Return what the model says of every customer and what the customer did, column by column.

    Scores are whole ten-thousandths until they are written, so that no rounding decides an offer.
    """
    n = len(customers["customer_id"])
    level = look_up(INTEREST, customers["lifecycle"]) + look_up(INTEREST, customers["loyalty_tier"])
    interest = rng.normal(size=n)
    would_redeem = rng.random(n) < chance(level + SPREAD * interest)

    history = interest.copy()
    other_buyers = rng.normal(size=n)
    mixed = HISTORY_OF_65 * interest + np.sqrt(1 - HISTORY_OF_65**2) * other_buyers
    history = np.where(customers["age_band"] == "65+", mixed, history)
    as_guest = rng.random(n) < look_up(GUEST_SHARE | {"non-binary": 0.0}, customers["gender"])
    noise = rng.normal(size=n)
    history = np.where((customers["lifecycle"] == "new") & as_guest, EMPTY_HISTORY + 0.3 * noise, history)

    score = np.rint(10_000 * chance(level + SPREAD * history)).astype(int)
    offered = score >= np.where(customers["loyalty_tier"] == "gold", GOLD_CUT_OFF, CUT_OFF)
    return {
        "customer_id": customers["customer_id"],
        "score": np.array([f"{points / 10_000:.4f}" for points in score.tolist()]),
        "offered": offered.astype(int),
        "would_redeem": would_redeem.astype(int),
    }


def write(path: Path, columns: Mapping[str, np.ndarray], keep: np.ndarray) -> None:
    """Write the kept rows as CSV, with the same line ends on every system."""
    rows: Iterable[Sequence[object]] = zip(*(column[keep].tolist() for column in columns.values()), strict=True)
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(columns)
        writer.writerows(rows)


def make(folder: Path) -> None:
    """Write the three files into a folder, which is created if need be."""
    rng = np.random.Generator(np.random.PCG64(SEED))
    customers = make_customers(rng)
    predictions = predict(rng, customers)

    withheld = pick(rng, GENDER_MISSING, CUSTOMERS) & (customers["gender"] != "non-binary")
    customers["gender"] = np.where(withheld, "", customers["gender"])
    customers["ethnicity"] = np.where(pick(rng, ETHNICITY_MISSING, CUSTOMERS), "", customers["ethnicity"])
    one_file_only = np.argsort(rng.random(CUSTOMERS), kind="stable")
    in_predictions = np.ones(CUSTOMERS, dtype=bool)
    in_predictions[one_file_only[:WITHOUT_PREDICTION]] = False
    in_customers = np.ones(CUSTOMERS, dtype=bool)
    in_customers[one_file_only[WITHOUT_PREDICTION:][:WITHOUT_ATTRIBUTES]] = False

    folder.mkdir(parents=True, exist_ok=True)
    write(folder / "predictions.csv", predictions, in_predictions)
    write(folder / "customers.csv", customers, in_customers)
    if folder.resolve() != HERE:
        shutil.copyfile(HERE / "fairaudit.toml", folder / "fairaudit.toml")


def main() -> None:
    """Read the folder from the command line and make the files."""
    parser = argparse.ArgumentParser(description="Write the sample data of fairaudit.")
    parser.add_argument("folder", nargs="?", type=Path, default=HERE, help="where to write (default: beside this file)")
    make(parser.parse_args().folder)


if __name__ == "__main__":
    main()
