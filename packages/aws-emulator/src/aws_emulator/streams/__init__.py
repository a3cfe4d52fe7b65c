"""How Lambda reads a table's stream: batches, retries, bisecting, order by item, checkpoints."""
