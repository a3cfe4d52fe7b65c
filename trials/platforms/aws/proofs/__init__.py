"""Proofs of AWS's guardrails, a module each; `trials.proof.proofs` finds their `PROOF`."""
