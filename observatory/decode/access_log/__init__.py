"""Lines of access logs become columns."""
