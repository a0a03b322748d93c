"""Files and folders are whole at every moment, whoever writes them."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from lgescar.core import atomic

WRITERS, WRITES = 4, 40
NAMES = [f"{number}.bin" for number in range(5)]
WRITER = """
import sys
from pathlib import Path
from lgescar.core import atomic
if sys.argv[4] == "slow":
    atomic._exchanged = lambda one, other: False
for write in range(int(sys.argv[3])):
    text = f"{sys.argv[2]} {write} " * 400
    atomic.write_folder(Path(sys.argv[1]), {name: text.encode() for name in sys.argv[5:]})
"""
KILLED = """
import os, signal, sys
from pathlib import Path
from lgescar.core import atomic
with atomic.whole_folder(Path(sys.argv[1])) as part:
    (part / "half").write_bytes(b"half")
    os.kill(os.getpid(), signal.SIGKILL)
"""
posix = pytest.mark.skipif(os.name != "posix", reason="folders are read by handle, POSIX only")


def writers(folder: Path, way: str) -> list[subprocess.Popen[str]]:
    return [
        subprocess.Popen(
            [sys.executable, "-c", WRITER, str(folder), str(number), str(WRITES), way, *NAMES],
            stderr=subprocess.PIPE, text=True,
        )
        for number in range(WRITERS)
    ]  # fmt: skip


def seen(folder: Path) -> frozenset[bytes] | None:
    """The contents of the folder that stands there now; None where it was replaced meanwhile.

    Raises:
        FileNotFoundError: no folder stands there.
    """
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        contents = []
        for name in NAMES:
            try:
                file = os.open(name, os.O_RDONLY, dir_fd=handle)
            except FileNotFoundError:
                # Only a folder that was replaced may lose its files.
                assert os.fstat(handle).st_ino != folder.stat().st_ino
                return None
            with os.fdopen(file, "rb") as opened:
                contents.append(opened.read())
        return frozenset(contents)
    finally:
        os.close(handle)


@posix
@pytest.mark.parametrize("way", ["exchanged", "slow"])
def test_of_several_writers_the_last_whole_folder_stands_and_none_fails(
    tmp_path: Path, way: str
) -> None:
    folder = tmp_path / "result"
    atomic.write_folder(folder, dict.fromkeys(NAMES, b"first"))

    running, looks, missing = writers(folder, way), 0, 0
    while any(one.poll() is None for one in running):
        try:
            found = seen(folder)
        except FileNotFoundError:
            missing += 1
            continue
        looks += found is not None
        assert found is None or len(found) == 1, "files of two results in one folder"

    assert [(one.returncode, one.communicate()[1]) for one in running] == [(0, "")] * WRITERS
    assert looks > 0
    assert way == "slow" or missing == 0
    last = seen(folder)
    assert last is not None
    (content,) = last
    assert content.decode().split()[:2][1] == str(WRITES - 1)
    assert os.listdir(tmp_path) == ["result"]


@posix
def test_a_killed_writer_leaves_a_part_that_goes_once_it_is_old(tmp_path: Path) -> None:
    folder = tmp_path / "result"
    atomic.write_folder(folder, {"a": b"whole"})

    killed = subprocess.run([sys.executable, "-c", KILLED, str(folder)], check=False)

    assert killed.returncode == -signal.SIGKILL
    assert (folder / "a").read_bytes() == b"whole"
    (part,) = {one.name for one in tmp_path.iterdir()} - {"result"}
    young, other = tmp_path / f"{part}-young", tmp_path / ".part-of-another-program"
    young.mkdir()
    other.mkdir()
    past = (tmp_path / part).stat().st_mtime - atomic.LEFT_OVER_S - 1
    for one in (tmp_path / part, other):
        os.utime(one, (past, past))
    atomic._clear_left_over.cache_clear()  # as the next process does

    atomic.write_folder(folder, {"a": b"next"})

    assert set(os.listdir(tmp_path)) == {"result", young.name, other.name}


def test_a_file_is_replaced_whole_or_not_at_all(tmp_path: Path) -> None:
    path = tmp_path / "new" / "table.csv"
    atomic.write_file(path, b"old")

    def failing() -> None:
        with atomic.whole_file(path) as part:
            part.write_bytes(b"half")
            raise ValueError(part.suffix)

    with pytest.raises(ValueError, match=r"^\.csv$"):
        failing()

    assert path.read_bytes() == b"old"
    assert os.listdir(path.parent) == ["table.csv"]


@posix
def test_a_file_for_its_owner_alone_is_so_from_its_first_byte(tmp_path: Path) -> None:
    path = tmp_path / "users.json"
    path.write_bytes(b"")
    path.chmod(0o644)

    atomic.write_file(path, b"secret", 0o600)

    assert path.stat().st_mode & 0o777 == 0o600


def test_a_folder_steps_aside_and_comes_back_where_the_new_one_cannot_stand(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder, rename = tmp_path / "result", Path.rename
    atomic.write_folder(folder, {"a": b"old"})

    def failing(source: Path, target: Path) -> Path:
        if target == folder and source.suffix != ".old" and not folder.exists():
            raise OSError(28, "No space left on device")
        return rename(source, target)

    monkeypatch.setattr(atomic, "_exchanged", lambda one, other: False)
    monkeypatch.setattr(Path, "rename", failing)
    with pytest.raises(OSError, match="No space left"):
        atomic.write_folder(folder, {"a": b"new"})

    assert os.listdir(tmp_path) == ["result"]
    assert (folder / "a").read_bytes() == b"old"
