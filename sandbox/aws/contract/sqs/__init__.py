"""Behaviours of SQS."""
