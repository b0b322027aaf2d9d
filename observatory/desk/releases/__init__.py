"""Let those who deliver a release freeze it."""
