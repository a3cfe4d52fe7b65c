"""Predicates on numbers of AWS."""
