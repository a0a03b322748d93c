"""A study with one system applied to its heart: predicted slice by slice, answering prompts."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from threading import Event, Lock, Thread
from typing import Any

from lgescar.core.box import Box
from lgescar.core.errors import LgescarError, PromptError
from lgescar.core.image import Slice
from lgescar.core.prompt import Point, Prompt
from lgescar.core.provenance import Provenance
from lgescar.core.report import SliceResult
from lgescar.core.study import Note, Study
from lgescar.outline.heart import Heart, find_heart
from lgescar.outline.lesions import plausible, scar_boxes
from lgescar.outline.network import SlicePrediction, predict
from lgescar.outline.system import Found, Segmenter, System, is_away, on_slice, outlined_in

MEMORY_BYTES = 256 * 2**20
"""Bound of what the predictions of one study's slices may hold; some 4 MB a slice. Ours."""

Boxes = Mapping[int, Sequence[Box]]
"""Boxes by slice index on the input's grid."""
AWAY = "prompt-away-from-heart"


@dataclass(frozen=True, slots=True, eq=False)
class Outcome:
    """Every slice outlined, in the study's order.

    ``span`` counts pixels of scar at the strict and at the lenient cutoff, None where the system
    gives no range. ``settings`` are what decided, for provenance.
    """

    results: tuple[SliceResult, ...]
    span: tuple[int, int] | None
    notes: tuple[Note, ...]
    settings: dict[str, Any]


