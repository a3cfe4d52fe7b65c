"""The toy cloud's guardrails."""

TITLE = "Toy cloud"
