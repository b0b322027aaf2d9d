"""The SQLite backend: two files because two promises."""
