"""The bad shops: programs that are each wrong in one way, with what must be found in a comment above the wrong line."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

BAD = Path(__file__).parent / "bad_shops"
PARTS = "good.py"
# finds: <rule> <part of the message>
FINDS = re.compile(r"# finds: (?P<rule>\S+) (?P<says>.+)")


@dataclass(frozen=True)
class Shop:
    """A program and the one finding that it must have."""

    program: Path
    rule: str
    says: str
    """A part of the message, with resource and numbers."""
    line: int
    """Of the program, at which the resource is made."""

    @property
    def directory(self) -> Path:
        return self.program.parent


def shops() -> Sequence[Shop]:
    """All of them, by file.

    Raises:
        AssertionError: a program has no or several expectations.
    """
    return [_shop(path) for path in sorted(BAD.glob("*/*.py")) if path.name != PARTS]


def _shop(path: Path) -> Shop:
    expected = [(i, FINDS.fullmatch(line)) for i, line in enumerate(path.read_text("utf-8").splitlines(), 1)]
    found = [(i, match) for i, match in expected if match]
    assert len(found) == 1, f"{path.name} has {len(found)} comments '# finds: '"
    ((line, match),) = found
    return Shop(path, match["rule"], match["says"], line + 1)
