"""Pulumi programs, one an architecture, and the settings that they read."""
