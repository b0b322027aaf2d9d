"""Publish causes that incidents of several services share, as pages."""
