"""A plane's life: started, found again, stopped, and begun anew after a crash."""

import contextlib
import socket
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest
from plane_fixture import eventually
from standin_plane import Standins, ask

from sandbox.host import SandboxError, serving, supervisor
from sandbox.host.processes import free_port


@pytest.fixture
def planes(tmp_path: Path) -> Iterator[Standins]:
    made = Standins(tmp_path)
    yield made
    made().stop()


def crash(planes: Standins) -> None:
    pid = planes().status().pid
    assert pid is not None
    process = psutil.Process(pid)
    process.kill()
    process.wait(5)


@contextlib.contextmanager
def taken(port: int = 0) -> Iterator[int]:
    """A port that another program listens on."""
    with socket.socket() as other:
        other.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        other.bind(("127.0.0.1", port))
        other.listen()
        yield other.getsockname()[1]


def gone(pid: int | None) -> bool:
    """Whether a process has ended; one that nobody has waited for counts."""
    assert pid is not None
    return not psutil.pid_exists(pid) or psutil.Process(pid).status() == psutil.STATUS_ZOMBIE


def test_a_started_plane_serves_and_another_command_finds_it(planes: Standins) -> None:
    status = planes().start()
    assert status.state == "running"
    assert ask(status, "/number") == 0
    assert planes().status() == status


def test_nothing_is_known_of_a_plane_that_was_never_started(planes: Standins) -> None:
    status = planes().status()
    assert (status.state, status.endpoint, status.pid, status.world) == ("stopped", None, None, None)
    assert not planes().fresh()
    assert not planes.run.exists()


def test_a_second_start_changes_nothing(planes: Standins) -> None:
    status = planes().start()
    ask(status, "/add")
    assert planes().start() == status
    assert ask(status, "/number") == 1


def test_a_stopped_plane_leaves_no_process_port_or_temporary_file(planes: Standins) -> None:
    status = planes("child").start()
    child = int((planes.directory / "tmp" / "child").read_text())
    planes().stop()
    assert gone(status.pid)
    assert gone(child)
    port = int(str(status.endpoint).rsplit(":", 1)[1])
    assert free_port(port) == port
    assert not (planes.directory / "tmp").exists()
    assert planes().status().state == "stopped"


def test_what_a_plane_holds_is_there_after_a_stop_and_a_start(planes: Standins) -> None:
    before = planes().start()
    ask(before, "/add")
    planes().acknowledge()
    planes().stop()
    after = planes().start()
    assert (after.world, after.endpoint, ask(after, "/number")) == (before.world, before.endpoint, 1)
    assert not planes().fresh()


def test_a_new_world_is_fresh_until_it_is_acknowledged(planes: Standins) -> None:
    planes().start()
    assert planes().fresh()
    planes().acknowledge()
    assert not planes().fresh()


def test_after_a_crash_the_plane_is_dead_and_the_next_start_begins_a_new_world(planes: Standins) -> None:
    before = planes("child").start()
    ask(before, "/add")
    planes().acknowledge()
    planes().stop()
    before = planes("child").start()
    child = int((planes.directory / "tmp" / "child").read_text())
    (planes.directory / "tmp" / "left").write_text("behind")
    crash(planes)
    dead = planes().status()
    assert (dead.state, dead.endpoint, dead.world) == ("dead", None, None)
    after = planes().start()
    assert after.world != before.world
    assert ask(after, "/number") == 0, "the snapshot is older than what clients were told"
    assert planes().fresh()
    assert gone(child)
    assert not (planes.directory / "tmp" / "left").exists()


def test_stopping_a_crashed_plane_ends_what_it_left(planes: Standins) -> None:
    planes("child").start()
    child = int((planes.directory / "tmp" / "child").read_text())
    crash(planes)
    planes().stop()
    assert gone(child)
    assert not (planes.directory / "tmp").exists()


def test_stopping_ends_a_plane_whose_record_was_lost(planes: Standins) -> None:
    status = planes().start()
    (planes.directory / "plane.json").unlink()
    planes().stop()
    port = int(str(status.endpoint).rsplit(":", 1)[1])
    assert free_port(port) == port


