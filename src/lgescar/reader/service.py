"""What a server uses: sessions opened on their studies; edits are stored, then shown."""

from __future__ import annotations

import re
from collections import OrderedDict
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from threading import Lock, RLock

from lgescar.bundle import Bundle, open_bundle
from lgescar.bundle.open import bundle_of
from lgescar.core import atomic
from lgescar.core.errors import EventError, InputError, ModelError, UsageError
from lgescar.read import read_study
from lgescar.reader.chain import NewEvent
from lgescar.reader.inputs import input_sha256
from lgescar.reader.reading import Reading, open_reading
from lgescar.reader.readonly import ReadOnlySession
from lgescar.reader.rows import SessionRow
from lgescar.reader.session import Session
from lgescar.reader.snapshot import store_snapshot, stored_snapshot
from lgescar.reader.store import Store

MOST_STUDIES, MOST_SESSIONS = 8, 32
"""Studies and sessions that stay open; others are read and replayed again when requested. Ours."""
THREADS_AHEAD = 4
"""What may be done at once ahead of requests. Ours."""
BUNDLES = "bundles"
"""Folder of the store; within it one folder for each bundle, called by its SHA-256."""
SHA256 = re.compile(r"[0-9a-f]{64}")


AnySession = Session | ReadOnlySession
"""A session, to be edited or only shown."""


class _Opened:
    """A session with its lock, replayed up to event ``last``."""

    def __init__(self, session: AnySession, last: int = 0) -> None:
        self.session = session
        self.last = last
        self.lock = RLock()


