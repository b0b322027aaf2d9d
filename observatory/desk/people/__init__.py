"""Serve the pages where people add ways to sign in, see those they have, and give others leave for more."""
