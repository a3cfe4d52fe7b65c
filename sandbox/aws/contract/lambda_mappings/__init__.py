"""Behaviours of Lambda's event source mappings: queues and streams."""
