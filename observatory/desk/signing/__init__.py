"""Serve the pages where an executive decides and signs."""
