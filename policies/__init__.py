"""Guardrails for scaling and resilience."""
