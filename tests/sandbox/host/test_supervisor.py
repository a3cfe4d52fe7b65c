"""A plane's life: started, found again, stopped, and begun anew after a crash."""

import contextlib
import json
import socket
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest
from plane_fixture import eventually
from standin_plane import Standins, ask

from sandbox.host import processes, supervisor
from sandbox.host.errors import SandboxError
from sandbox.host.processes import free_port
from sandbox.host.records import read_record, write_record


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
    assert (status.state, status.endpoint, status.pid, status.generation) == ("stopped", None, None, None)
    assert not planes().is_fresh()
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


def test_what_a_plane_keeps_is_there_after_a_stop_and_a_start(planes: Standins) -> None:
    before = planes().start()
    ask(before, "/add")
    planes().acknowledge()
    planes().stop()
    after = planes().start()
    assert (after.generation, after.endpoint, ask(after, "/number")) == (before.generation, before.endpoint, 1)
    assert not planes().is_fresh()


def test_a_new_generation_is_fresh_until_it_is_acknowledged(planes: Standins) -> None:
    planes().start()
    assert planes().is_fresh()
    planes().acknowledge()
    assert not planes().is_fresh()


def test_after_a_crash_the_plane_is_dead_and_the_next_start_begins_a_new_generation(planes: Standins) -> None:
    before = planes("child").start()
    ask(before, "/add")
    planes().acknowledge()
    planes().stop()
    before = planes("child").start()
    child = int((planes.directory / "tmp" / "child").read_text())
    (planes.directory / "tmp" / "left").write_text("behind")
    crash(planes)
    dead = planes().status()
    assert (dead.state, dead.endpoint, dead.generation) == ("dead", None, None)
    after = planes().start()
    assert after.generation != before.generation
    assert ask(after, "/number") == 0, "the snapshot is older than what clients were answered"
    assert planes().is_fresh()
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
    assert (after.state, after.pid == before.pid, after.generation == before.generation) == ("running", False, False)


def test_the_record_of_a_plane_that_an_earlier_version_started_is_read(planes: Standins) -> None:
    status = planes().start()
    ask(status, "/add")
    file = planes.directory / "plane.json"
    record = json.loads(file.read_text())
    record["world"] = record.pop("generation")  # as it was called then
    file.write_text(json.dumps(record))
    assert planes().status() == status
    assert planes().is_fresh()
    planes().acknowledge()
    assert not planes().is_fresh()
    assert planes().start() == status
    planes().stop()
    again = planes().start()
    assert (again.generation, ask(again, "/number")) == (status.generation, 1)


def test_a_record_with_companions_of_an_earlier_version_is_read(tmp_path: Path) -> None:
    file = tmp_path / "plane.json"
    file.write_text(
        '{"pid": 12214, "started": 6364.700000047684, "port": 45825, "world": "0a17d78432b6493f89b8e47ff645a1d5", '
        '"version": "ministack 1.5.33", "clean": true, "acknowledged": "0a17d78432b6493f89b8e47ff645a1d5", '
        '"companions": [{"name": "functions", "pid": 12231, "started": 6365.97000002861, "port": 42087}]}'
    )
    record = read_record(file)
    assert record is not None
    assert (record.generation, record.is_acknowledged) == ("0a17d78432b6493f89b8e47ff645a1d5", True)
    assert [(one.name, one.process.pid, one.port) for one in record.companions] == [("functions", 12231, 42087)]
    write_record(file, record)
    assert read_record(file) == record


def test_a_plane_that_ignores_the_signal_is_killed_and_counts_as_dead(planes: Standins) -> None:
    status = planes("stubborn").start()
    planes("stubborn").stop()
    assert gone(status.pid)
    assert planes().status().state == "dead"


def test_a_plane_that_could_not_write_its_snapshot_counts_as_dead(planes: Standins) -> None:
    before = planes("unsaved").start()
    planes("unsaved").stop()
    assert planes().status().state == "dead"
    assert planes().start().generation != before.generation


def test_a_plane_that_could_not_read_its_snapshot_is_a_new_generation(planes: Standins) -> None:
    before = planes().start()
    planes().stop()
    (planes.directory / "data" / "number").write_text("not a number")
    assert planes().start().generation != before.generation


def test_a_snapshot_of_another_version_is_not_read(planes: Standins) -> None:
    before = planes().start()
    ask(before, "/add")
    planes().stop()
    after = planes(version="standin 2").start()
    assert (after.generation != before.generation, ask(after, "/number")) == (True, 0)


def test_a_running_plane_of_another_version_is_replaced(planes: Standins) -> None:
    before = planes().start()
    after = planes(version="standin 2").start()
    assert (before.version, after.version) == ("standin 1", "standin 2")
    assert after.pid != before.pid


def test_on_another_port_the_generation_is_another_because_addresses_have_the_port(planes: Standins) -> None:
    before = planes().start()
    planes().stop()
    with taken(int(str(before.endpoint).rsplit(":", 1)[1])):
        after = planes().start()
    assert after.endpoint != before.endpoint
    assert after.generation != before.generation


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

    monkeypatch.setattr(processes, "is_listening", interrupt)
    with pytest.raises(KeyboardInterrupt):
        planes().start()
    assert planes().status().state == "dead"


def test_a_running_plane_that_has_stopped_answering_is_not_called_started(planes: Standins) -> None:
    status = planes().start()
    assert status.pid is not None
    psutil.Process(status.pid).suspend()
    with pytest.raises(SandboxError, match=r"did not answer within 0\.5 s"):
        planes(start_seconds=0.5).start()
    assert planes().start().generation != status.generation


def test_a_crash_is_seen_without_a_command(planes: Standins) -> None:
    planes().start()
    crash(planes)
    eventually(lambda: planes().status().state == "dead", "the plane seen dead")
