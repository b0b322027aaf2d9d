"""The table of contents: one file a story, each read from top to bottom."""
