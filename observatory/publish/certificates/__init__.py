"""Serve certificates of sign-offs: as pages, as text and for programs."""
