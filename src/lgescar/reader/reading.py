"""An opened study: found, looked at slice by slice in the background, and shared by its readers.

Nothing here depends on who asks or in which order: the same slice and the same prompts get the
same answer, so that several sessions may share one ``Reading`` and replay exactly.
"""

from __future__ import annotations

import math
from collections import OrderedDict
from pathlib import Path
from threading import Event as Flag
from threading import Lock, Thread

import numpy as np

from lgescar.bundle import Bundle, open_bundle
from lgescar.core.arrays import PixelMask, Probability
from lgescar.core.box import Box
from lgescar.core.errors import EventError, LgescarError
from lgescar.core.image import Slice
from lgescar.core.prompt import Point
from lgescar.core.provenance import Provenance
from lgescar.core.report import Report, SliceResult
from lgescar.core.study import Note, Study
from lgescar.core.tissue import LabelMap
from lgescar.detect.heart import Heart, find_heart
from lgescar.detect.simple import scar_boxes
from lgescar.measure.report import Span, measured
from lgescar.read import read_study
from lgescar.segment.lesions import believed
from lgescar.segment.scar import Look, ScarOutliner

MEMORY_BYTES = 256 * 2**20
"""Bound of what the looks at one study's slices may hold; some 4 MB a slice. Ours."""

Ends = tuple[PixelMask, PixelMask]
"""Scar of a slice at the strict and at the lenient cutoff."""


def open_reading(
    path: str | Path, bundle: Bundle | str | Path = "default", *, memory_bytes: int = MEMORY_BYTES
) -> Reading:
    """The study at ``path``, ready to be read.

    Raises:
        InputError: nothing there that can be read.
        ModelError: the bundle is missing, damaged or foreign.
    """
    opened = bundle if isinstance(bundle, Bundle) else open_bundle(bundle)
    return Reading(read_study(path), opened, memory_bytes=memory_bytes)


