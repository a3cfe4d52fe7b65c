"""Which tests run, and in which order: an architecture's alone if one is named, and the long files first."""

import re
from collections.abc import Collection, Sequence
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
OPTION = "--architecture"


def find_architectures() -> frozenset[str]:
    """The names of all architectures; none is imported."""
    folders = (ROOT / "scaleshop" / "architectures").iterdir()
    return frozenset(folder.name for folder in folders if (folder / "__init__.py").is_file())


def is_shared_or_of(architecture: str, path: Path, known: Collection[str]) -> bool:
    """Whether a file tests what architectures share, or the given one.

    Args:
        architecture: Its name.
        path: The file's, relative to the project.
        known: The names of all architectures; a file is of each that is a word of its path, as in
            `sandbox/aws/test_plane.py`, `stacks/test_aws_program.py` and `packages/aws-emulator/tests/test_cli.py`.
    """
    named = set(re.split(r"[^a-z0-9]+", path.as_posix())) & set(known)
    return not named or architecture in named


def deploys_a_shop(file: Path) -> bool:
    """Whether a file's tests deploy a shop of their own and sell on it."""
    return file.parent.name == "e2e"


def sort_by_file(items: Sequence[pytest.Item]) -> list[pytest.Item]:
    """The files that deploy a shop first, then those that start a data plane, then the rest; else the order is kept.

    Workers take whole files, and a long one that starts last would keep one worker busy alone.
    """
    with_planes = {item.path for item in items if item.get_closest_marker("plane")}

    def rank(item: pytest.Item) -> int:
        return 0 if deploys_a_shop(item.path) else 1 if item.path in with_planes else 2

    return sorted(items, key=rank)
