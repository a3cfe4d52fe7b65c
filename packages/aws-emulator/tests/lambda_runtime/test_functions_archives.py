"""Unpacking code and layers."""

import base64
import hashlib
import io
import os
import stat
import zipfile
from pathlib import Path

import pytest
from aws_emulator.lambda_runtime import archives
from aws_emulator.lambda_runtime.archives import Archives, hash_archive
from aws_emulator.lambda_runtime.errors import BadCodeError
from running_emulator import zip_files


def with_entry(name: str, *, mode: int = 0o644, kind: int = stat.S_IFREG, text: str = "x") -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as file:
        entry = zipfile.ZipInfo(name)
        entry.external_attr = (kind | mode) << 16
        file.writestr(entry, text)
    return buffer.getvalue()


def test_an_archive_is_unpacked_once_for_its_content(tmp_path: Path) -> None:
    known = Archives(tmp_path)
    archive = zip_files({"main.py": "here = True", "data/a.txt": "a"})
    first = known.add(archive, hash_archive(archive))
    (first / "mark").touch()
    assert known.add(archive) == first == known.find(hash_archive(archive))
    assert (first / "mark").exists()
    assert (first / "data" / "a.txt").read_text() == "a"
    assert known.find(hash_archive(b"another")) is None


def test_files_are_read_only_and_keep_their_executable_bit(tmp_path: Path) -> None:
    code = Archives(tmp_path).add(with_entry("bin/tool", mode=0o755))
    assert stat.S_IMODE((code / "bin" / "tool").stat().st_mode) == 0o555
    code = Archives(tmp_path).add(with_entry("main.py", mode=0o666))
    assert stat.S_IMODE((code / "main.py").stat().st_mode) == 0o444


@pytest.mark.parametrize("name", ["../up.txt", "a/../../up.txt", "/up.txt", "..\\up.txt"])
def test_an_entry_that_reaches_out_is_refused_and_nothing_is_written(tmp_path: Path, name: str) -> None:
    known = Archives(tmp_path / "inner")
    with pytest.raises(BadCodeError, match="reaches out of its directory"):
        known.add(with_entry(name))
    assert [p for p in tmp_path.rglob("*") if p.is_file()] == []
    assert list((tmp_path / "inner").iterdir()) == []


def test_a_symbolic_link_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadCodeError, match="symbolic link"):
        Archives(tmp_path).add(with_entry("link", kind=stat.S_IFLNK, text="/etc/passwd"))


def test_other_code_than_was_announced_is_refused(tmp_path: Path) -> None:
    announced = base64.b64encode(hashlib.sha256(b"other").digest()).decode()
    with pytest.raises(BadCodeError, match="the code was changed since"):
        Archives(tmp_path).add(zip_files({"main.py": ""}), announced)


def test_what_is_no_zip_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadCodeError, match="can't be unpacked"):
        Archives(tmp_path).add(b"PK\x03\x04 not really")


def test_code_and_layers_together_have_a_size(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archives, "UNPACKED_BYTES", 1000)
    known = Archives(tmp_path)
    half = {str(n): (lambda n=n: with_entry(f"file-{n}", text="x" * 400)) for n in range(3)}
    known.add_layers({n: half[n] for n in ("0", "1")})
    with pytest.raises(BadCodeError, match="make them smaller"):
        known.add_layers(half)
    with pytest.raises(BadCodeError, match="make them smaller"):
        known.add(with_entry("file", text="x" * 1001))


def test_a_header_that_lies_about_the_size_is_found_out(tmp_path: Path) -> None:
    archive = with_entry("main.py", text="y" * 5000)
    lying = archive.replace((5000).to_bytes(4, "little"), (50).to_bytes(4, "little"))
    assert lying != archive
    with pytest.raises(BadCodeError):
        Archives(tmp_path).add(lying)
    assert list(tmp_path.iterdir()) == []


def test_too_many_entries_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archives, "ARCHIVE_ENTRIES", 2)
    with pytest.raises(BadCodeError, match="3 entries"):
        Archives(tmp_path).add(zip_files({"a": "", "b": "", "c": ""}))


def test_layers_that_are_there_are_not_fetched_again(tmp_path: Path) -> None:
    known = Archives(tmp_path)
    lower, upper = zip_files({"python/a.py": "lower", "python/b.py": ""}), zip_files({"python/a.py": "upper"})
    first = known.add_layers({"l": lambda: lower, "u": lambda: upper})
    assert (first / "python" / "a.py").read_text() == "upper"
    assert (first / "python" / "b.py").exists()
    assert known.add_layers({"l": lambda: pytest.fail("fetched"), "u": lambda: pytest.fail("fetched")}) == first


def test_what_was_used_longest_ago_goes_at_the_next_start(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    known = Archives(tmp_path)
    kept = [known.add(zip_files({"main.py": str(n)})) for n in range(3)]
    for age, path in enumerate(kept):
        os.utime(path, (1000 + age, 1000 + age))
    (tmp_path / ".new-left").mkdir()
    monkeypatch.setattr(archives, "KEPT", 2)
    Archives(tmp_path)
    assert {*tmp_path.iterdir()} == {*kept[1:]}
