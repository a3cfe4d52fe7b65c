"""The proof: what a client may expect of a deployed shop, checked from outside."""
