"""Decide by the rules of the sign-off. Pure."""
