"""Many writers share one transaction."""
