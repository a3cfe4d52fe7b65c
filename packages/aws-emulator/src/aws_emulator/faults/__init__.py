"""Faults between callers and services, which a trial puts in and takes out."""
