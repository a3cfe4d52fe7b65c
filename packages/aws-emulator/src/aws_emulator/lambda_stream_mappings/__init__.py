"""Event source mappings of DynamoDB streams: batches, retries, bisecting, order by item, checkpoints."""
