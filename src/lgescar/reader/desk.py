"""The one door for a server: stored sessions opened over their studies, edits kept, then shown."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from threading import Lock, RLock

from lgescar.bundle import Bundle
from lgescar.core.errors import InputError, ModelError
from lgescar.reader.chain import NewEvent
from lgescar.reader.inputs import input_sha256
from lgescar.reader.reading import Reading, open_reading
from lgescar.reader.session import Session
from lgescar.reader.store import Store

MOST_STUDIES, MOST_SESSIONS = 8, 32
"""Studies and sessions that stay open; others are read and folded again when asked for. Ours."""
THREADS_AHEAD = 4
"""What may be done at once before it is asked for. Ours."""


class _Opened:
    """A session with its lock, folded up to event ``last``."""

    def __init__(self, session: Session) -> None:
        self.session = session
        self.last = 0
        self.lock = RLock()


class Desk:
    """Sessions of a store, opened with one bundle; safe to use from several threads."""

    def __init__(self, store: Store, bundle: Bundle) -> None:
        self.store = store
        self.bundle = bundle
        self._readings: OrderedDict[str, Reading] = OrderedDict()
        self._sessions: OrderedDict[str, _Opened] = OrderedDict()
        self._first: dict[str, Lock] = {}
        self._opening = Lock()
        self._ahead = ThreadPoolExecutor(THREADS_AHEAD, "ahead")

    def begin(self, study: str, reader: str, number: int = 1) -> str:
        """The id of a reader's session on a study, new or begun before."""
        return self.store.add_session(study, reader, self.bundle.sha256, number).id

    def reading(self, study: str) -> Reading:
        """The opened study, shared by all of its sessions; its slices are encoded from now on.

        Raises:
            InputError: its input is gone, or its bytes are not those that were added.
        """
        with self._opening:
            only_one = self._first.setdefault(study, Lock())
        with only_one:  # reading one study keeps nobody from another
            with self._opening:
                found = self._readings.get(study)
                if found is not None:
                    self._readings.move_to_end(study)
                    return found
            found = self._read(study)
            found.start_encoding()
            with self._opening:
                self._readings[study] = found
                while len(self._readings) > MOST_STUDIES:
                    self._forget()
            return found

    @contextmanager
    def session(self, session: str) -> Iterator[Session]:
        """A session as it is stored, nobody else's while it is held.

        Raises:
            EventError: there is none.
            ModelError: it was read with another bundle, whose answers may differ.
            InputError: its study cannot be read.
        """
        opened = self._session(session)
        with opened.lock:
            for one in self.store.events(session, opened.last):
                opened.session.add(one.event)
                opened.last = one.sequence
            yield opened.session

    def edit(self, session: str, after: int, events: Sequence[NewEvent], who: str) -> int:
        """Check events, keep them, then show them; the number of the last one.

        Raises:
            EventError: an event means nothing for the study; none of them was kept.
            ConflictError: the session went on; they are kept as a branch.
        """
        with self.session(session) as shown:
            for one in events:
                shown.check(one.event)
            # The network answers while the disc writes; what is wrong is told when it is asked.
            self._ahead.submit(shown.foresee, shown.state, [one.event for one in events])
            return self.store.append(session, after, events, who)

    def open_soon(self, session: str) -> None:
        """Read a session's study in the background; what is wrong is told when it is opened."""
        self._ahead.submit(self._session, session)

    def close(self) -> None:
        """Stop what runs in the background."""
        self._ahead.shutdown(cancel_futures=True)
        with self._opening:
            for reading in self._readings.values():
                reading.close()

    def _session(self, session: str) -> _Opened:
        row = self.store.session(session)
        if row.bundle_sha256 != self.bundle.sha256:
            raise ModelError(
                "this session was read with another bundle, whose outlines may differ; open it "
                f"with the bundle of SHA-256 {row.bundle_sha256}"
            )
        reading = self.reading(row.study)
        with self._opening:
            found = self._sessions.get(session)
            if found is None or found.session.reading is not reading:
                found = _Opened(Session(reading))
                self._sessions[session] = found
            self._sessions.move_to_end(session)
            while len(self._sessions) > MOST_SESSIONS:
                self._sessions.popitem(last=False)
            return found

    def _read(self, study: str) -> Reading:
        row = self.store.study(study)
        if row.path is None:
            raise InputError("only readings of this study are here; add its images first")
        if input_sha256(Path(row.path)) != row.sha256:
            raise InputError("the study's images are not those that were read; restore them")
        return open_reading(row.path, self.bundle)

    def _forget(self) -> None:
        _, reading = self._readings.popitem(last=False)
        reading.close()
        for name, opened in list(self._sessions.items()):
            if opened.session.reading is reading:
                del self._sessions[name]
