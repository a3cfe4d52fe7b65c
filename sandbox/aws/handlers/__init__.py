"""Handlers of AWS resource types, a module for each service; each lists its own in `HANDLERS`."""
