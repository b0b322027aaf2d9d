"""Share what every page and endpoint needs."""
