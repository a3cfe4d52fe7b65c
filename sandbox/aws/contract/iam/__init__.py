"""Behaviours of IAM: policies of roles and of resources."""
