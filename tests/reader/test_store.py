"""What is acknowledged is kept, once; what comes too late is kept apart."""

from __future__ import annotations

import json
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from lgescar.core.errors import ConflictError, EventError, InputError
from lgescar.reader import events as e
from lgescar.reader.audit import verify
from lgescar.reader.chain import NewEvent
from lgescar.reader.database import FILE
from lgescar.reader.store import Store


def new(*names: str, event: e.Event | None = None) -> list[NewEvent]:
    return [NewEvent(name, event or e.Fill(2)) for name in names]


def ids(store: Store, session: str) -> list[str]:
    return [one.id for one in store.events(session)]


def test_events_are_numbered_from_one_and_outlive_the_process(store: Store, session: str) -> None:
    assert store.append(session, 0, new("a", "b"), "A") == 2
    assert store.append(session, 2, new("c"), "A") == 3
    store.close()
    with Store(store.folder, create=False) as again:
        assert ids(again, session) == ["a", "b", "c"]
        assert [one.sequence for one in again.events(session, after=1)] == [2, 3]
        assert again.events(session)[0].event == e.Fill(2)


def test_a_batch_sent_again_is_acknowledged_and_not_doubled(store: Store, session: str) -> None:
    store.append(session, 0, new("a", "b"), "A")
    assert store.append(session, 0, new("a", "b"), "A") == 2
    assert store.append(session, 0, new("a", "b", "c"), "A") == 3
    assert store.append(session, 3, new("b"), "A") == 3
    assert ids(store, session) == ["a", "b", "c"]
    assert store.branches(session) == ()


def test_two_writers_conflict_and_both_versions_stay(store: Store, session: str) -> None:
    with Store(store.folder) as other:
        store.append(session, 0, new("a", "b"), "A")
        for _ in range(2):  # sent again, the refused version is not doubled either
            with pytest.raises(ConflictError) as told:
                other.append(session, 1, new("x", "y"), "A")
        assert [one.id for one in told.value.found] == ["b"]
        (branch,) = other.branches(session)
    assert told.value.branch == branch.id
    assert [name for name, _ in json.loads(branch.events)] == ["x", "y"]
    assert ids(store, session) == ["a", "b"]
    assert verify(store.folder).whole


def test_an_edit_that_follows_none_there_is_a_conflict(store: Store, session: str) -> None:
    with pytest.raises(ConflictError):
        store.append(session, 7, new("a"), "A")
    assert ids(store, session) == []


@pytest.mark.parametrize("after", [-1, 2**63])
def test_a_number_of_no_event_is_refused(store: Store, session: str, after: int) -> None:
    with pytest.raises(EventError):
        store.append(session, after, new("a"), "A")


def test_an_id_stands_for_one_event(store: Store, session: str) -> None:
    store.append(session, 0, new("a"), "A")
    with pytest.raises(EventError, match="used before"):
        store.append(session, 1, new("a", event=e.Clear(2)), "A")
    with pytest.raises(EventError, match="one id"):
        store.append(session, 1, new("b", "b"), "A")
    for bad in ("", "x" * 65, "\n"):
        with pytest.raises(EventError):
            NewEvent(bad, e.Undo())
    assert ids(store, session) == ["a"]


def test_strangers_are_refused(store: Store, session: str) -> None:
    with pytest.raises(EventError, match="reader"):
        store.append(session, 0, new("a"), "B")
    with pytest.raises(EventError, match="sessions"):
        store.append("none", 0, new("a"), "A")
    with pytest.raises(EventError, match="studies"):
        store.add_session("none", "A", "0" * 64)
    for name in ("", "a b", "../x", "x" * 41):
        with pytest.raises(EventError):
            store.add_reader(name)


