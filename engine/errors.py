"""What can go wrong with a stack; every message is written for the user."""


class EngineError(Exception):
    """An operation that could not start or go on."""


class StateError(EngineError):
    """A state file that can't be used."""


class StateCorruptError(StateError):
    """A state file that is no deployment, or half of one."""


class StateLockedError(StateError):
    """A state that another operation is working on."""


class WrongPassphraseError(StateError):
    """A state whose secrets the passphrase does not open."""


class ForeignStateError(StateError):
    """A state of another project or stack."""


class StepError(Exception):
    """A resource operation that failed; its message has been reported as a diagnostic."""
