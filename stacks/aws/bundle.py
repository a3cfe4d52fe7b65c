"""What the programs hand over to clouds: the shop's code, its dependencies, its page."""

from pathlib import Path

import pulumi

from components.archive import store, tree, zip_bytes
from components.aws.lambda_layer import built_archive, dependency_archive, pinned_requirements

ROOT = Path(__file__).parents[2]
BUILD = ROOT / ".scaleshop" / "build"
STOREFRONT = ROOT / "apps" / "storefront"
DEPENDENCIES = "lambda"
"""The dependency group of pyproject.toml that becomes the layer."""


def shop_code() -> pulumi.FileArchive:
    """The shop's code and contracts, without dependencies; byte for byte the same on every clone."""
    files = tree(ROOT / "apps", prefix="apps/", include=("*.py", "*.json", "*.yaml"))
    return pulumi.FileArchive(str(store(zip_bytes(files), _build_directory(), "shop")))


def shop_dependencies() -> Path:
    """The layer with the pinned dependencies, built for the function's platform at first use.

    Raises:
        components.aws.lambda_layer.LayerError: the package index does not answer.
    """
    return dependency_archive(pinned_requirements(ROOT, DEPENDENCIES), _build_directory())


def dependencies_are_built() -> bool:
    """Whether `shop_dependencies` returns at once."""
    return built_archive(pinned_requirements(ROOT, DEPENDENCIES), BUILD) is not None


def _build_directory() -> Path:
    # Beside it lie the sandbox's state and passphrase, so whoever makes the directory first makes it the user's alone.
    BUILD.parent.mkdir(mode=0o700, exist_ok=True)
    return BUILD
