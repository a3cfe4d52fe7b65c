"""The public components of the toolkit; the `scaleshop` command lives beside them.

Pulumi's plugin host imports this module and offers every component class in its namespace. For everybody else the
classes are loaded when they are named, so that the command does not pay a second for a cloud's SDK on every start.
"""

import sys
from typing import Any

from components import load, platforms

# The host reads `vars(module)`, which a module-level `__getattr__` cannot fill (pulumi/provider/experimental/host.py).
if "pulumi.run.plugin" in sys.modules:
    globals().update({name: load(name) for name in platforms()})


def __getattr__(name: str) -> Any:
    if name in platforms():
        return load(name)
    msg = f"module '{__name__}' has no attribute '{name}'"
    raise AttributeError(msg)


def __dir__() -> list[str]:
    return sorted({*globals(), *platforms()})
