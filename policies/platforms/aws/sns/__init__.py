"""Rules for SNS, and what they share."""
