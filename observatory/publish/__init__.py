"""Serve the public reads: pages, open data, metrics; all from one read model."""
