"""The layer with the functions' third-party packages: built for Lambda's platform on any machine, keyed by the lock."""

import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import NotRequired, TypedDict

import pulumi
import pulumi_aws as aws
from pulumi import Input, Output, ResourceOptions

from components.archive import read_tree, store_archive, to_zip
from components.aws.lambda_service import ARCHITECTURE, RUNTIME
from components.inputs import with_former_type

# Lambda's Python 3.13 runs on Amazon Linux 2023, whose glibc is newer than manylinux 2.28 asks for:
# https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtimes.html
PLATFORM = "aarch64-manylinux_2_28"
PYTHON_VERSION = "3.13"
REQUIREMENTS = "requirements.txt"


class LambdaLayerArgs(TypedDict):
    """Inputs of `LambdaLayer`."""

    archive: Input[pulumi.Archive]
    """The packages under `python/`, built for the functions' platform; a change replaces the version."""
    description: NotRequired[Input[str]]
    """What it holds (default empty)."""


class LambdaLayer(pulumi.ComponentResource):
    """A Lambda layer version for this toolkit's runtime and architecture.

    Cost: storage within Lambda's 75 GB is free (https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html).

    Example:
        ```python
        LambdaLayer("dependencies", {"archive": pulumi.AssetArchive({"python/a.py": pulumi.StringAsset("A = 1")})})
        ```
    """

    arn: Output[str]
    """The version's ARN, for `LambdaService.layers`."""

    def __init__(self, name: str, args: LambdaLayerArgs, opts: ResourceOptions | None = None) -> None:
        super().__init__("scaleshop:index:LambdaLayer", name, {}, with_former_type("FunctionLayer", opts))
        layer = aws.lambda_.LayerVersion(
            f"{name}-layer",
            layer_name=f"{pulumi.get_project()}-{pulumi.get_stack()}-{name}",
            code=args["archive"],
            description=args.get("description"),
            compatible_runtimes=[RUNTIME],
            compatible_architectures=[ARCHITECTURE],
            opts=ResourceOptions(parent=self),
        )
        self.arn = layer.arn
        self.register_outputs({"arn": self.arn})


class LayerError(RuntimeError):
    """A layer that could not be built; the message says why and what to do."""


def export_requirements(project: Path, group: str) -> str:
    """The exact pins of a dependency group, as the lock has them; no network is needed.

    Raises:
        LayerError: the lock is missing, stale or has no such group.
    """
    command = [_find_uv(), "export", "--quiet", "--frozen", "--offline", "--no-header", "--no-annotate", "--no-hashes"]
    command += ["--only-group", group, "--no-emit-project", "--project", str(project)]
    return _run(command, f"dependency group '{group}' of {project / 'pyproject.toml'}")


def build_layer_archive(requirements: str, out_dir: Path) -> Path:
    """The layer's zip: `python/` with the packages for `PLATFORM` and `PYTHON_VERSION`, `requirements.txt` beside it.

    Built once for a set of pins; later calls return the file at once.

    Raises:
        LayerError: a package has no wheel for the platform, or the index does not answer.
    """
    if built := find_layer_archive(requirements, out_dir):
        return built
    out_dir.mkdir(parents=True, exist_ok=True)
    target = Path(tempfile.mkdtemp(dir=out_dir))
    try:
        pins = target / REQUIREMENTS
        pins.write_text(requirements)
        packages = target / "python"
        _run(install_command(pins, packages), "the dependency layer")
        data = to_zip({REQUIREMENTS: requirements.encode(), **_read_packages(packages)})
    finally:
        shutil.rmtree(target, ignore_errors=True)
    path = store_archive(data, out_dir, "dependencies")
    _index_file(requirements, out_dir).write_text(path.name)
    return path


def find_layer_archive(requirements: str, out_dir: Path) -> Path | None:
    """The layer's zip where it has been built, else None."""
    index = _index_file(requirements, out_dir)
    built = out_dir / index.read_text() if index.exists() else None
    return built if built and built.exists() else None


def install_command(requirements: Path, target: Path) -> Sequence[str]:
    """The uv command that lays the packages out; wheels alone, so that nothing is compiled for the wrong machine."""
    return (
        _find_uv(), "pip", "install", "--quiet", "--target", str(target), "--requirement", str(requirements),
        "--no-deps", "--python-platform", PLATFORM, "--python-version", PYTHON_VERSION, "--only-binary", ":all:",
        "--no-compile-bytecode",
    )  # fmt: skip


def _index_file(requirements: str, out_dir: Path) -> Path:
    key = hashlib.sha256(f"{PLATFORM} {PYTHON_VERSION}\n{requirements}".encode()).hexdigest()[:16]
    return out_dir / f"layer-{key}"


def _read_packages(directory: Path) -> dict[str, bytes]:
    files = read_tree(directory, prefix="python/")
    # RECORD lists what uv wrote, in an order of its own, and scripts name this machine's interpreter; no function
    # reads the one or starts the other.
    left_out = (".dist-info/RECORD", "/uv_cache.json")
    return {n: data for n, data in files.items() if not n.endswith(left_out) and not n.startswith("python/bin/")}


def _find_uv() -> str:
    beside = Path(sys.executable).parent / "uv"
    found = str(beside) if beside.exists() else shutil.which("uv")
    if found is None:
        msg = "uv is not installed beside Python and not on PATH; run `make up`, or `pip install uv`."
        raise LayerError(msg)
    return found


def _run(command: Sequence[str], what: str) -> str:
    environment = {k: v for k, v in os.environ.items() if k not in ("VIRTUAL_ENV", "UV_PROJECT_ENVIRONMENT")}
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=environment)
    if done.returncode:
        msg = (
            f"{what} could not be read or built; check the network and that uv.lock is up to date. "
            f"uv's output:\n{done.stderr.strip()}"
        )
        raise LayerError(msg)
    return done.stdout
