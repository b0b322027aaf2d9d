"""Results of probes, as CSV or JSON, become columns."""
