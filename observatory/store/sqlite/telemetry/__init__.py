"""Keep telemetry in SQLite."""
