"""The chain of hashes: each event's covers its content and the one before, the first its session.

Whoever changes, drops or moves an event breaks the chain there. The hash of the last event
stands with the session, so that a lost tail shows, too.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from lgescar.core.errors import EventError
from lgescar.reader.events import Event, event_from_json, event_to_json
from lgescar.reader.values import Whole


@dataclass(frozen=True, slots=True)
class NewEvent:
    """An event as a client sends it. ``id`` is the client's own and makes sending it again safe."""

    id: str
    event: Event

    def __post_init__(self) -> None:
        if not (isinstance(self.id, str) and 0 < len(self.id) <= 64 and self.id.isprintable()):
            raise EventError("an event's id is up to 64 printable characters, best a UUID")


@dataclass(frozen=True, slots=True)
class StoredEvent:
    """An event as it is stored: the ``sequence``-th of its session, ``at`` UTC, by ``who``.

    ``text`` is its JSON and ``sha256`` the link of the chain.
    """

    sequence: Whole
    id: str
    at: str
    who: str
    text: str
    sha256: str

    @property
    def event(self) -> Event:
        """The event itself.

        Raises:
            EventError: the text means nothing.
        """
        return event_from_text(self.text)


def event_text(event: Event) -> str:
    """The one spelling of an event."""
    return json.dumps(event_to_json(event), sort_keys=True, separators=(",", ":"), allow_nan=False)


def event_from_text(text: str) -> Event:
    """The event that a text spells.

    Raises:
        EventError: it spells none.
    """
    try:
        return event_from_json(json.loads(text))
    except (ValueError, RecursionError) as error:
        raise EventError("a stored event is no JSON") from error


def link(before: str, *parts: Any) -> str:
    """SHA-256, in hex, over the hash before and the parts; no two lists of parts read alike."""
    content = json.dumps([before, *parts], separators=(",", ":"), ensure_ascii=True)
    return hashlib.sha256(content.encode()).hexdigest()


def event_link(before: str, event: StoredEvent) -> str:
    """The hash that an event must have after ``before``."""
    return link(before, event.sequence, event.id, event.at, event.who, event.text)


def faults(start: str, events: Sequence[StoredEvent], last: tuple[int, str]) -> list[str]:
    """What is wrong with a chain that begins after ``start`` and should end at ``last``.

    ``last`` is the number and the hash of the last event.
    """
    found, before, expected = [], start, 1
    for event in events:
        if event.sequence != expected:
            found.append(f"event {expected} is missing: event {event.sequence} follows")
        if event_link(before, event) != event.sha256:
            found.append(f"event {event.sequence} was changed, or what it follows was")
        before, expected = event.sha256, event.sequence + 1
    if (expected - 1, before) != last:
        found.append(f"the last event should be {last[0]} and is {expected - 1}, or was changed")
    return found
