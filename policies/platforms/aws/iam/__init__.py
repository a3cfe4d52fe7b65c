"""Rules for IAM, and what they share."""
