"""Behaviours of API Gateway's HTTP APIs."""
