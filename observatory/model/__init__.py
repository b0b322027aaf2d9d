"""Name the nouns all flows share: frozen values that refuse nonsense. No I/O."""
