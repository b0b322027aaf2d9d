"""Telemetry comes in."""
