"""The nouns both flows share: frozen values that refuse nonsense. No I/O."""
