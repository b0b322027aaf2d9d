"""Load scenarios (locust) and benchmarks: always against a server they start themselves, on loopback, bounded in time."""
