"""Readings begun with another bundle than the service's: opened with theirs, or only shown."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from lgescar.bundle import Bundle, open_bundle
from lgescar.bundle.open import EMBEDDED
from lgescar.core.errors import EventError, ModelError
from lgescar.reader import events as e
from lgescar.reader.chain import NewEvent
from lgescar.reader.outcome import write_all_readings
from lgescar.reader.readonly import ReadOnlySession
from lgescar.reader.service import ReaderService, known_bundle
from lgescar.reader.session import Session
from lgescar.reader.snapshot import store_snapshot
from lgescar.write.report_json import report_json

STRICT = 0.99
"""A cutoff that leaves less scar than any bundle's own."""


@pytest.fixture
def other(tmp_path: Path) -> Bundle:
    """The default bundle with a stricter cutoff: another SHA-256, and other outlines."""
    folder = Path(shutil.copytree(EMBEDDED / "default", tmp_path / "other"))
    card = json.loads((folder / "card.json").read_text())
    (folder / "card.json").write_text(json.dumps({**card, "name": "other", "scar_cutoff": STRICT}))
    bundle = open_bundle(folder)
    shutil.rmtree(folder)  # what is kept must not hang on where it came from
    return bundle


@contextmanager
def opened(service: ReaderService, bundle: Bundle) -> Iterator[ReaderService]:
    """Another service on the same store."""
    again = ReaderService(service.store, bundle)
    yield again
    again.close()


@pytest.fixture
def begun(service: ReaderService) -> str:
    """Reader A's session with the service's bundle: slice 3 cleared, 4 painted, all accepted."""
    session = service.begin(service.store.studies()[0].id, "A")
    brush = e.Brush(4, ((60.0, 60.0),), 4.0, "scar")
    events = [e.Clear(3), brush, e.Accept(3), e.Grade(4), e.AcceptStudy()]
    service.edit(session, 0, [NewEvent(str(i), one) for i, one in enumerate(events)], "A")
    return session


def told(service: ReaderService, session: str) -> dict[str, Any]:
    """All that a session says of itself, but when its report was made."""
    with service.session(session) as shown:
        views = [shown.slice(i) for i in shown.study.indices]
        report = json.loads(report_json(shown.report()))
        del report["provenance"]["created"]
        return {
            "codes": [view.labels.codes.tobytes() for view in views],
            "rest": [(v.boxes, v.points, v.made_by, v.accepted) for v in views],
            "scar_px": sum(int(shown.automatic_labels(i).scar.sum()) for i in shown.study.indices),
            "automatic": [shown.automatic_labels(i).codes.tobytes() for i in shown.study.indices],
            "quantities": shown.numbers().quantities,
            "first": shown.automatic_numbers().quantities,
            "rule": shown.rule_numbers("otsu").quantities,
            "chances": [one.scar_probability.tobytes() for one in shown.report().results],
            "report": report,
        }


def test_a_reading_opens_with_the_bundle_it_was_begun_with(
    service: ReaderService, begun: str, other: Bundle, bundle: Bundle
) -> None:
    before = told(service, begun)
    with opened(service, other) as later:
        assert told(later, begun) == before
        with later.session(begun) as shown:
            assert shown.report().provenance.bundle_sha256 == bundle.sha256
        fresh = later.begin(service.store.studies()[0].id, "A", 2)
        # It is the other bundle that the new one is begun with: it leaves less scar.
        assert told(later, fresh)["scar_px"] < before["scar_px"]
    # The other way round the other bundle comes from the store, its folder is long gone.
    assert told(service, fresh)["report"]["provenance"]["bundle_sha256"] == other.sha256
    assert service.edit(fresh, 0, [NewEvent("1", e.Clear(3))], "A") == 1


