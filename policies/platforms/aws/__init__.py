"""Guardrails for AWS."""

TITLE = "AWS"