class OutlinedStudy:
    """A study with one system applied to its heart; safe to use from several threads.

    The heart is found when it is first needed. Nothing depends on the order of calls: the same
    slice and the same prompts get the same outlines. Predictions are stored as far as
    ``memory_bytes`` allow, at least one. ``shown`` wraps the indices of slices that are being
    outlined, for a progress bar.
    """

    def __init__(
        self,
        study: Study,
        system: System,
        *,
        memory_bytes: int = MEMORY_BYTES,
        shown: Callable[[Sequence[int]], Iterable[int]] = iter,
    ) -> None:
        self.study = study
        self.system = system
        self._place = {index: at for at, index in enumerate(study.indices)}
        self._memory_bytes = memory_bytes
        self._shown = shown
        self._predicted: OrderedDict[int, tuple[SlicePrediction, Segmenter]] = OrderedDict()
        self._found: dict[int, Found] = {}
        self._heart: Heart | None = None
        self._outcome: Outcome | None = None
        self._finding, self._known, self._outlining = Lock(), Lock(), Lock()
        self._predicting = tuple(Lock() for _ in study.indices)
        self._start = 0
        self._worker: Thread | None = None
        self._stopped = Event()

    def with_system(self, system: System) -> OutlinedStudy:
        """The same study under another system; one with the same bundle need not find the heart."""
        other = OutlinedStudy(self.study, system, memory_bytes=self._memory_bytes)
        if system.bundle is self.system.bundle:
            other._heart = self.heart
        return other

    def place(self, index: int) -> int:
        """Where slice ``index`` stands among the study's slices.

        Raises:
            PromptError: the study has no such slice.
        """
        if index not in self._place:
            raise PromptError(
                f"the study has no slice {index}; its slices are {min(self._place)} to "
                f"{max(self._place)}"
            )
        return self._place[index]

    def image(self, index: int) -> Slice:
        """The slice of that index."""
        return self.study.slices[self.place(index)]

    @property
    def heart(self) -> Heart:
        """Where the heart lies: found when first needed, so that pixels need not wait."""
        with self._finding:
            if self._heart is None:
                self._heart = find_heart(self.study, self.system.bundle)
            return self._heart

    def predicted(self, index: int) -> SlicePrediction:
        """What the default network predicts of a slice without prompts."""
        return self._ready(index)[0]

    def proposed(self, index: int, lowest: float | None = None) -> tuple[Box, ...]:
        """Boxes that the system finds by itself on one slice, wherever they lie, best first.

        ``lowest`` is the least score of a detector's boxes that counts, in place of its cutoff.
        """
        return self.system.proposed(self.predicted(index), lowest)

    def automatic(self) -> Outcome:
        """What the system outlines by itself; waits until every slice was predicted."""
        with self._outlining:
            if self._outcome is None:
                self._outcome = self._outlined()
            return self._outcome

    def answer(self, index: int, prompt: Prompt | None) -> SliceResult:
        """The slice with the scar that the prompts mean as its only scar.

        Prompts away from the heart are answered where they lie. Without a box or a point inside
        there is no scar; prompts off the slice's pixels have no effect.

        Raises:
            PromptError: no such slice, or the system cannot use a prompt of this kind.
        """
        prediction, segmenter = self._ready(index)
        return outlined_in(self.system, prediction, segmenter, prompt)

    def prompted(self, boxes: Boxes) -> Outcome:
        """What the system outlines in a person's boxes; a slice that is not named has no scar.

        Raises:
            PromptError: a box names no slice of the study, or lies off the slice's pixels.
        """
        self._refuse_foreign(boxes)
        results = []
        for index in self._shown(self.study.indices):
            drawn = tuple(boxes.get(index, ()))
            results.append(self.answer(index, Prompt(drawn) if drawn else None))
        notes = (*self.heart.notes, *self.away_notes(boxes))
        return Outcome(tuple(results), None, notes, self.system.settings(prompted=True))

    def is_away(self, index: int, prompt: Box | Point) -> bool:
        """Whether a prompt lies on the slice, and away from any heart that was found."""
        return is_away(prompt, self.system, self.heart.at(self.place(index)))

    def away_notes(self, prompts: Mapping[int, Sequence[Box | Point]]) -> tuple[Note, ...]:
        """A note on the slices with prompts away from the heart, if there are any."""
        away = [i for i, given in prompts.items() if any(self.is_away(i, one) for one in given)]
        if not away:
            return ()
        numbers = ", ".join(str(self.place(index) + 1) for index in sorted(away))
        text = (
            f"boxes or points that lie away from the heart were outlined there, on slice {numbers}"
        )
        return (Note(AWAY, text),)

    def provenance(self, settings: dict[str, Any], edits: int = 0) -> Provenance:
        """Where outlines of this study come from."""
        bundle = self.system.bundle
        return Provenance(bundle.card.name, bundle.sha256, settings, edits)

    def start_encoding(self, from_slice: int | None = None) -> None:
        """Predict every slice in the background, those nearest to ``from_slice`` first.

        Called again, while it runs, it goes on from there.

        Raises:
            PromptError: the study has no such slice.
        """
        at = len(self._place) // 2 if from_slice is None else self.place(from_slice)
        with self._known:
            self._start = at
            if self._worker is None or not self._worker.is_alive():
                self._worker = Thread(target=self._encode, name="encoding", daemon=True)
                self._worker.start()

    @property
    def encoded(self) -> frozenset[int]:
        """Indices of the slices that were predicted."""
        with self._known:
            return frozenset(self._found)

    def close(self) -> None:
        """Stop the background work and wait for it."""
        self._stopped.set()
        if self._worker is not None:
            self._worker.join()

    def _ready(self, index: int) -> tuple[SlicePrediction, Segmenter]:
        """Prediction and segmenter of a slice, made when first needed, then stored."""
        at = self.place(index)
        with self._predicting[at]:
            with self._known:
                known = self._predicted.get(index)
                if known is not None:
                    self._predicted.move_to_end(index)
                    return known
            prediction = predict(self.system.bundle, self.study.slices[at], self.heart.at(at))
            segmenter = self.system.segmenter(prediction, prediction.place)
            with self._known:
                self._store(index, prediction, segmenter)
            return prediction, segmenter

    def _store(self, index: int, prediction: SlicePrediction, segmenter: Segmenter) -> None:
        """Predictions stay as memory allows."""
        self._predicted[index] = prediction, segmenter
        while len(self._predicted) > 1 and self._nbytes() > self._memory_bytes:
            self._predicted.popitem(last=False)

    def _nbytes(self) -> int:
        return sum(p.nbytes + s.nbytes for p, s in self._predicted.values())

    def _outlined(self) -> Outcome:
        found = [self._found_on(index) for index in self._shown(self.study.indices)]
        results, span = tuple(one.result for one in found), None
        ends = [one.ends for one in found if one.ends is not None]
        if len(ends) == len(found):
            least = self.system.bundle.card.least_lesion_percent
            labels, span = plausible([one.labels for one in results], ends, least)
            chances = [one.scar_probability for one in results]
            pairs = zip(labels, chances, strict=True)
            results = tuple(SliceResult(m, c, scar_boxes(m.scar, c)) for m, c in pairs)
        notes = self.heart.notes
        if left_out := sum(one.left_out for one in found):
            text = "boxes of the detector that lie away from the heart and were left out: "
            notes = (*notes, Note("boxes-left-out", f"{text}{left_out}"))
        return Outcome(results, span, notes, self.system.settings(prompted=False))

    def _found_on(self, index: int) -> Found:
        """What the system finds on a slice, which stays."""
        with self._known:
            known = self._found.get(index)
        if known is None:
            known = self.system.automatic(*self._ready(index))
            with self._known:
                known = self._found.setdefault(index, known)
        return known

    def _encode(self) -> None:
        while not self._stopped.is_set():
            with self._known:
                waiting = [i for i in self.study.indices if i not in self._found]
                start = self._start
            if not waiting:
                return
            try:
                self._found_on(min(waiting, key=lambda index: abs(self._place[index] - start)))
            except LgescarError:
                return  # whoever needs a slice gets the error

    def _refuse_foreign(self, boxes: Boxes) -> None:
        unknown = sorted(set(boxes) - set(self.study.indices))
        if unknown:
            raise PromptError(
                f"boxes name slice {unknown[0]}, but the study's slices are "
                f"{min(self.study.indices)} to {max(self.study.indices)}"
            )
        rows, cols = self.study.slices[0].shape
        for index, drawn in boxes.items():
            if not all(on_slice(box, (rows, cols)) for box in drawn):
                raise PromptError(
                    f"a box of slice {index} lies outside the {rows} x {cols} pixels of the slice"
                )
