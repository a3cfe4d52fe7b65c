"""Rules for API Gateway, and what they share."""
