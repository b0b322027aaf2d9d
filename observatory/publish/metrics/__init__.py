"""Serve metrics for Prometheus: of the services, and our own."""
