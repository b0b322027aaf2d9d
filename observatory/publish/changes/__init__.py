"""Publish what changed of what was published, as a page and as a feed."""
