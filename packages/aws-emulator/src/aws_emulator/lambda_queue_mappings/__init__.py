"""Event source mappings of queues: when a batch is taken, how many run, and what a function's answer deletes."""
