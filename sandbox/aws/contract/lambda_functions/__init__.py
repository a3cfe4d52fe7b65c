"""Behaviours of Lambda functions: what they are given, errors, logs, versions, quotas."""
