"""Pages where people do flow 2."""
