"""The rules of the sign-off. Pure."""
