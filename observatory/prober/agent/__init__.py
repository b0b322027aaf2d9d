"""Check from another host, as a place of its own: what to check comes from the server, and what was seen goes back to it."""