def without_bundle(service: ReaderService, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The default is another one now, and the store has lost what it kept."""
    shutil.rmtree(service.store.folder / "bundles")
    monkeypatch.setattr("lgescar.bundle.open.EMBEDDED", tmp_path / "none")
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "none"))


@pytest.fixture
def lost(
    service: ReaderService, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> Callable[[], None]:
    return lambda: without_bundle(service, monkeypatch, tmp_path)


def test_without_its_bundle_an_accepted_reading_is_shown_as_it_was_and_not_edited(
    service: ReaderService, begun: str, other: Bundle, lost: Callable[[], None]
) -> None:
    service.store_snapshot(begun)
    before = told(service, begun)
    service.edit(begun, 5, [NewEvent("tick", e.Tick(3.0))], "A")
    lost()
    with opened(service, other) as later:
        assert told(later, begun) == before
        with later.session(begun) as shown:
            assert isinstance(shown, ReadOnlySession)
            assert service.bundle.sha256[:12] in shown.read_only
            assert "later" not in shown.read_only  # a tick changes no outline
            assert (shown.state.active_s, shown.state.grade) == (3.0, 4)
            assert shown.numbers().notes[0].code == "read-only"
        with pytest.raises(ModelError, match="shown and not edited"):
            later.edit(begun, 6, [NewEvent("late", e.Clear(4))], "A")
        assert service.store.session(begun).last == 6
        fresh = later.begin(service.store.studies()[0].id, "A", 2)
        with later.session(fresh) as shown:
            assert isinstance(shown, Session)


def test_edits_after_what_was_kept_are_told_and_not_shown(
    service: ReaderService, begun: str, other: Bundle, lost: Callable[[], None]
) -> None:
    service.store_snapshot(begun)
    before = told(service, begun)
    late = [e.Clear(2), e.Undo(), e.Accept(2)]
    service.edit(begun, 5, [NewEvent(f"late {i}", one) for i, one in enumerate(late)], "A")
    lost()
    with opened(service, other) as later:
        assert told(later, begun)["codes"] == before["codes"]
        with later.session(begun) as shown:
            assert "2 later edits" in shown.read_only
            assert shown.report().notes[0].code == "read-only"


def test_where_nothing_was_kept_the_edits_are_and_no_outline_is_made_up(
    service: ReaderService, begun: str, other: Bundle, lost: Callable[[], None]
) -> None:
    lost()
    with opened(service, other) as later, later.session(begun) as shown:
        assert "cannot be shown" in shown.read_only
        assert not any(shown.slice(i).labels.codes.any() for i in shown.study.indices)
        assert (shown.numbers(), shown.automatic_numbers()) == (None, None)
        assert (shown.slice(4).made_by, shown.slice(3).accepted) == ("hand", True)
        for asked in (shown.report, lambda: shown.labels, lambda: shown.automatic_labels(3)):
            with pytest.raises(ModelError, match="without that bundle"):
                asked()
    with opened(service, service.bundle) as back, back.session(begun) as shown:
        assert isinstance(shown, Session)


def test_readings_are_written_from_what_was_kept_unless_edits_came_later(
    service: ReaderService, begun: str, other: Bundle, lost: Callable[[], None], tmp_path: Path
) -> None:
    service.store_snapshot(begun)
    (before,) = write_all_readings(service, tmp_path / "before")
    lost()
    with opened(service, other) as later:
        (after,) = write_all_readings(later, tmp_path / "after")
        files = [(one.folder / "SIM.nii.gz").read_bytes() for one in (before, after)]
        assert files[0] == files[1]
        assert (after.reader, after.number, after.accepted, after.waiting) == ("A", 1, 1, 0)
        with pytest.raises(EventError, match="no reading is accepted"):
            write_all_readings(later, tmp_path / "planned", planned=True)
    late = [e.Undo(), e.Redo()]
    service.store.append(begun, 5, [NewEvent(f"l{i}", one) for i, one in enumerate(late)], "A")
    with opened(service, other) as later, pytest.raises(EventError, match="2 later edits"):
        write_all_readings(later, tmp_path / "after")


def test_what_was_kept_of_other_edits_or_is_damaged_is_refused(
    service: ReaderService, begun: str, other: Bundle, lost: Callable[[], None]
) -> None:
    with service.session(begun) as shown:
        store_snapshot(service.store.folder, begun, (5, "0" * 64), shown.reading, shown.report())
    lost()
    with opened(service, other) as later:
        with pytest.raises(EventError, match="other edits"), later.session(begun):
            pass
        file = service.store.folder / "kept" / f"{begun}.npz"
        whole = file.read_bytes()
        for damaged in (whole[: len(whole) // 2], b"", b"no archive"):
            file.write_bytes(damaged)
            with pytest.raises(EventError, match="damaged"), later.session(begun):
                pass


def test_what_was_written_after_a_later_event_is_not_replaced_by_an_earlier_one(
    service: ReaderService, begun: str
) -> None:
    with service.session(begun) as shown:
        arguments = service.store.folder, begun
        store_snapshot(*arguments, (5, "5" * 64), shown.reading, shown.report())
        file = service.store.folder / "kept" / f"{begun}.npz"
        later = file.read_bytes()
        store_snapshot(*arguments, (4, "4" * 64), shown.reading, shown.report())
    assert file.read_bytes() == later
    file.write_bytes(later[:100])  # damaged: whatever comes is better
    with service.session(begun) as shown:
        store_snapshot(*arguments, (4, "4" * 64), shown.reading, shown.report())
    assert len(file.read_bytes()) > 100


def test_a_kept_bundle_that_is_damaged_is_not_used(service: ReaderService, other: Bundle) -> None:
    with opened(service, other) as one:
        one.store_bundle()
    folder = service.store.folder / "bundles" / other.sha256
    assert known_bundle(service.store.folder, other.sha256).sha256 == other.sha256
    (folder / "encoder.onnx").write_bytes(b"flipped")
    assert known_bundle(service.store.folder, other.sha256) is None
    assert known_bundle(service.store.folder, "../../bundles") is None
