"""Proofs on AWS, a module each; its `PROOF` is found by `trials.guardrails.proof`."""
