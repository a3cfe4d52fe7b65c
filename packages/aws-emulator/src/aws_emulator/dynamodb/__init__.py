"""Throughput of tables: what requests consume, what a table may consume, and what AWS answers above it."""
