"""How Lambda reads a table's stream: batches, retries, bisecting, lanes, checkpoints; knows no emulator."""
