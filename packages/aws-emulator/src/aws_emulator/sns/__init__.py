"""Deliveries of SNS that fail."""
