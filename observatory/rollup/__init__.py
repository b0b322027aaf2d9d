"""Columns become counters. Pure."""
