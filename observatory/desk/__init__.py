"""Serve the pages where staff work, behind a sign-in."""
