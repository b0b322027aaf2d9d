"""Keep the number that every table of hashes in this process is salted with."""

import numpy as np

SEED = np.uint64(hash("observatory") & 0xFFFF_FFFF_FFFF_FFFF)
"""Differs from process to process, as hashes of strings do, so that nobody can send text or keys that all collide."""
