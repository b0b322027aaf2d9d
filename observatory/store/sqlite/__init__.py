"""Keep everything in SQLite: two files because two promises."""
