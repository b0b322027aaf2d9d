"""Read once what every public surface shows."""
