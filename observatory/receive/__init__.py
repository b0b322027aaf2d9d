"""Receive telemetry."""
