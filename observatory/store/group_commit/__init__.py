"""Let many writers share one transaction."""
