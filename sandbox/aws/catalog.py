"""The catalog of AWS resource types that the sandbox knows: the handlers of every module in `handlers`."""

from sandbox.aws import handlers
from sandbox.handler import collect_handlers

REGISTRY = collect_handlers(handlers)
