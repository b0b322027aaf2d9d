"""What every public surface reads."""
