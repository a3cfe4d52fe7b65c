"""Fixtures of every test."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

from plane_fixture import aws_plane, emulator_alone

__all__ = ["aws_plane", "emulator_alone"]
