"""The emulator with its supplements; run by path, in the emulator's interpreter, in place of its own command."""

import importlib
import sys
from pathlib import Path


def main() -> None:
    """Put the supplements in, then be the emulator."""
    # This directory must not shadow a module, and of the project's packages the emulator's own come first.
    sys.path[0:1] = []
    sys.path.append(str(Path(__file__).parents[4]))
    host = importlib.import_module("sandbox.planes.aws.inside.host")
    host.install()
    importlib.import_module("ministack.app").main()


if __name__ == "__main__":
    main()
