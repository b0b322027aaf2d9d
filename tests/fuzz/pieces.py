"""Check pieces of much on all processors, and show how far it is."""

import sys
from collections.abc import Callable, Sequence
from multiprocessing import Pool, cpu_count


def check_pieces(check: Callable[[int], str], arguments: Sequence[str], *, piece: int, told_every: int, what: str, disagree: str) -> int:
    """Check COUNT of `what`, so many a piece, from a seed on; return 1 at the first piece of which `check` tells something."""
    count, seed = int(arguments[0]), int(arguments[1]) if len(arguments) > 1 else 1
    pieces, first = -(-count // piece), seed << 32  # Runs with other seeds check others.
    with Pool(cpu_count()) as pool:
        for done, difference in enumerate(pool.imap_unordered(check, range(first, first + pieces)), start=1):
            if difference:
                print(f"{disagree} {difference}", file=sys.stderr)
                return 1
            if done % told_every == 0 or done == pieces:
                print(f"{done * piece:,} of {pieces * piece:,} {what}, 0 disagreements", flush=True)
    return 0
