"""Cutting what a worker writes into records."""

import string

import pytest
from aws_emulator.lambda_runtime.limits import LOG_EVENT_BYTES
from aws_emulator.lambda_runtime.output import LogRecord, OutputParser
from hypothesis import given
from hypothesis import strategies as st

WORDS = st.text(string.ascii_letters + "é€", min_size=1, max_size=20)


def frame(text: str, micros: int = 5_000_000) -> bytes:
    data = text.encode()
    return b"\xa5\x5a\x00\x0f" + len(data).to_bytes(4, "big") + micros.to_bytes(8, "big") + data


def parse(*chunks: bytes) -> list[LogRecord]:
    found: list[LogRecord] = []
    parser = OutputParser(found.extend)
    for chunk in chunks:
        parser.feed(chunk)
    parser.flush()
    return found


@given(st.lists(st.tuples(st.booleans(), WORDS), max_size=8), st.data())
def test_records_are_the_same_however_they_are_cut(parts: list[tuple[bool, str]], data: st.DataObject) -> None:
    written = b"".join(frame(f"{text}\n{text}") if framed else f"{text}\n".encode() for framed, text in parts)
    cuts = sorted(data.draw(st.lists(st.integers(0, len(written)), max_size=6)))
    chunks = [written[a:b] for a, b in zip([0, *cuts], [*cuts, len(written)], strict=True)]
    texts = [record.text for record in parse(*chunks)]
    assert texts == [f"{text}\n{text}" if framed else text for framed, text in parts]


def test_a_frame_ends_a_line_that_has_no_end_and_stands_after_it_in_time() -> None:
    records = parse(b"no end", frame("framed", micros=5), b"after\n")
    assert [record.text for record in records] == ["no end", "framed", "after"]
    assert [record.ms for record in records] == sorted(record.ms for record in records)


def test_a_line_that_never_ends_is_cut_at_one_event_and_the_next_line_is_whole() -> None:
    chunk = b"z" * 100_000
    found: list[LogRecord] = []
    parser = OutputParser(found.extend)
    for _ in range(50):
        parser.feed(chunk)
        assert len(parser._left) <= LOG_EVENT_BYTES
    parser.feed(b"z\nnext\n")
    assert [len(record.text) for record in found[:1]] == [LOG_EVENT_BYTES]
    assert [record.text for record in found[1:]] == ["next"]


def test_a_frame_whose_length_is_nonsense_does_not_hold_up_the_rest() -> None:
    broken = b"\xa5\x5a\x00\x0f" + b"\xff" * 12
    assert parse(broken, b"after\n")[-1].text.endswith("after")


def test_bytes_that_are_no_utf8_are_shown_as_such() -> None:
    assert parse(b"\xff\xfe\n")[0].text == "\ufffd\ufffd"


@pytest.mark.parametrize("line", [b"\n", b"\r\n"])
def test_empty_lines_are_no_records(line: bytes) -> None:
    assert parse(line) == []
