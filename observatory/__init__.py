"""The observatory: logs in, figures and sign-offs out, for everyone to read."""

__version__ = "0.1.0"
