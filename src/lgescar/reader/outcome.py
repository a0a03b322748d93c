"""Finished readings as label folders with ``reading.json``, which comparisons of readers take."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

from lgescar.core.errors import EventError
from lgescar.read.reading import FILE, FORMAT
from lgescar.reader.session import Session
from lgescar.reader.store import Store
from lgescar.write.folder import write_folder
from lgescar.write.nifti import label_maps_nifti


def write_readings(
    store: Store, reader: str, number: int, sessions: Mapping[str, Session], out: Path
) -> Path:
    """``out/READER-NUMBER``: label files and ``reading.json`` of a reader's accepted sessions.

    ``sessions`` are the reader's by id, opened; those that are not accepted are left out.

    Raises:
        EventError: nothing is accepted, a session is another reader's, or two studies share a
            name.
        UsageError: the folder cannot be written, or holds something else.
    """
    files: dict[str, bytes] = {}
    patients: dict[str, dict[str, float | int | None]] = {}
    for name, session in sessions.items():
        row = store.session(name)
        if (row.reader, row.number) != (reader, number):
            raise EventError(f"session {name} is not reader {reader}'s session {number}")
        state = session.state
        if state.status != "accepted":
            continue
        patient = store.study(row.study).name
        if patient in patients:
            raise EventError(f"two studies are called {patient}; give one another name")
        files[f"{patient}.nii.gz"] = label_maps_nifti(session.reading.study, session.labels)
        patients[patient] = {"seconds": state.active_s, "quality": state.grade}
    if not patients:
        raise EventError(f"reader {reader} has accepted no study in session {number}")
    told = {"format": FORMAT, "reader": reader, "session": str(number), "patients": patients}
    files[FILE] = (json.dumps(told, indent=1, allow_nan=False) + "\n").encode()
    return write_folder(out, f"{reader}-{number}", files)
