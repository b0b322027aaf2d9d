"""Serve pages for citizens."""
