"""Where an executive decides and signs."""
