"""The chain tells any change of what a reader did, and where."""

from __future__ import annotations

import json
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from lgescar.cli.main import main
from lgescar.core.box import Box
from lgescar.core.errors import ConflictError
from lgescar.reader import events as e
from lgescar.reader.audit import verify
from lgescar.reader.chain import NewEvent
from lgescar.reader.database import FILE
from lgescar.reader.store import Store


@pytest.fixture
def kept(store: Store, session: str) -> Store:
    """Four events and one refused version."""
    box = (Box(1.0, 2.0, 30.0, 40.0),)
    events = [e.Boxes(2, box), e.Fill(2), e.Accept(2), e.AcceptStudy()]
    store.append(session, 0, [NewEvent(f"id-{i}", one) for i, one in enumerate(events)], "A")
    with pytest.raises(ConflictError):
        store.append(session, 1, [NewEvent("late", e.Clear(2))], "A")
    return store


def told(folder: Path) -> list[str]:
    return [fault.message for fault in verify(folder).faults]


def changed(store: Store, statement: str) -> list[str]:
    with closing(sqlite3.connect(store.folder / FILE)) as raw, raw:
        raw.execute("PRAGMA foreign_keys=OFF")
        assert raw.execute(statement).rowcount > 0
    return told(store.folder)


def test_an_untouched_store_is_whole(kept: Store) -> None:
    audit = verify(kept.folder)
    assert (audit.sessions, audit.events, audit.branches, audit.faults) == (1, 4, 1, ())


def test_every_flipped_byte_of_an_event_is_found_and_named(kept: Store, tmp_path: Path) -> None:
    whole = (kept.folder / FILE).read_bytes()
    (event,) = (one for one in kept.events(kept.sessions()[0].id) if one.sequence == 2)
    content = "".join((event.id, event.at, event.who, event.text, event.sha256)).encode()
    start = whole.index(content)
    copy = tmp_path / "copy"
    shutil.copytree(kept.folder, copy)
    for at in range(start, start + len(content)):
        damaged = bytearray(whole)
        damaged[at] ^= 1 << (at % 8)
        (copy / FILE).write_bytes(damaged)
        assert any("event 2" in message for message in told(copy)), at - start


def test_a_dropped_event_is_found(kept: Store) -> None:
    assert changed(kept, "DELETE FROM events WHERE sequence = 2")[0].startswith(
        "event 2 is missing"
    )


def test_a_lost_tail_is_found(kept: Store) -> None:
    said = changed(kept, "DELETE FROM events WHERE sequence = 4")
    assert said == ["the last event should be 4 and is 3, or was changed"]


def test_events_that_changed_places_are_found(kept: Store) -> None:
    for statement in ("sequence = 9 WHERE sequence = 2", "sequence = 2 WHERE sequence = 3",
                      "sequence = 3 WHERE sequence = 9"):  # fmt: skip
        said = changed(kept, f"UPDATE events SET {statement}")
    assert [m for m in said if m.startswith(("event 2 ", "event 3 "))] == [
        "event 2 was changed, or what it follows was",
        "event 3 was changed, or what it follows was",
    ]


@pytest.mark.parametrize(
    ("statement", "said"),
    [
        ("UPDATE sessions SET reader = 'B'", "event 1"),
        ("UPDATE sessions SET created = '2020-01-01T00:00:00Z'", "event 1"),
        ("UPDATE sessions SET last = 3", "the last event"),
        ("UPDATE studies SET sha256 = 'f'", "another than the one"),
        ("UPDATE branches SET who = 'B'", "refused version"),
        ("UPDATE events SET session = 'x' WHERE sequence = 4", "no session"),
        ("UPDATE readers SET name = 'B'", "not in the list"),
        ("UPDATE events SET text = '{}' WHERE sequence = 1", "means nothing"),
    ],
)
def test_other_changes_are_found(kept: Store, statement: str, said: str) -> None:
    assert any(said in message for message in changed(kept, statement))


def test_the_command_says_what_is_wrong_and_ends_with_3(
    kept: Store, capsys: pytest.CaptureFixture[str]
) -> None:
    command = ["audit", "verify", "--store", str(kept.folder)]
    assert main(command) == 0
    assert capsys.readouterr().out == "1 sessions, 4 events, 1 refused: whole\n"
    changed(kept, "UPDATE events SET text = replace(text, '30', '31') WHERE sequence = 1")
    assert main(command) == 3
    assert "event 1 was changed" in capsys.readouterr().out
    assert main([*command, "--json"]) == 3
    assert json.loads(capsys.readouterr().out)["whole"] is False
    assert main(["audit", "verify", "--store", str(kept.folder / "none")]) == 3
