"""Turn bytes into columns. Pure."""
