"""Rules for SQS, and what they share."""
