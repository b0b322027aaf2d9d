"""Collect logs of public services, and publish figures and sign-offs for everyone to read."""

__version__ = "0.1.0"
