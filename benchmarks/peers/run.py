"""Measure one library on two Parquet files, with its own Python, and print its answers and seconds as JSON.

Run as ``PYTHON run.py LIBRARY PREDICTIONS CUSTOMERS --protected C ... [--segments C ...] [--rounds N]``. A library is a
module ``with_LIBRARY`` beside this file: ``measure(frame, protected, segments, rounds)`` takes the joined frame and
returns its answers; what it imports at the top is timed apart.
"""

import argparse
import importlib
import json
import sys
import time

start = time.perf_counter()


def main() -> None:
    """Import, read and join, measure, print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("library")
    parser.add_argument("predictions")
    parser.add_argument("customers")
    parser.add_argument("--protected", nargs="+", required=True)
    parser.add_argument("--segments", nargs="*", default=[])
    parser.add_argument("--rounds", type=int, default=0, help="of a bootstrap, where the library has one")
    options = parser.parse_args()

    import pandas as pd

    module = importlib.import_module(f"with_{options.library}")
    imported = time.perf_counter()
    frame = pd.read_parquet(options.predictions).merge(pd.read_parquet(options.customers), on="customer_id")
    read = time.perf_counter()
    answers = module.measure(frame, options.protected, options.segments, options.rounds)
    done = time.perf_counter()
    seconds = {"import": imported - start, "read": read - imported, "measure": done - read}
    json.dump({"seconds": seconds, "answers": answers}, sys.stdout)


if __name__ == "__main__":
    main()
