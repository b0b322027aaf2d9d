"""Keep the register in SQLite."""
