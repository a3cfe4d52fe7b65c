"""Rotation of secrets: the steps of its function, and when it is due."""
