"""Prove what stands in the append-only log of bytes. Pure."""
