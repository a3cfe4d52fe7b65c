"""Guardrails proven: what a rule asks for is taken away, and a trial that held fails."""
