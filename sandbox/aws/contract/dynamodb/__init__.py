"""Behaviours of DynamoDB."""
