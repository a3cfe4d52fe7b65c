"""Behaviours of EventBridge: buses, rules, deliveries."""