@pytest.mark.parametrize("text", ["", "{", "[]", '{"pid": 1}', '{"unknown": true}'])
def test_a_damaged_record_counts_as_none(planes: Standins, text: str) -> None:
    before = planes().start()
    (planes.directory / "plane.json").write_text(text)
    assert planes().status().state == "stopped"
    after = planes().start()
    assert (after.state, after.pid == before.pid, after.world == before.world) == ("running", False, False)


def test_a_plane_that_ignores_the_signal_is_killed_and_counts_as_dead(planes: Standins) -> None:
    status = planes("stubborn").start()
    planes("stubborn").stop()
    assert gone(status.pid)
    assert planes().status().state == "dead"


def test_a_plane_that_could_not_write_its_snapshot_counts_as_dead(planes: Standins) -> None:
    before = planes("unsaved").start()
    planes("unsaved").stop()
    assert planes().status().state == "dead"
    assert planes().start().world != before.world


def test_a_plane_that_could_not_read_its_snapshot_is_a_new_world(planes: Standins) -> None:
    before = planes().start()
    planes().stop()
    (planes.directory / "data" / "number").write_text("not a number")
    assert planes().start().world != before.world


def test_a_snapshot_of_another_version_is_not_read(planes: Standins) -> None:
    before = planes().start()
    ask(before, "/add")
    planes().stop()
    after = planes(version="standin 2").start()
    assert (after.world != before.world, ask(after, "/number")) == (True, 0)


def test_a_running_plane_of_another_version_is_replaced(planes: Standins) -> None:
    before = planes().start()
    after = planes(version="standin 2").start()
    assert (before.version, after.version) == ("standin 1", "standin 2")
    assert after.pid != before.pid


def test_on_another_port_the_world_is_another_because_addresses_carry_the_port(planes: Standins) -> None:
    before = planes().start()
    planes().stop()
    with taken(int(str(before.endpoint).rsplit(":", 1)[1])):
        after = planes().start()
    assert after.endpoint != before.endpoint
    assert after.world != before.world


def test_a_port_that_is_taken_is_refused_by_name(planes: Standins) -> None:
    with taken() as port, pytest.raises(SandboxError, match=rf"port {port} of 127\.0\.0\.1 is taken; choose another"):
        planes().start(port)
    assert planes().status().state == "stopped"


@pytest.mark.parametrize("port", [-1, 0, 65536])
def test_a_number_that_is_no_port_is_refused(planes: Standins, port: int) -> None:
    with pytest.raises(SandboxError, match=f"{port} is no port number; give one from 1 to 65535"):
        planes().start(port)


def test_a_port_that_is_taken_between_look_and_start_is_given_up_for_another(
    planes: Standins, monkeypatch: pytest.MonkeyPatch
) -> None:
    with taken() as port:
        ports = iter([port, free_port()])
        monkeypatch.setattr(supervisor, "free_port", lambda _: next(ports))
        status = planes().start()
    assert ask(status, "/number") == 0


def test_a_plane_that_ends_at_once_is_an_error_with_its_last_words(planes: Standins) -> None:
    with pytest.raises(SandboxError, match=r"(?s)standin 1.* ended at once.*the last words of a plane that ends"):
        planes("exits").start()
    assert planes().status().state == "dead"


def test_a_plane_that_never_serves_is_ended_and_named(planes: Standins) -> None:
    with pytest.raises(SandboxError, match=r"did not answer within 0.3 s"):
        planes("sleeps", start_seconds=0.3).start()
    assert planes().status().state == "dead"


def test_an_interrupted_start_leaves_no_process(planes: Standins, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupt(*_: object) -> bool:
        raise KeyboardInterrupt

    monkeypatch.setattr(serving, "listens", interrupt)
    with pytest.raises(KeyboardInterrupt):
        planes().start()
    assert planes().status().state == "dead"


def test_a_running_plane_that_has_stopped_answering_is_not_called_started(planes: Standins) -> None:
    status = planes().start()
    assert status.pid is not None
    psutil.Process(status.pid).suspend()
    with pytest.raises(SandboxError, match=r"did not answer within 0\.5 s"):
        planes(start_seconds=0.5).start()
    assert planes().start().world != status.world


def test_a_crash_is_seen_without_being_told(planes: Standins) -> None:
    planes().start()
    crash(planes)
    eventually(lambda: planes().status().state == "dead", "the plane seen dead")
