"""Data points of metrics become counters."""
