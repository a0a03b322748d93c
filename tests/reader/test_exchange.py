"""A session as one file, and back; and the file of the first version, which stays readable."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from lgescar.core.box import Box
from lgescar.core.errors import ConflictError, EventError
from lgescar.reader import events as e
from lgescar.reader.audit import verify
from lgescar.reader.chain import NewEvent
from lgescar.reader.exchange import exported, import_session, session_file
from lgescar.reader.store import Store

VERSION_1 = Path(__file__).parent / "session-1.json"
"""Written by lgescar 0.1.0: one event of every kind, and one refused version."""


@pytest.fixture
def text(store: Store, session: str) -> str:
    events: list[e.Event] = [e.Boxes(2, (Box(1.0, 2.0, 30.0, 40.5),)), e.Undo(), e.Remark("心\n")]
    store.append(session, 0, [NewEvent(f"id-{i}", one) for i, one in enumerate(events)], "A")
    with pytest.raises(ConflictError):
        store.append(session, 1, [NewEvent("late", e.Clear(2))], "A")
    return exported(store, session)


def test_what_was_exported_and_imported_is_exported_the_same(
    text: str, session: str, store: Store, tmp_path: Path
) -> None:
    with Store(tmp_path / "other") as other:
        assert import_session(other, text) == store.session(session)
        assert import_session(other, text).id == session  # again changes nothing
        assert exported(other, session) == text
        assert other.events(session) == store.events(session)
        assert other.study(other.session(session).study).path is None
        assert other.append(session, 3, [NewEvent("on", e.Redo())], "A") == 4
        assert verify(other.folder).whole
        assert import_session(other, text).last == 4  # an earlier file changes nothing either
        store.append(session, 3, [NewEvent("off", e.Clear(1))], "A")
        with pytest.raises(EventError, match="gone on"):
            import_session(other, exported(store, session))
        assert other.session(session).last == 4


def test_adding_the_input_tells_where_the_pixels_of_an_import_are(
    text: str, tmp_path: Path
) -> None:
    with Store(tmp_path / "other") as other:
        row = import_session(other, text)
        assert other.add_study(tmp_path / "P1.nii.gz").id == row.study
        assert other.study(row.study).path == str(tmp_path / "P1.nii.gz")


def test_no_path_of_this_machine_leaves_it(text: str, tmp_path: Path) -> None:
    assert str(tmp_path) not in text


def test_every_change_of_a_value_is_refused(text: str, tmp_path: Path) -> None:
    whole = json.loads(text)
    refused = 0
    with Store(tmp_path / "other") as other:
        for place in places(whole):
            changed = json.loads(text)
            at = changed
            for key in place[:-1]:
                at = at[key]
            at[place[-1]] = other_value(at[place[-1]])
            if place[-1] in ("name", "added"):  # the study's name and when it was added: free
                continue
            with pytest.raises(EventError):
                import_session(other, json.dumps(changed))
            refused += 1
        assert other.sessions() == ()
    assert refused == 1 + 2 + 11 + 3 * 6 + 7


def places(value: Any, before: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """The way to every single value."""
    if isinstance(value, dict | list):
        pairs = value.items() if isinstance(value, dict) else enumerate(value)
        return [p for key, one in pairs for p in places(one, (*before, key))]
    return [before]


def other_value(value: Any) -> Any:
    if isinstance(value, int):
        return value + 1
    return "x" if value is None else f"{value}0"


def test_a_path_in_the_file_is_refused(text: str) -> None:
    content = json.loads(text)
    content["study"]["path"] = "elsewhere/P1.nii.gz"
    with pytest.raises(EventError, match="a path of another machine"):
        session_file(json.dumps(content))


@pytest.mark.parametrize(
    "text",
    ["", "[]", "{}", '{"format": "lgescar-session/2"}', "[" * 100_000,
     '{"format": "lgescar-session/1", "study": 1, "session": 2, "events": 3, "branches": 4}',
     '{"format": "lgescar-session/1", "study": {}, "session": {}, "events": [], "branches": []}'],
    ids=range(7),
)  # fmt: skip
def test_what_is_no_session_is_refused(text: str) -> None:
    with pytest.raises(EventError):
        session_file(text)


def test_the_first_version_stays_readable(tmp_path: Path) -> None:
    text = VERSION_1.read_text("utf-8")
    with Store(tmp_path) as store:
        row = import_session(store, text)
        assert {one.event.kind for one in store.events(row.id)} == set(e.KINDS)
        assert exported(store, row.id) == text
        state = store.state(row.id)
    assert (state.status, state.grade, state.remark, state.active_s) == (
        "accepted",
        4,
        "apex blurred",
        12.5,
    )
    assert state.now.accepted == {2}
    assert (state.now.edits, state.now.at(3).made_by) == (13, "hand")
