"""Behaviours of asynchronous invocations of Lambda."""
