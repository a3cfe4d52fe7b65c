"""Generators of what is committed and made from code: snapshots, diagrams, reference tables."""
