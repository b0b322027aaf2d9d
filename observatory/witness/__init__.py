"""Serve a witness: somebody else who signs that a log only ever grew."""
