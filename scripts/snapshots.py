"""Regenerate the committed snapshots of the components: identities and package schema."""

import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "tests" / "contracts")]

from contract_snapshots import write  # noqa: E402 - found through the path above

if __name__ == "__main__":
    for path in write():
        sys.stdout.write(f"wrote {path.relative_to(ROOT)}\n")
