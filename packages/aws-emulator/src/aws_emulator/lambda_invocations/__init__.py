"""Invocations of functions in the emulator: by its API, and by its services themselves."""
