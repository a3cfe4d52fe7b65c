"""Rules for DynamoDB, and what they share."""
