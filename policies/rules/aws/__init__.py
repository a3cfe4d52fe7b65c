"""Guardrails for AWS."""
