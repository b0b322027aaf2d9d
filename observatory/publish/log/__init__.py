"""Publish the log in the form that other programs verify: a checkpoint, tiles, proofs (C2SP)."""
