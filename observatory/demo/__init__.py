"""Show the observatory at work: a small town of sample services that send real telemetry."""
