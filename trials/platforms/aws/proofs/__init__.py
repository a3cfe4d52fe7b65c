"""Proofs on AWS, a module each; its `PROOF` is found by `trials.proof`."""
