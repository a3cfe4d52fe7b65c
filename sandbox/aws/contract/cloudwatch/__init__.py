"""Behaviours of CloudWatch: metrics and alarms."""
