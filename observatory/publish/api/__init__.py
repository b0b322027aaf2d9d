"""Serve open data."""
