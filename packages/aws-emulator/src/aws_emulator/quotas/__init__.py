"""AWS's quotas: one table of them, and the token buckets that hold a rate."""
