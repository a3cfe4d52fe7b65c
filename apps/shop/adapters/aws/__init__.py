"""Ports on AWS."""
