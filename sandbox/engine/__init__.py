"""The embedded engine: Pulumi programs without the Pulumi CLI, for local sandboxes."""

from sandbox.engine.engine import Engine, Result
from sandbox.engine.errors import (
    EngineError,
    ForeignStateError,
    StateCorruptError,
    StateError,
    StateLockedError,
    WrongPassphraseError,
)
from sandbox.engine.policy import PolicyPack
from sandbox.engine.run import Step
from sandbox.engine.state import State

__all__ = [
    "Engine",
    "EngineError",
    "ForeignStateError",
    "PolicyPack",
    "Result",
    "State",
    "StateCorruptError",
    "StateError",
    "StateLockedError",
    "Step",
    "WrongPassphraseError",
]
