"""Contracts of clouds: what a cloud does, as behaviours that are checked on a sandbox or on a real account."""