def test_the_same_bytes_are_the_same_study(store: Store, session: str, tmp_path: Path) -> None:
    (tmp_path / "copy.nii.gz").write_bytes(b"pixels")
    again = store.add_study(tmp_path / "copy.nii.gz")
    assert len(store.studies()) == 1
    assert (again.name, again.path) == ("P1", str(tmp_path / "copy.nii.gz"))
    folder = tmp_path / "series"
    folder.mkdir()
    (folder / "1.dcm").write_bytes(b"one")
    first = store.add_study(folder)
    (folder / "1.dcm").rename(folder / "2.dcm")
    assert store.add_study(folder).sha256 != first.sha256
    with pytest.raises(InputError):
        store.add_study(tmp_path / "absent")
    (store.uploads / "sent.png").write_bytes(b"sent")
    assert store.add_study(store.uploads / "sent.png", name="a /b").name == "a_b"


def test_the_worklist_tells_status_minutes_and_last_change(store: Store, session: str) -> None:
    assert [(r.name, r.status, r.active_min) for r in store.worklist()] == [("P1", "new", 0.0)]
    store.append(session, 0, [NewEvent("1", e.Tick(90.0)), NewEvent("2", e.AcceptStudy())], "A")
    (row,) = store.worklist("A")
    assert (row.status, row.active_min) == ("accepted", 1.5)
    assert row.changed == store.events(session)[-1].at
    store.append(session, 2, new("3"), "A")
    assert store.worklist("A")[0].status == "begun"
    assert store.worklist("B") == ()


def test_commits_are_synchronised_and_the_file_says_its_version(store: Store) -> None:
    pragma = store.database._connection.execute
    assert pragma("PRAGMA synchronous").fetchone()[0] == 2
    assert pragma("PRAGMA journal_mode").fetchone()[0] == "truncate"
    store.close()
    with sqlite3.connect(store.folder / FILE) as raw:
        raw.execute("UPDATE format SET name = 'lgescar-store/2'")
    raw.close()
    with pytest.raises(EventError, match="another version"):
        Store(store.folder)


def test_what_is_no_store_is_refused(tmp_path: Path) -> None:
    with pytest.raises(EventError, match="holds no"):
        Store(tmp_path / "none", create=False)
    (tmp_path / FILE).write_bytes(b"not a database" * 100)
    with pytest.raises(EventError, match="damaged"):
        Store(tmp_path)


WRITER = """
import sys
from pathlib import Path
from lgescar.reader.chain import NewEvent
from lgescar.reader.events import Tick
from lgescar.reader.store import Store
folder, name = Path(sys.argv[1]), sys.argv[2]
print("ready", flush=True)
sys.stdin.readline()
with Store(folder / "store") as store:
    study = store.add_study(folder / "image.nii").id
    session = store.add_session(study, store.add_reader(name), "b" * 64).id
    for after in range(5):
        store.append(session, after, [NewEvent(f"{after}", Tick(1.0))], name)
"""


def test_processes_that_begin_one_store_at_once_lose_nothing(tmp_path: Path) -> None:
    (tmp_path / "image.nii").write_bytes(b"pixels")
    names = ["A", "B", "C", "D"]
    command = [sys.executable, "-c", WRITER, str(tmp_path)]
    running = [
        subprocess.Popen([*command, name], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                         stderr=subprocess.PIPE, text=True)
        for name in names
    ]  # fmt: skip
    for one in running:
        assert one.stdout is not None
        assert one.stdout.readline() == "ready\n"

    for one in running:  # all begin before the first is waited for
        assert one.stdin is not None
        one.stdin.write("go\n")
        one.stdin.flush()
    ends = [one.communicate() for one in running]

    assert [(one.returncode, said[1]) for one, said in zip(running, ends, strict=True)] == [
        (0, "")
    ] * len(names)
    audit = verify(tmp_path / "store")
    assert (audit.whole, audit.sessions, audit.events) == (True, len(names), 5 * len(names))
    with Store(tmp_path / "store", create=False) as store:
        assert len(store.studies()) == 1
        assert sorted(store.readers()) == names
