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
    if (
        not studies
        or not readers
        or len({*studies}) < len(studies)
        or len({*readers}) < len(readers)
    ):
        raise EventError("a reading study needs studies and readers, each named once")
    for study in studies:
        store.study(study)
    planned = []
    for who, reader in enumerate(readers):
        store.add_reader(reader)
        for number in range(1, sessions + 1):
            order = np.random.default_rng([seed, who, number]).permutation(len(studies))
            for place, at in enumerate(order, 1):
                due = (number, place, f"case-{place:03d}")
                row = store.add_session(studies[at], reader, bundle_sha256, *due)
                if (row.number, row.place, row.blinded) != due:
                    raise EventError(f"reader {reader} began a session outside of this plan")
                planned.append(row)
    return tuple(planned)


def due(store: Store, reader: str) -> SessionRow | None:
    """The reader's next planned session: the first that is not accepted; None when all are."""
    for row in store.sessions(reader):
        if row.place is not None and store.state(row.id).status != "accepted":
            return row
    return None