class Reading:
    """A study and what the bundle says of it; safe to use from several threads."""

    def __init__(self, study: Study, bundle: Bundle, *, memory_bytes: int = MEMORY_BYTES) -> None:
        self.study = study
        self.bundle = bundle
        self._place = {index: at for at, index in enumerate(study.indices)}
        self._memory_bytes = memory_bytes
        self._looks: OrderedDict[int, Look] = OrderedDict()
        self._first: dict[int, tuple[LabelMap, Probability, Ends]] = {}
        self._finding = Lock()
        self._found: tuple[Heart, ScarOutliner] | None = None
        self._known = Lock()
        self._looking = tuple(Lock() for _ in study.indices)
        self._telling = Lock()
        self._told: Report | None = None
        self._outlining = Lock()
        self._results: tuple[tuple[SliceResult, ...], Span] | None = None
        self._start = 0
        self._worker: Thread | None = None
        self._stopped = Flag()

    def place(self, index: int) -> int:
        """Where slice ``index`` stands among the study's slices.

        Raises:
            EventError: the study has no such slice.
        """
        if index not in self._place:
            raise EventError(
                f"the study has no slice {index}; its slices are {min(self._place)} to "
                f"{max(self._place)}"
            )
        return self._place[index]

    @property
    def _heart(self) -> Heart:
        return self._sought()[0]

    @property
    def _outliner(self) -> ScarOutliner:
        return self._sought()[1]

    def _sought(self) -> tuple[Heart, ScarOutliner]:
        """Where the heart lies: looked for when first asked, so that pixels need not wait."""
        with self._finding:
            if self._found is None:
                heart = find_heart(self.study, self.bundle)
                self._found = heart, ScarOutliner(self.bundle, heart.frame, None)
            return self._found

    def image(self, index: int) -> Slice:
        """The slice of that index."""
        return self.study.slices[self.place(index)]

    def look(self, index: int) -> Look:
        """What the network says of a slice unasked; encoded when first needed, then kept."""
        at = self.place(index)
        with self._looking[at]:
            with self._known:
                found = self._looks.get(index)
                if found is not None:
                    self._looks.move_to_end(index)
                    return found
            found = self._outliner.look(self.study.slices[at], self._heart.discs[at])
            with self._known:
                self._keep(index, found)
            return found

    def in_prompts(
        self, index: int, boxes: tuple[Box, ...], points: tuple[Point, ...]
    ) -> tuple[LabelMap, Probability]:
        """The slice with the scar that the prompts mean, and its calibrated probability.

        Prompts away from the heart say nothing; without a box or a point inside there is no scar.
        """
        boxes = tuple(box for box in boxes if self.sees(index, box))
        points = tuple(point for point in points if self.sees(index, point))
        if not boxes and not any(point.inside for point in points):
            points = ()
        return self._outliner.in_boxes(self.look(index), boxes, points)

    def sees(self, index: int, prompt: Box | Point) -> bool:
        """Whether a box or a point lies near enough to the heart to say anything."""
        disc = self._heart.discs[self.place(index)]
        if isinstance(prompt, Box):
            return disc.sees(prompt)
        return math.hypot(*disc.point_to_disc(prompt.row, prompt.col)) < 1.0

    def start_encoding(self, from_slice: int | None = None) -> None:
        """Look at every slice in the background, those nearest to ``from_slice`` first.

        Called again, while it runs, it goes on from there.

        Raises:
            EventError: the study has no such slice.
        """
        at = len(self._place) // 2 if from_slice is None else self.place(from_slice)
        with self._known:
            self._start = at
            if self._worker is None or not self._worker.is_alive():
                self._worker = Thread(target=self._encode, name="encoding", daemon=True)
                self._worker.start()

    @property
    def encoded(self) -> frozenset[int]:
        """Indices of the slices that were looked at."""
        with self._known:
            return frozenset(self._first)

    def close(self) -> None:
        """Stop the background work and wait for it."""
        self._stopped.set()
        if self._worker is not None:
            self._worker.join()

    @property
    def automatic(self) -> Report:
        """What the program says by itself; waits until every slice was looked at."""
        with self._telling:
            if self._told is None:
                settings = {"boxes": "detected", **self.settings(prompted=False)}
                came_from = self.provenance(settings)
                results, span = self._outlined()
                self._told = measured(self.study, results, self.notes, came_from, span)
            return self._told

    @property
    def results(self) -> tuple[SliceResult, ...]:
        """Its outlines and boxes of every slice, before anything is measured."""
        return self._outlined()[0]

    def _outlined(self) -> tuple[tuple[SliceResult, ...], Span]:
        with self._outlining:
            if self._results is None:
                first = [self._first_look(index) for index in self.study.indices]
                ends, least = [one[2] for one in first], self._outliner.least_lesion_percent
                labels, span = believed([one[0] for one in first], ends, least)
                results = (
                    SliceResult(found, chance, scar_boxes(found.scar, chance))
                    for found, (_, chance, _) in zip(labels, first, strict=True)
                )
                self._results = tuple(results), span
            return self._results

    @property
    def notes(self) -> tuple[Note, ...]:
        """What was noted when the heart was looked for."""
        return self._heart.notes

    def settings(self, *, prompted: bool) -> dict[str, object]:
        """What decided, for provenance."""
        return self._outliner.settings(prompted=prompted)

    def provenance(self, settings: dict[str, object], edits: int = 0) -> Provenance:
        """Where a report of this study comes from."""
        return Provenance(self.bundle.card.name, self.bundle.sha256, settings, edits)

    def _first_look(self, index: int) -> tuple[LabelMap, Probability, Ends]:
        with self._known:
            found = self._first.get(index)
        if found is None:
            self.look(index)
            with self._known:
                found = self._first[index]
        return found

    def _keep(self, index: int, look: Look) -> None:
        """The answers of a first look stay; the looks themselves only as memory allows."""
        self._first.setdefault(index, (look.labels, look.chance, self._outliner.ends(look)))
        self._looks[index] = look
        while len(self._looks) > 1 and sum(map(_bytes, self._looks.values())) > self._memory_bytes:
            self._looks.popitem(last=False)

    def _encode(self) -> None:
        while not self._stopped.is_set():
            with self._known:
                waiting = [i for i in self.study.indices if i not in self._first]
                start = self._start
            if not waiting:
                return
            try:
                self.look(min(waiting, key=lambda index: abs(self._place[index] - start)))
            except LgescarError:
                return  # whoever asks for a slice is told


def _bytes(look: Look) -> int:
    """Memory of a look; the image belongs to the study."""
    arrays = (look.embedding.features, look.embedding.tissue_logits, look.labels.codes)
    return sum(
        np.asarray(a).nbytes
        for a in (*arrays, look.chance, look.share, look.mvo_share, look.blocked)
    )
