"""Rules for CloudWatch, and what they share."""
