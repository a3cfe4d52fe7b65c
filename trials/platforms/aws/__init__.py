"""AWS: how it is broken, what its lake counts, and proofs of its guardrails."""
