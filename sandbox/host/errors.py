"""The error of the sandbox; every message is written for the user."""


class SandboxError(Exception):
    """The sandbox could not do what was asked; the message says why and what to do."""
