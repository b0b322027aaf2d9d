"""Name what a process of ours ends with, beside 0."""

REFUSED = 1
"""What was asked for cannot be done, or has failed."""
BAD_SETTINGS = 2
"""Wrongly called or configured."""
COMPILED = 75
"""Only of a server's worker: it has compiled what the next one finds."""
