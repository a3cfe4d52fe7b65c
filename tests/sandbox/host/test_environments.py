"""A plane's environment is made once, whole or not at all."""

import stat
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from sandbox.host import environments
from sandbox.host.environments import ensure_environment
from sandbox.host.errors import SandboxError
from sandbox.host.progress import Progress

# Never fetched: the index is unreachable, or the version does not exist.
PINS = "h11==0.16.0\n"


@pytest.fixture
def pins(tmp_path: Path) -> Path:
    file = tmp_path / "pins.txt"
    file.write_text("")
    return file


def nobody(_: Progress) -> None:
    """Nobody watches."""


def offline(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("UV_OFFLINE", "1")
    monkeypatch.setenv("UV_CACHE_DIR", str(tmp_path / "uv-cache"))


def test_an_environment_is_made_once_and_then_found(pins: Path, tmp_path: Path) -> None:
    reported: list[Progress] = []
    first = ensure_environment("tiny", pins, tmp_path / "cache", reported.append)
    assert (first / "bin" / "python").exists()
    assert [p.done for p in reported] == [False, True]
    assert ensure_environment("tiny", pins, tmp_path / "cache", reported.append) == first
    assert len(reported) == 2


def test_other_pins_make_another_environment(pins: Path, tmp_path: Path) -> None:
    first = ensure_environment("tiny", pins, tmp_path / "cache", nobody)
    pins.write_text("# another\n")
    assert ensure_environment("tiny", pins, tmp_path / "cache", nobody) != first


def test_an_environment_whose_interpreter_is_gone_is_made_again(pins: Path, tmp_path: Path) -> None:
    made = ensure_environment("tiny", pins, tmp_path / "cache", nobody)
    python = made / "bin" / "python"
    python.unlink()
    python.symlink_to(tmp_path / "an-uninstalled-python")
    assert ensure_environment("tiny", pins, tmp_path / "cache", nobody) == made
    assert subprocess.run([python, "-c", ""], check=False).returncode == 0


def test_what_a_killed_run_left_half_made_is_removed(pins: Path, tmp_path: Path) -> None:
    half = tmp_path / "cache" / ".tiny-killed"
    half.mkdir(parents=True)
    ensure_environment("tiny", pins, tmp_path / "cache", nobody)
    assert not half.exists()


def test_two_commands_at_once_make_one_environment(pins: Path, tmp_path: Path) -> None:
    reported: list[Progress] = []
    with ThreadPoolExecutor(2) as pool:
        cache = tmp_path / "cache"
        found = list(pool.map(lambda _: ensure_environment("tiny", pins, cache, reported.append), range(2)))
    assert found[0] == found[1]
    assert [p.done for p in reported] == [False, True]


def test_without_a_network_the_first_run_says_so_and_leaves_nothing_half_made(
    pins: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pins.write_text(PINS)
    offline(monkeypatch, tmp_path)
    monkeypatch.delenv("UV_FIND_LINKS", raising=False)
    with pytest.raises(SandboxError, match=r"the package index does not answer\. The first run needs the network"):
        ensure_environment("tiny", pins, tmp_path / "cache", nobody)
    assert [p.name for p in (tmp_path / "cache").iterdir()] == ["tiny.lock"]


def test_without_a_network_later_runs_work(pins: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made = ensure_environment("tiny", pins, tmp_path / "cache", nobody)
    offline(monkeypatch, tmp_path)
    monkeypatch.setattr(environments, "find_uv", lambda: pytest.fail("uv was asked"))
    assert ensure_environment("tiny", pins, tmp_path / "cache", nobody) == made


def test_an_index_that_refuses_connections_is_named_as_the_network(
    pins: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pins.write_text(PINS)
    monkeypatch.setenv("UV_CACHE_DIR", str(tmp_path / "uv-cache"))
    monkeypatch.setenv("UV_HTTP_RETRIES", "0")
    for name in ("UV_INDEX_URL", "UV_DEFAULT_INDEX"):
        monkeypatch.setenv(name, "http://127.0.0.1:9/simple")
    with pytest.raises(SandboxError, match="the package index does not answer"):
        ensure_environment("tiny", pins, tmp_path / "cache", nobody)


def test_without_uv_the_error_says_how_to_get_it(pins: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(sys, "executable", str(tmp_path / "python"))
    with pytest.raises(SandboxError, match="uv is neither beside this Python nor on PATH; run `make up`"):
        ensure_environment("tiny", pins, tmp_path / "cache", nobody)
    assert [p.name for p in (tmp_path / "cache").iterdir()] == ["tiny.lock"]


def test_a_requirement_that_is_wrong_is_shown_as_uv_says_it(pins: Path, tmp_path: Path) -> None:
    pins.write_text("===\n")
    with pytest.raises(SandboxError, match="uv could not make the environment of the tiny data plane"):
        ensure_environment("tiny", pins, tmp_path / "cache", nobody)


def test_a_cache_that_is_a_file_is_named_with_a_way_out(pins: Path, tmp_path: Path) -> None:
    (tmp_path / "cache").write_text("")
    with pytest.raises(SandboxError, match=r"can't be made in .*cache: .*set SCALESHOP_CACHE to another"):
        ensure_environment("tiny", pins, tmp_path / "cache", nobody)


def test_a_full_disk_is_named_and_leaves_nothing_half_made(
    pins: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(self: Path, target: Path) -> Path:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "replace", full)
    with pytest.raises(SandboxError, match="No space left on device; make room"):
        ensure_environment("tiny", pins, tmp_path / "cache", nobody)
    assert [p.name for p in (tmp_path / "cache").iterdir()] == ["tiny.lock"]


@pytest.mark.parametrize(
    ("variables", "expected"),
    [
        ({"SCALESHOP_CACHE": "/given"}, Path("/given")),
        ({"XDG_CACHE_HOME": "/xdg"}, Path("/xdg/scaleshop")),
        ({"HOME": "/home/someone"}, Path("/home/someone/.cache/scaleshop")),
    ],
)
def test_the_cache_is_where_the_user_says(
    monkeypatch: pytest.MonkeyPatch, variables: dict[str, str], expected: Path
) -> None:
    for name in ("SCALESHOP_CACHE", "XDG_CACHE_HOME"):
        monkeypatch.delenv(name, raising=False)
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    assert environments.cache_directory() == expected


def test_the_programs_of_an_environment_can_be_run(pins: Path, tmp_path: Path) -> None:
    made = ensure_environment("tiny", pins, tmp_path / "cache", nobody)
    assert (made / "bin" / "python").stat().st_mode & stat.S_IXUSR
