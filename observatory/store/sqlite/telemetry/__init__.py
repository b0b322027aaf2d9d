"""Telemetry in SQLite."""
