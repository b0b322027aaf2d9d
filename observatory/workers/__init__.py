"""Run background steps, one file each."""
