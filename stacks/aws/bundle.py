"""Files that the program uploads: the shop's code, its dependencies, its storefront."""

from pathlib import Path

import pulumi

from components.archive import read_tree, store_archive, to_zip
from components.aws.lambda_layer import build_layer_archive, export_requirements, find_layer_archive

ROOT = Path(__file__).parents[2]
BUILD = ROOT / ".scaleshop" / "build"
STOREFRONT = ROOT / "apps" / "storefront"
DEPENDENCIES = "lambda"
"""The dependency group of pyproject.toml that becomes the layer."""


def build_shop_code() -> pulumi.FileArchive:
    """The shop's code and contracts, without dependencies; byte for byte the same on every clone."""
    files = read_tree(ROOT / "apps", prefix="apps/", include=("*.py", "*.json", "*.yaml"))
    return pulumi.FileArchive(str(store_archive(to_zip(files), _build_directory(), "shop")))


def build_dependencies() -> Path:
    """The layer with the pinned dependencies, built for the function's platform at first use.

    Raises:
        components.aws.lambda_layer.LayerError: the package index does not answer.
    """
    return build_layer_archive(export_requirements(ROOT, DEPENDENCIES), _build_directory())


def dependencies_are_built() -> bool:
    """Whether `build_dependencies` returns at once."""
    return find_layer_archive(export_requirements(ROOT, DEPENDENCIES), BUILD) is not None


def _build_directory() -> Path:
    # Beside it lie the sandbox's state and passphrase, so whoever makes the directory first makes it the user's alone.
    BUILD.parent.mkdir(mode=0o700, exist_ok=True)
    return BUILD
