"""Bytes become columns. Pure."""
