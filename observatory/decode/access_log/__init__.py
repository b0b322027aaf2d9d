"""Turn lines of access logs into columns."""
