"""A reading study: every reader reads every study twice, blinded, in an order drawn by a seed."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from lgescar.core.errors import EventError
from lgescar.reader.rows import SessionRow
from lgescar.reader.store import Store

SESSIONS = 2
"""Readings of each study by each reader: the second tells how repeatable the first is."""


def plan_readings(
    store: Store,
    studies: Sequence[str],
    readers: Sequence[str],
    bundle_sha256: str,
    seed: int,
    sessions: int = SESSIONS,
) -> tuple[SessionRow, ...]:
    """Sessions 1 to ``sessions`` of every reader and study, by id and name.

    Each reader gets an order of their own in each session, and names (``case-001``) that tell
    neither the study nor where it stood in another session. The same call again gives back the
    same plan.

    Raises:
        EventError: no study or reader, one that is unknown or named twice, or a session that was
            begun outside of this plan.
    """
    if not all(names and len({*names}) == len(names) for names in (studies, readers)):
        raise EventError("a reading study needs studies and readers, each named once")
    for study in studies:
        store.study(study)
    planned = _planned(studies, readers, seed, sessions)
    for reader in readers:
        _check_free(store, reader, planned)
    for reader in readers:
        store.add_reader(reader)
    return tuple(
        store.add_session(study, reader, bundle_sha256, *due) for reader, study, due in planned
    )


_Planned = tuple[str, str, tuple[int, int, str]]
"""A session to be: its reader and study, and its number, place and blinded name."""


def _planned(
    studies: Sequence[str], readers: Sequence[str], seed: int, sessions: int
) -> list[_Planned]:
    return [
        (reader, studies[at], (number, place, f"case-{place:03d}"))
        for who, reader in enumerate(readers)
        for number in range(1, sessions + 1)
        for place, at in enumerate(
            np.random.default_rng([seed, who, number]).permutation(len(studies)), 1
        )
    ]


def _check_free(store: Store, reader: str, planned: Sequence[_Planned]) -> None:
    """Refuse before anything is written: half a plan could not be taken back."""
    begun = {(r.study, r.number): (r.number, r.place, r.blinded) for r in store.sessions(reader)}
    for whose, study, due in planned:
        if whose == reader and begun.get((study, due[0]), due) != due:
            name = store.study(study).name
            raise EventError(
                f"reader {reader} began a session of {name} outside of this plan; "
                "leave out the reader or the study"
            )
