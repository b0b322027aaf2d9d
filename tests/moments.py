"""The moment at which most tests take place."""

from datetime import UTC, datetime

NOW = datetime(2026, 11, 20, 3, 0, tzinfo=UTC)
"""Noon in Seoul."""
