"""Turn data points of metrics into counters."""
