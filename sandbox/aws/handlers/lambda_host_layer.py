"""Host layers: the pins of a dependency layer, built for the interpreter that runs functions here."""

import hashlib
import io
import os
import platform
import shutil
import subprocess
import sys
import tempfile
import threading
import zipfile
from pathlib import Path

from sandbox.host.environments import cache_directory, find_uv

REQUIREMENTS = "requirements.txt"
EPOCH = (1980, 1, 1, 0, 0, 0)
_lock = threading.Lock()


def build_host_layer(archive: bytes) -> bytes:
    """The layer's zip for this machine, kept in the cache; an archive without `requirements.txt` is taken as it is.

    Raises:
        RuntimeError: uv could not install the pins.
    """
    with zipfile.ZipFile(io.BytesIO(archive)) as file:
        if REQUIREMENTS not in file.namelist():
            return archive
        requirements = file.read(REQUIREMENTS)
    key = hashlib.sha256(platform.python_version().encode() + requirements).hexdigest()[:16]
    path = cache_directory() / f"host-layer-{key}.zip"
    with _lock:
        if not path.exists():
            _build(requirements, path)
    return path.read_bytes()


def _build(requirements: bytes, path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    work = Path(tempfile.mkdtemp(dir=path.parent))
    try:
        pins, target = work / REQUIREMENTS, work / "python"
        pins.write_bytes(requirements)
        command = [find_uv(), "pip", "install", "--quiet", "--no-deps", "--target", str(target)]
        command += ["--python", sys.executable, "--requirement", str(pins)]
        clean = {k: v for k, v in os.environ.items() if k not in ("VIRTUAL_ENV", "UV_PROJECT_ENVIRONMENT")}
        done = subprocess.run(command, capture_output=True, text=True, check=False, env=clean)
        if done.returncode:
            msg = (
                f"the layer's packages could not be installed for this machine; uv said:\n{done.stderr.strip()[-800:]}"
            )
            raise RuntimeError(msg)
        packed = work / "layer.zip"
        with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as file:
            for item in sorted(p for p in target.rglob("*") if p.is_file()):
                file.writestr(zipfile.ZipInfo(item.relative_to(work).as_posix(), EPOCH), item.read_bytes())
        packed.replace(path)
    finally:
        shutil.rmtree(work, ignore_errors=True)
