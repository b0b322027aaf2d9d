"""What we keep; the only SQL."""
