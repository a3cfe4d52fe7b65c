"""Archives that do not change when nothing changed."""

import io
import os
import subprocess
import zipfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from components.archive import read_tree, store_archive, to_zip

ROOT = Path(__file__).resolve().parents[2]
NAMES = st.text("abcxyz./-", min_size=1, max_size=12).filter(
    lambda name: not name.startswith("/") and ".." not in name.split("/") and not name.endswith("/")
)


@given(st.dictionaries(NAMES, st.binary(max_size=50), max_size=6))
def test_an_archive_depends_on_names_and_content_alone(files: dict[str, bytes]) -> None:
    backwards = dict(reversed(list(files.items())))
    assert to_zip(files) == to_zip(backwards)
    with zipfile.ZipFile(io.BytesIO(to_zip(files))) as archive:
        assert {name: archive.read(name) for name in archive.namelist()} == files


@pytest.mark.parametrize("name", ["/etc/passwd", "../up", "a/../../b"])
def test_a_name_that_leaves_the_archive_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match="leaves the archive"):
        to_zip({name: b""})


def test_a_symbolic_link_is_refused(tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to("/etc/passwd")
    with pytest.raises(ValueError, match=r"link in .* is a symbolic link"):
        read_tree(tmp_path)


def test_caches_and_hidden_files_stay_out(tmp_path: Path) -> None:
    for name in ("a.py", ".env", "__pycache__/a.pyc", "b.pyc"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("x")
    assert list(read_tree(tmp_path)) == ["a.py"]


def test_the_shops_code_is_byte_equal_across_two_clones_with_other_times_and_modes(tmp_path: Path) -> None:
    archives = []
    for name in ("one", "two"):
        clone = tmp_path / name
        listed = subprocess.run(["git", "ls-files", "-z", "apps"], cwd=ROOT, capture_output=True, check=True).stdout
        for path in listed.decode().split("\0")[:-1]:
            source = ROOT / path
            if not source.exists():
                continue
            (clone / path).parent.mkdir(parents=True, exist_ok=True)
            (clone / path).write_bytes(source.read_bytes())
            (clone / path).chmod(0o600 if name == "one" else 0o755)
            os.utime(clone / path, (0, 10**9) if name == "one" else None)
        archives.append(to_zip(read_tree(clone / "apps", prefix="apps/", include=("*.py", "*.json", "*.yaml"))))
    assert archives[0] == archives[1]


def test_equal_content_is_stored_once_and_other_content_beside_it(tmp_path: Path) -> None:
    first, same, other = (store_archive(data, tmp_path, "code") for data in (b"a", b"a", b"b"))
    assert first == same != other
    assert sorted(p.name for p in tmp_path.iterdir()) == sorted({first.name, other.name})
