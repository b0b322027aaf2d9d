"""Turn columns into counters. Pure."""
