"""Serve maintenance as a calendar."""