class ReaderService:
    """Sessions of a store, begun with one bundle and opened with their own; safe between threads.

    A session whose bundle is missing opens read-only, from its snapshot.
    """

    def __init__(self, store: Store, bundle: Bundle) -> None:
        self.store = store
        self.bundle = bundle
        self._bundles = {bundle.sha256: bundle}
        self._readings: OrderedDict[tuple[str, str], Reading] = OrderedDict()
        self._sessions: OrderedDict[str, _Opened] = OrderedDict()
        self._first: dict[tuple[str, str], Lock] = {}
        self._opening = Lock()
        self._ahead = ThreadPoolExecutor(THREADS_AHEAD, "ahead")

    def begin(self, study: str, reader: str, number: int = 1) -> str:
        """The id of a reader's session on a study, new or begun before."""
        self.store_bundle()
        return self.store.add_session(study, reader, self.bundle.sha256, number).id

    def store_bundle(self) -> None:
        """Store the bundle beside the readings that are begun with it."""
        store_bundle(self.store.folder, self.bundle)

    def reading(self, study: str, bundle_sha256: str | None = None) -> Reading:
        """The opened study, shared by all of its sessions; its slices are encoded from now on.

        Opened with the service's own bundle where none is named.

        Raises:
            InputError: its input is gone, or its bytes are not those that were added.
            ModelError: the bundle is missing.
        """
        bundle = self._bundle(bundle_sha256 or self.bundle.sha256)
        if bundle is None:
            raise ModelError("the bundle that this study was read with is not here")
        key = (study, bundle.sha256)
        with self._opening:
            only_one = self._first.setdefault(key, Lock())
        with only_one:  # reading one study keeps nobody from another
            with self._opening:
                found = self._readings.get(key)
                if found is not None:
                    self._readings.move_to_end(key)
                    return found
            found = open_reading(self._input(study), bundle)
            found.start_encoding()
            with self._opening:
                self._readings[key] = found
                while len(self._readings) > MOST_STUDIES:
                    self._forget()
            return found

    @contextmanager
    def session(self, session: str) -> Iterator[AnySession]:
        """A session as it is stored, nobody else's while it is held.

        Raises:
            EventError: there is none.
            InputError: its study cannot be read.
        """
        with self._replayed(session) as opened:
            yield opened.session

    def glance(self, row: SessionRow) -> AnySession:
        """A session for what no edit changes: its images, and how far the encoding is."""
        return self._opened(row).session

    def edit(self, session: str, after: int, events: Sequence[NewEvent], who: str) -> int:
        """Check events, store them, then show them; the number of the last one.

        Raises:
            EventError: an event means nothing for the study; none of them was stored.
            ConflictError: the session went on; they are stored as a branch.
            ModelError: its bundle is not here; none of them was stored.
        """
        with self.session(session) as shown:
            if isinstance(shown, ReadOnlySession):
                raise ModelError(shown.read_only)
            for one in events:
                shown.check(one.event)
            # The network answers while the disc writes; errors are reported with the prediction.
            self._ahead.submit(shown.foresee, shown.state, [one.event for one in events])
            return self.store.append(session, after, events, who)

    def store_snapshot(self, session: str) -> None:
        """Store what a session shows as a file, too, for when its bundle is gone one day."""
        with self._replayed(session) as opened:
            shown, last = opened.session, opened.last
            if isinstance(shown, ReadOnlySession):
                return
            report = shown.report()
        store_snapshot(
            self.store.folder, session, (last, self._hashes(session)[last]), shown.reading, report
        )

    def open_soon(self, session: str) -> None:
        """Read a session's study in the background; errors are reported when it is opened."""
        self._ahead.submit(lambda: self._opened(self.store.session(session)))

    def close(self) -> None:
        """Stop what runs in the background."""
        self._ahead.shutdown(cancel_futures=True)
        with self._opening:
            for reading in self._readings.values():
                reading.close()

    @contextmanager
    def _replayed(self, session: str) -> Iterator[_Opened]:
        opened = self._opened(self.store.session(session))
        with opened.lock:
            if isinstance(opened.session, Session):
                for one in self.store.events(session, opened.last):
                    opened.session.add(one.event)
                    opened.last = one.sequence
            yield opened

    def _opened(self, row: SessionRow) -> _Opened:
        reading = None
        bundle = self._bundle(row.bundle_sha256)
        if bundle is not None:
            store_bundle(self.store.folder, bundle)
            reading = self.reading(row.study, row.bundle_sha256)
        with self._opening:
            found = self._sessions.get(row.id)
            if reading is not None and (found is None or _reading(found) is not reading):
                found = self._sessions[row.id] = _Opened(Session(reading))
        found = found or self._shown_only(row)
        with self._opening:
            found = self._sessions.setdefault(row.id, found)
            self._sessions.move_to_end(row.id)
            while len(self._sessions) > MOST_SESSIONS:
                self._sessions.popitem(last=False)
            return found

    def _shown_only(self, row: SessionRow) -> _Opened:
        study = read_study(self._input(row.study))
        found = stored_snapshot(self.store.folder, row.id, study)
        stored = self.store.events(row.id)  # after the file, which another process may write
        if found is not None and found.last_sha256 not in self._hashes(row.id)[found.last :][:1]:
            raise EventError("what was stored of this reading belongs to other edits")
        events = [one.event for one in stored]
        return _Opened(ReadOnlySession(study, events, found, row.bundle_sha256), len(stored))

    def _hashes(self, session: str) -> list[str]:
        """The hash of a session's beginning and of each of its events."""
        events = self.store.events(session)
        return [self.store.session(session).start_sha256, *(one.sha256 for one in events)]

    def _bundle(self, sha256: str) -> Bundle | None:
        """A bundle by its SHA-256, opened once; None where it is missing."""
        with self._opening:
            if sha256 not in self._bundles:
                found = known_bundle(self.store.folder, sha256)
                if found is None:
                    return None
                self._bundles[sha256] = found
            bundle = self._bundles[sha256]
        return bundle

    def _input(self, study: str) -> Path:
        row = self.store.study(study)
        if row.path is None:
            raise InputError("only readings of this study are here; add its images to the worklist")
        if input_sha256(Path(row.path)) != row.sha256:
            raise InputError("the study's images have changed since it was added; restore them")
        return Path(row.path)

    def _forget(self) -> None:
        _, reading = self._readings.popitem(last=False)
        reading.close()
        for name, opened in list(self._sessions.items()):
            if _reading(opened) is reading:
                del self._sessions[name]


def _reading(opened: _Opened) -> Reading | None:
    return opened.session.reading if isinstance(opened.session, Session) else None


def store_bundle(store: Path, bundle: Bundle) -> None:
    """The bundle's files in the store's folder, once, whole or not at all.

    Raises:
        UsageError: they cannot be written.
    """
    folder = store / BUNDLES / bundle.sha256
    if not folder.is_dir():
        try:
            atomic.write_folder(folder, bundle.files)
        except OSError as error:
            reason = error.strerror or type(error).__name__
            raise UsageError(f"the store cannot be written: {reason}; check --store") from error


def known_bundle(store: Path, sha256: str) -> Bundle | None:
    """The bundle of that SHA-256, from the store or among those installed, every file checked.

    None where it is in neither, or no longer whole.
    """
    if not SHA256.fullmatch(sha256):  # an imported session names what it likes
        return None
    for folder in (store / BUNDLES / sha256, bundle_of(sha256)):
        try:
            found = None if folder is None else open_bundle(folder.resolve())
        except ModelError:
            continue
        if found is not None and found.sha256 == sha256:
            return found
    return None
