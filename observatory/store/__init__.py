"""Keep what we know; the only SQL."""
