"""The client's ledger survives its client, and one that can't be trusted is refused with its line."""

import json
import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from trials.ledger import LedgerError, LedgerWriter, TrialRun, read_lines, read_run
from trials.ledger_facts import parse_ledger

RUN = TrialRun("run", 7, "http://127.0.0.1:1", 1.0)


def write(file: Path) -> Path:
    with LedgerWriter(file, RUN) as ledger:
        number = ledger.write_attempt("customer", "key", "body", [("MUG-01", 1)])
        ledger.write_answer(number, 202, order="order", digest="digest")
        ledger.write_state("order", "CONFIRMED")
        ledger.write_attempt("customer", "unanswered", "body", [])
    return file


def test_what_was_written_is_read_back(tmp_path: Path) -> None:
    file = write(tmp_path / "run.jsonl")
    assert read_run(file) == RUN
    assert [line["line"] for line in read_lines(file)] == ["attempt", "answer", "seen", "attempt"]


def test_an_attempt_without_an_answer_is_ambiguous(tmp_path: Path) -> None:
    found = parse_ledger(read_lines(write(tmp_path / "run.jsonl")))
    assert found.outcomes["ambiguous"] == 1
    assert found.accepted == {"order": ("customer", "key")}
    assert found.keys["customer", "unanswered"].ambiguous == 1


def test_a_killed_client_leaves_every_line_that_it_wrote(tmp_path: Path) -> None:
    file = tmp_path / "run.jsonl"
    program = (
        "import sys, itertools; from pathlib import Path; from trials.ledger import LedgerWriter, TrialRun\n"
        "ledger = LedgerWriter(Path(sys.argv[1]), TrialRun('run', 1, 'x', 0))\n"
        "for n in itertools.count(1):\n"
        "    ledger.write_attempt('customer', str(n), 'body', []); print(n, flush=True)\n"
    )
    client = subprocess.Popen([sys.executable, "-c", program, str(file)], stdout=subprocess.PIPE, text=True)
    assert client.stdout is not None
    seen = [int(client.stdout.readline()) for _ in range(200)][-1]
    os.kill(client.pid, signal.SIGKILL)
    client.wait(10)
    client.stdout.close()
    assert len(list(read_lines(file))) >= seen


def test_many_threads_write_whole_lines_with_numbers_of_their_own(tmp_path: Path) -> None:
    file = tmp_path / "run.jsonl"
    with LedgerWriter(file, RUN) as ledger:
        threads = [
            threading.Thread(target=lambda: [ledger.write_attempt("c", "k", "b", []) for _ in range(100)])
            for _ in range(8)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert sorted(line["n"] for line in read_lines(file)) == list(range(1, 801))


def test_a_second_run_does_not_write_into_the_same_ledger(tmp_path: Path) -> None:
    file = write(tmp_path / "run.jsonl")
    with pytest.raises(LedgerError, match="exists; a ledger holds one run"):
        LedgerWriter(file, RUN)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda text: text[:-10], "5: the ledger is cut short in this line"),
        (lambda text: text[:120] + "\n" + text[120:], "1: no line of a ledger|2: no line of a ledger"),
        (lambda text: text.replace('"line":"seen"', '"line":"sawn"'), "4: no line of a ledger"),
        (lambda text: text + text, "6: a second run wrote into this ledger"),
        (lambda text: text + "[1]\n", "6: no line of a ledger"),
    ],
    ids=["cut short", "broken in two", "of an unknown kind", "two runs", "no object"],
)
def test_a_damaged_ledger_is_refused_with_its_line(tmp_path: Path, change: object, message: str) -> None:
    file = write(tmp_path / "run.jsonl")
    file.write_text(change(file.read_text()))  # type: ignore[operator]
    with pytest.raises(LedgerError, match=message):
        list(read_lines(file))


@pytest.mark.parametrize("text", ["", "{}\n", json.dumps({"line": "run", "version": 2}) + "\n"])
def test_what_does_not_begin_as_a_ledger_is_none(tmp_path: Path, text: str) -> None:
    (tmp_path / "run.jsonl").write_text(text)
    with pytest.raises(LedgerError):
        read_run(tmp_path / "run.jsonl")


def test_a_directory_that_is_not_there_is_made_and_an_unwritable_one_refused(tmp_path: Path) -> None:
    write(tmp_path / "a" / "b" / "run.jsonl")
    (tmp_path / "file").touch()
    with pytest.raises(LedgerError, match="can't be written"):
        LedgerWriter(tmp_path / "file" / "run.jsonl", RUN)
