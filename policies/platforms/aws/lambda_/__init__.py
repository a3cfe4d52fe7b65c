"""Rules for Lambda, and what they share."""
