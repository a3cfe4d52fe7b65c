"""Rules for EventBridge, and what they share."""
