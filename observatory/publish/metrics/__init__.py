"""Metrics for Prometheus: of the services, and our own."""
