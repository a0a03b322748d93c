"""Sessions from the store over studies from files, as a server uses them."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from lgescar.bundle import Bundle
from lgescar.core.errors import ConflictError, EventError, InputError
from lgescar.read import read_labels
from lgescar.reader import events as e
from lgescar.reader.chain import NewEvent
from lgescar.reader.outcome import write_readings
from lgescar.reader.service import ReaderService
from lgescar.studies.repeatability.sessions import named_sessions


def new(name: str, event: e.Event) -> list[NewEvent]:
    return [NewEvent(name, event)]


def test_an_edit_is_kept_then_shown_and_outlives_the_desk(
    service: ReaderService, bundle: Bundle
) -> None:
    study = service.store.studies()[0].id
    session = service.begin(study, "A")
    assert service.begin(study, "A") == session
    assert service.edit(session, 0, new("1", e.Clear(3)), "A") == 1
    with service.session(session) as shown:
        assert not shown.slice(3).labels.scar.any()
        codes = [labels.codes for labels in shown.labels]
    again = ReaderService(service.store, bundle)
    with again.session(session) as shown:
        assert all(np.array_equal(a.codes, b) for a, b in zip(shown.labels, codes, strict=True))
    again.close()


def test_what_means_nothing_is_not_kept_and_what_comes_late_is_kept_apart(
    service: ReaderService,
) -> None:
    session = service.begin(service.store.studies()[0].id, "A")
    with pytest.raises(EventError, match="no slice 77"):
        service.edit(session, 0, [*new("1", e.Clear(3)), *new("2", e.Clear(77))], "A")
    assert service.store.events(session) == ()
    service.edit(session, 0, new("1", e.Clear(3)), "A")
    with pytest.raises(ConflictError):
        service.edit(session, 0, new("2", e.Fill(3)), "A")
    with service.session(session) as shown:
        assert shown.state.events == 1


def test_readers_at_once_do_not_disturb_each_other(service: ReaderService) -> None:
    study = service.store.studies()[0].id
    sessions = {reader: service.begin(study, reader) for reader in ("A", "B")}

    def read(reader: str) -> list[bytes]:
        for number in range(6):
            event = e.Clear(3) if reader == "A" else e.Copy(3, 4)
            service.edit(sessions[reader], number, new(str(number), event), reader)
        with service.session(sessions[reader]) as shown:
            return [labels.codes.tobytes() for labels in shown.labels]

    with ThreadPoolExecutor(2) as pool:
        together = dict(zip("AB", pool.map(read, "AB"), strict=True))
    for reader, session in sessions.items():
        alone = ReaderService(service.store, service.bundle)
        with alone.session(session) as shown:
            assert [labels.codes.tobytes() for labels in shown.labels] == together[reader]
        alone.close()
    assert together["A"] != together["B"]


def test_other_pixels_are_refused(service: ReaderService, tmp_path: Path) -> None:
    (tmp_path / "SIM.nii.gz").write_bytes(b"other pixels")
    with pytest.raises(InputError, match="have changed"):
        service.reading(service.store.studies()[0].id)


def test_finished_readings_are_what_comparisons_of_readings_take(
    service: ReaderService, tmp_path: Path
) -> None:
    study = service.store.studies()[0]
    for reader, event in (("A", e.Clear(3)), ("B", e.Copy(3, 4))):
        session = service.begin(study.id, reader)
        with pytest.raises(EventError, match="accepted no"), service.session(session) as shown:
            write_readings(service.store, reader, 1, [(session, shown)], tmp_path / "out")
        said = [event, e.Tick(61.5), e.Grade(3), e.AcceptStudy()]
        service.edit(session, 0, [NewEvent(str(i), one) for i, one in enumerate(said)], reader)
        with service.session(session) as shown:
            folder = write_readings(service.store, reader, 1, [(session, shown)], tmp_path / "out")
            codes = [labels.codes for labels in shown.labels]
        labels = read_labels(folder / "SIM.nii.gz", service.reading(study.id).study)
        assert all(np.array_equal(a.codes, b) for a, b in zip(labels, codes, strict=True))
    first, second = named_sessions([str(tmp_path / "out" / "A-1"), str(tmp_path / "out" / "B-1")])
    assert (first.name, second.name) == ("A/1", "B/1")
    assert (first.details["SIM"].seconds, first.details["SIM"].quality) == (61.5, "3")
