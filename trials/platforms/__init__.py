"""How each platform carries out what an experiment does to it."""
