"""Hold the compiled ground floor, which knows no word of the product."""
