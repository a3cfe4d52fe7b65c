"""The toy cloud as a data plane."""

import os
import sys
from collections.abc import Mapping
from pathlib import Path

from sandbox.host.plane import Plane, PlaneLocation

TOY = Path(__file__).parents[2]
ROOT = TOY.parents[2]


def _environment(location: PlaneLocation) -> Mapping[str, str]:
    return {"PORT": str(location.port), "PYTHONPATH": os.pathsep.join([str(ROOT), *filter(None, sys.path)])}


PLANE = Plane(
    name="toy",
    version="toy cloud 1",
    pins=TOY / "pins.txt",
    command=lambda _: (sys.executable, str(TOY / "cloud.py")),
    environment=_environment,
    health="/cloud/health",
    unread="nothing was kept",
)
