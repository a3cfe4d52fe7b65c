"""The dependency layer: what real AWS gets, built on whatever machine this is."""

import struct
import sys
import zipfile
from pathlib import Path

import pytest

from components.aws import lambda_layer as layer
from components.aws.lambda_layer import LayerError, build_layer_archive, export_requirements, find_layer_archive
from stacks.aws.bundle import BUILD, ROOT, build_dependencies

# https://refspecs.linuxfoundation.org/elf/gabi4+/ch4.eheader.html, e_machine of AArch64
AARCH64 = 183
LAMBDA_LIMIT = 250 * 1024**2  # unzipped: https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html


@pytest.fixture(scope="module")
def archive() -> zipfile.ZipFile:
    return zipfile.ZipFile(build_dependencies())


def test_compiled_objects_are_for_arm64_and_the_functions_python(archive: zipfile.ZipFile) -> None:
    objects = [name for name in archive.namelist() if name.endswith(".so")]
    machines = {struct.unpack_from("<H", archive.read(name), 18)[0] for name in objects}
    assert machines == {AARCH64}
    assert any(name.endswith(".cpython-313-aarch64-linux-gnu.so") for name in objects)


def test_packages_lie_where_lambda_looks_for_them(archive: zipfile.ZipFile) -> None:
    tops = {name.split("/")[0] for name in archive.namelist()}
    assert tops == {"python", "requirements.txt"}
    assert {"python/pydantic/__init__.py", "python/aws_lambda_powertools/__init__.py"} <= set(archive.namelist())


def test_the_layer_holds_exactly_the_locks_pins(archive: zipfile.ZipFile) -> None:
    assert archive.read("requirements.txt").decode() == export_requirements(ROOT, "lambda")


def test_the_layer_fits_lambda(archive: zipfile.ZipFile) -> None:
    assert sum(entry.file_size for entry in archive.infolist()) < LAMBDA_LIMIT


def test_a_second_build_is_byte_equal(tmp_path: Path) -> None:
    again = build_layer_archive(export_requirements(ROOT, "lambda"), tmp_path)
    assert again.name == build_dependencies().name  # which is the content's hash


def test_nothing_in_it_names_the_machine_that_built_it(archive: zipfile.ZipFile) -> None:
    marks = (str(ROOT).encode(), sys.prefix.encode())
    assert [name for name in archive.namelist() if any(mark in archive.read(name) for mark in marks)] == []


def test_a_layer_that_is_built_is_found_without_uv(monkeypatch: pytest.MonkeyPatch) -> None:
    built = build_dependencies()
    monkeypatch.setattr(layer, "_find_uv", lambda: "/nowhere/uv")
    pins = zipfile.ZipFile(built).read("requirements.txt").decode()
    assert build_layer_archive(pins, BUILD) == built == find_layer_archive(pins, BUILD)


def test_without_the_index_the_message_says_so_and_nothing_is_left(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("UV_OFFLINE", "1")
    monkeypatch.setenv("UV_CACHE_DIR", str(tmp_path / "cache"))
    with pytest.raises(LayerError, match="check the network"):
        build_layer_archive("pydantic==2.14.3\n", tmp_path / "build")
    assert list((tmp_path / "build").iterdir()) == []


def test_a_package_without_a_wheel_for_arm64_is_refused(tmp_path: Path) -> None:
    with pytest.raises(LayerError, match="could not be read or built"):
        build_layer_archive("no-such-package-of-the-shop==1\n", tmp_path)


def test_without_uv_the_message_names_make_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(layer.sys, "executable", str(tmp_path / "python"))
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(LayerError, match="run `make up`"):
        export_requirements(ROOT, "lambda")
