"""Architectures are found by folder; one that can't be used is named, and the others work."""

import importlib
import sys
import tomllib
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from scaleshop import architectures
from scaleshop.architectures import registry
from scaleshop.errors import CommandError, Exit
from scaleshop.session import open_session

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def add(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[str, str], None]]:
    """Puts an architecture's folder beside the others, for as long as a test runs."""
    monkeypatch.setattr(architectures, "__path__", [*architectures.__path__, str(tmp_path)])
    registry.load.cache_clear()

    def write(name: str, text: str) -> None:
        (tmp_path / name).mkdir()
        (tmp_path / name / "__init__.py").write_text(text)
        importlib.invalidate_caches()

    yield write
    registry.load.cache_clear()
    for name in [name for name in sys.modules if name.startswith("scaleshop.architectures.x")]:
        del sys.modules[name]


def refused(name: str) -> str:
    with pytest.raises(CommandError) as error:
        registry.load(name)
    assert error.value.code == Exit.ENVIRONMENT
    return str(error.value)


def test_a_folder_that_raises_at_import_is_named_with_what_it_raised(add: Callable[[str, str], None]) -> None:
    add("xbroken", "import a_package_that_nobody_has")
    assert "architecture 'xbroken' (scaleshop/architectures/xbroken) can't be loaded" in refused("xbroken")
    assert "a_package_that_nobody_has" in refused("xbroken")


def test_a_folder_without_an_architecture_is_named(add: Callable[[str, str], None]) -> None:
    add("xempty", "")
    assert "has no ARCHITECTURE" in refused("xempty")


def test_the_parts_that_an_architecture_lacks_are_named(add: Callable[[str, str], None]) -> None:
    add("xpart", "from scaleshop.architectures.base import Architecture as ARCHITECTURE\n")
    message = refused("xpart")
    assert "lacks catalog, deployed_shop, derive_bounds, packages, parse_settings, planes, vocabulary" in message


def test_one_that_is_broken_leaves_the_others_alone(add: Callable[[str, str], None]) -> None:
    add("xbroken", "1 / 0")
    found, wrong = registry.load_all()
    assert registry.DEFAULT in {architecture.name for architecture in found}
    assert [str(error) for error in wrong] == [refused("xbroken")]
    assert "xbroken" in registry.names()


def test_an_unknown_one_is_refused_with_the_known_ones() -> None:
    with pytest.raises(CommandError, match=rf"Unknown architecture 'azure'; known: {registry.DEFAULT}\.") as error:
        registry.load("azure")
    assert error.value.code == Exit.USAGE


def groups() -> dict[str, list[str]]:
    return tomllib.loads((ROOT / "pyproject.toml").read_text())["dependency-groups"]


def test_each_architecture_has_a_dependency_group_of_its_name_and_plain_pulumi_installs_them_all() -> None:
    default = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["uv"]["default-groups"]
    assert default == registry.names()
    assert set(default) <= set(groups())


def test_the_plugin_host_installs_the_sdks_at_the_versions_of_the_groups() -> None:
    lines = (ROOT / "requirements.txt").read_text().splitlines()
    wanted = [pin for name in registry.names() for pin in groups()[name] if pin.startswith("pulumi")]
    assert [line for line in lines if not line.startswith("#")] == wanted


def test_an_architecture_whose_sdk_is_not_installed_says_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    architecture = registry.load(registry.DEFAULT)
    monkeypatch.setattr(architecture, "sdks", (*architecture.sdks, "an_sdk_that_nobody_has"))
    with pytest.raises(CommandError) as error:
        open_session(None, None, directory=ROOT)
    assert error.value.code == Exit.ENVIRONMENT
    assert str(error.value) == (
        f"Architecture '{registry.DEFAULT}' needs an_sdk_that_nobody_has, which this environment lacks; "
        f"run `uv sync --inexact --group {registry.DEFAULT}`, or `make install` for every architecture's."
    )
