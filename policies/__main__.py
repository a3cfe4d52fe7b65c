"""The policy pack, as `pulumi preview --policy-pack` starts it: Pulumi reads the port from standard output.

Pulumi puts this directory first on the module path, where `core` and `rules` would hide packages of these names; what
is imported is the package `policies` beside the rest of the project.
"""

import sys
from pathlib import Path

_HERE = Path(__file__).resolve().parent
sys.path[:] = [str(_HERE.parent), *(p for p in sys.path if Path(p).resolve() not in {_HERE, _HERE.parent})]

from pulumi_policy import PolicyPack  # noqa: E402 - needs the path

from policies.pack import policies  # noqa: E402

if __name__ == "__main__":
    # Does not return: it serves until the engine ends it.
    PolicyPack("scaleshop", policies())
