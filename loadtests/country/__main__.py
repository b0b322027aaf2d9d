"""Make a country from the command line: python -m loadtests.country FOLDER [--services 1000] [--days 90] [--seed 20261130]."""

import argparse
from functools import partial
from pathlib import Path

from loadtests.country.fill import SEED, Plan, fill
from observatory import clock


def main() -> None:
    """Fill a folder, and say how far it has come."""
    parser = argparse.ArgumentParser(prog="python -m loadtests.country", description="Fill an empty data folder with a country.")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--services", type=int, default=1000)
    parser.add_argument("--days", type=int, default=90)
    parser.add_argument("--seed", type=int, default=SEED)
    wanted = parser.parse_args()
    fill(wanted.folder, Plan(wanted.services, wanted.days, wanted.seed), clock.now(), partial(print, flush=True))


if __name__ == "__main__":
    main()
