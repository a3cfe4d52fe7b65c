"""Behaviours of S3."""
