"""Background steps, one file each."""
