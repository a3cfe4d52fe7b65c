"""Rules for tags of every service, and what they share."""
