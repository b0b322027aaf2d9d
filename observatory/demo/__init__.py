"""A small town of sample services that send real telemetry."""
