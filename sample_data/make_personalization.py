"""Make the sample data of personalization: an experiment with a personalized start page, and the prices of a shop.

``python sample_data/make_personalization.py [FOLDER]`` writes ``experiment.csv`` and ``prices.csv`` into FOLDER
(default: beside this file). The same bytes come out every time. Planted:

1. The experiment. Chance decides who sees the personalized page. It brings 6 more purchases per 100 visitors, whoever
   they are, but for visitors of 65 and over, whom it costs 8: its buttons are small.
2. The prices. Everybody pays alike for a product, but for customers of 65 and over, who pay 7 % more: they buy on a
   device for which the pricing model asks more. Women buy dearer products, so they pay more on average, and that is
   no unequal price.
"""

from __future__ import annotations

import argparse
import csv
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from make import AGE_BAND, draw

if TYPE_CHECKING:
    from collections.abc import Sequence

HERE = Path(__file__).resolve().parent
SEED = 20261125
VISITORS, SALES = 16_000, 6_000

BASE = {"18-29": 0.20, "30-44": 0.24, "45-64": 0.22, "65+": 0.21}
"""Chance of a purchase on the generic page."""
GAIN, GAIN_OF_65 = 0.06, -0.08
"""Planted 1: what the personalized page adds to it."""
LIST_PRICE = {"cable": 9.0, "headphones": 79.0, "keyboard": 49.0, "monitor": 219.0}
MIX = {
    "female": {"cable": 0.20, "headphones": 0.30, "keyboard": 0.20, "monitor": 0.30},
    "male": {"cable": 0.35, "headphones": 0.25, "keyboard": 0.25, "monitor": 0.15},
}
"""What women and men buy."""
MARK_UP_OF_65 = 1.07
"""Planted 2: what customers of 65 and over pay beside the others."""


def experiment(rng: np.random.Generator) -> tuple[Sequence[str], list[Sequence[object]]]:
    """Return the head and the rows of the experiment."""
    age, gender = draw(rng, AGE_BAND, VISITORS), draw(rng, {"female": 0.5, "male": 0.5}, VISITORS)
    personalized = rng.random(VISITORS) < 0.5
    gain = np.where(age == "65+", GAIN_OF_65, GAIN)
    bought = rng.random(VISITORS) < np.array([BASE[one] for one in age.tolist()]) + np.where(personalized, gain, 0.0)
    spend = np.where(bought, np.round(rng.gamma(2.0, 20.0, VISITORS) + 5.0, 2), 0.0)
    page = np.where(personalized, "personalized", "generic")
    columns = (gender, age, page, bought.astype(int), spend)
    rows = [(f"V{i:05d}", *(column[i].item() for column in columns)) for i in range(VISITORS)]
    return ("visitor_id", "gender", "age_band", "page", "bought", "spend"), rows


def prices(rng: np.random.Generator) -> tuple[Sequence[str], list[Sequence[object]]]:
    """Return the head and the rows of the sales."""
    age, gender = draw(rng, AGE_BAND, SALES), draw(rng, {"female": 0.5, "male": 0.5}, SALES)
    product = np.where(gender == "female", draw(rng, MIX["female"], SALES), draw(rng, MIX["male"], SALES))
    level = np.exp(rng.normal(0.0, 0.08, SALES)) * np.where(age == "65+", MARK_UP_OF_65, 1.0)
    price = np.round(np.array([LIST_PRICE[one] for one in product.tolist()]) * level, 2)
    rows = [(f"S{i:05d}", *(column[i].item() for column in (gender, age, product, price))) for i in range(SALES)]
    return ("sale_id", "gender", "age_band", "product", "price"), rows


def write(folder: Path) -> None:
    """Write both files."""
    rng = np.random.default_rng(SEED)
    for name, (head, rows) in (("experiment.csv", experiment(rng)), ("prices.csv", prices(rng))):
        with (folder / name).open("w", encoding="utf-8", newline="") as stream:
            writer = csv.writer(stream, lineterminator="\n")
            writer.writerow(head)
            writer.writerows(rows)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Make the sample data of personalization.")
    parser.add_argument("folder", nargs="?", type=Path, default=HERE)
    write(parser.parse_args().folder)
