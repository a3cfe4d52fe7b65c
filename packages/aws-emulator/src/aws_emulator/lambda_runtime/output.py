"""What a worker writes: its standard streams and the runtime client's framed records, read from one pipe in order.

The runtime client frames what goes through `logging` (a type, a length, a time, the text), so that a record of several
lines stays one. A frame's first byte can't start a character of UTF-8, so frames and plain lines share the pipe.
"""

import asyncio
import contextlib
import fcntl
import os
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from aws_emulator.lambda_runtime.limits import LOG_EVENT_BYTES

MAGIC = b"\xa5\x5a\x00"
HEAD = 16
CHUNK = 256 * 1024
# So that a worker may write on while this process is busy.
PIPE_BYTES = 1024 * 1024


@dataclass(frozen=True, slots=True)
class LogRecord:
    """One event of a log."""

    ms: int
    """Since the epoch."""
    text: str


OnRecords = Callable[[Sequence[LogRecord]], None]


class OutputParser:
    """Cuts a stream of bytes into records; keeps no more than one event's worth."""

    def __init__(self, on_records: OnRecords) -> None:
        self._on_records = on_records
        self._found: list[LogRecord] = []
        self._left = b""
        self._cut = False
        """Whether the rest of the current line is thrown away: the event is full."""

    def feed(self, data: bytes) -> None:
        """Take what was read."""
        self._parse(data)
        self._emit_records()

    def flush(self) -> None:
        """Give out what has no end of line yet."""
        if self._left and not self._left.startswith(MAGIC):
            self._add_record(self._left)
        self._left = b""
        self._emit_records()

    def _emit_records(self) -> None:
        if self._found:
            found, self._found = self._found, []
            self._on_records(found)

    def _parse(self, data: bytes) -> None:
        data, self._left = self._left + data, b""
        while data:
            start = data.find(MAGIC)
            if start != 0:
                plain, data = (data, b"") if start < 0 else (data[:start], data[start:])
                self._parse_plain(plain, last=not data)
                continue
            length = int.from_bytes(data[4:8], "big") if len(data) >= HEAD else 0
            if length > LOG_EVENT_BYTES * 16:  # no frame of the runtime client: two threads wrote over each other
                self._parse_plain(data[:HEAD], last=False)
                data = data[HEAD:]
            elif len(data) < HEAD + length:
                self._left = data
                return
            else:
                self._cut = False
                self._add_record(data[HEAD : HEAD + length].rstrip(b"\n"))
                data = data[HEAD + length :]

    def _parse_plain(self, data: bytes, *, last: bool) -> None:
        *lines, rest = data.split(b"\n")
        if lines and self._cut:
            self._cut = False
            del lines[0]
        for line in lines:
            self._add_record(line)
        if self._cut or not rest:
            return
        if not last:
            self._add_record(rest)
        elif len(rest) >= LOG_EVENT_BYTES:
            self._add_record(rest)
            self._cut = True
        else:
            self._left = rest

    def _add_record(self, text: bytes) -> None:
        text = text.rstrip(b"\r")
        if text:
            # The time of reading, a frame's too: plain lines have no other, and a log is read in the order of time.
            self._found.append(LogRecord(int(time.time() * 1000), text[:LOG_EVENT_BYTES].decode(errors="replace")))


class Output:
    """A pipe from a worker to a parser, read whenever there is something."""

    def __init__(self, on_records: OnRecords) -> None:
        self._parser = OutputParser(on_records)
        self._read, self.write = os.pipe()
        os.set_blocking(self._read, False)
        with contextlib.suppress(AttributeError, OSError):  # Linux alone; the user's pipes may be used up
            fcntl.fcntl(self.write, fcntl.F_SETPIPE_SZ, PIPE_BYTES)
        asyncio.get_running_loop().add_reader(self._read, self._read_once)

    def close_write_end(self) -> None:
        """The worker has the pipe; only its copies of the writing end count now."""
        os.close(self.write)
        self.write = -1

    def drain(self) -> None:
        """Read what is there, without waiting; a writer that never stops is not waited for."""
        for _ in range(2 * PIPE_BYTES // CHUNK):
            if not self._read_once():
                return

    def close(self) -> None:
        """Read what is left and forget the pipe."""
        if self._read < 0:
            return
        self.drain()
        self._parser.flush()
        asyncio.get_running_loop().remove_reader(self._read)
        for end in (self._read, self.write):
            if end >= 0:
                os.close(end)
        self._read = self.write = -1

    def _read_once(self) -> bool:
        try:
            data = os.read(self._read, CHUNK)
        except (BlockingIOError, InterruptedError):
            return False
        if not data:  # every writer is gone
            asyncio.get_running_loop().remove_reader(self._read)
            return False
        self._parser.feed(data)
        return True
