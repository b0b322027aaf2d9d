"""The append-only log of bytes. Pure."""
