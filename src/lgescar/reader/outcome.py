"""Finished readings as label folders with ``reading.json``, which comparisons of readers take."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from tqdm import tqdm

from lgescar.core.errors import EventError
from lgescar.read.reading import FILE, FORMAT
from lgescar.reader.readonly import ReadOnlySession
from lgescar.reader.service import AnySession, ReaderService
from lgescar.reader.store import Store
from lgescar.write.folder import write_folder
from lgescar.write.nifti import label_maps_nifti


@dataclass(frozen=True, slots=True)
class Written:
    """A reader's ``number``-th readings as they were written, and how many are not accepted yet."""

    reader: str
    number: int
    folder: Path
    accepted: int
    waiting: int


def write_all_readings(
    service: ReaderService, out: Path, *, planned: bool = False
) -> tuple[Written, ...]:
    """A folder for each reader and number of reading, of every accepted reading in the store.

    ``planned``: only those of reading studies.

    Raises:
        EventError: nothing is accepted; or as ``write_readings``.
        UsageError: as ``write_readings``.
    """
    groups: dict[tuple[str, int], list[str]] = {}
    for row in service.store.sessions():
        if row.place is not None or not planned:
            groups.setdefault((row.reader, row.number), []).append(row.id)
    written = []
    for (reader, number), names in sorted(groups.items()):
        done = [name for name in names if service.store.state(name).status == "accepted"]
        if not done:
            continue
        sessions = _opened(service, done, f"{reader}-{number}")
        folder = write_readings(service.store, reader, number, sessions, out)
        written.append(Written(reader, number, folder, len(done), len(names) - len(done)))
    if not written:
        raise EventError("no reading is accepted; readers accept a study with Shift Enter")
    return tuple(written)


def _opened(
    service: ReaderService, names: Sequence[str], whose: str
) -> Iterator[tuple[str, AnySession]]:
    """One session at a time: a study takes hundreds of megabytes."""
    for name in tqdm(names, desc=whose, unit="reading", leave=False, disable=None):
        with service.session(name) as session:
            yield name, session


def write_readings(
    store: Store, reader: str, number: int, sessions: Iterable[tuple[str, AnySession]], out: Path
) -> Path:
    """``out/READER-NUMBER``: label files and ``reading.json`` of a reader's accepted sessions.

    ``sessions`` are the reader's, id and opened, taken one by one; those that are not accepted
    are left out.

    Raises:
        EventError: nothing is accepted, a session is another reader's, two studies share a name,
            or an accepted reading cannot be shown as it is now, because its bundle is gone.
        ModelError: the same, and nothing was stored of it.
        UsageError: the folder cannot be written, or holds something else.
    """
    files: dict[str, bytes] = {}
    patients: dict[str, dict[str, float | int | None]] = {}
    for name, session in sessions:
        row = store.session(name)
        if (row.reader, row.number) != (reader, number):
            raise EventError(f"session {name} is not reader {reader}'s session {number}")
        state = session.state
        if state.status != "accepted":
            continue
        patient = store.study(row.study).name
        if patient in patients:
            raise EventError(f"two studies are called {patient}; give one another name")
        if isinstance(session, ReadOnlySession) and session.behind:
            raise EventError(f"{patient}: {session.read_only}")
        files[f"{patient}.nii.gz"] = label_maps_nifti(session.study, session.labels)
        patients[patient] = {"seconds": state.active_s, "quality": state.grade}
    if not patients:
        raise EventError(f"reader {reader} has accepted no study in session {number}")
    content = {"format": FORMAT, "reader": reader, "session": str(number), "patients": patients}
    files[FILE] = (json.dumps(content, indent=1, allow_nan=False) + "\n").encode()
    return write_folder(out, f"{reader}-{number}", files)
