"""Turn results of probes, as CSV or JSON, into columns."""
