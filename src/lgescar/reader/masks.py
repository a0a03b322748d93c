"""From a slice's edits to its label map: the base, the wall as drawn, the strokes in order."""

from __future__ import annotations

from collections import OrderedDict
from threading import Lock
from typing import TypeVar

import numpy as np

from lgescar.core.arrays import Probability
from lgescar.core.box import Box
from lgescar.core.prompt import Prompt
from lgescar.core.tissue import LabelMap
from lgescar.outline.systems import RULE_CUTOFF
from lgescar.outline.tissues import redrawn
from lgescar.reader.draw import bordered, drawn, scarred
from lgescar.reader.events import Outline, Rule
from lgescar.reader.reading import Reading
from lgescar.reader.replay import Base, Pasted, Prompts, SliceEdits, Stroke
from lgescar.reader.rules import rule_weights

MOST_KEPT = 256
"""Masks that stay in memory, over all slices; others are drawn again when needed. Ours."""

Key = tuple[int, Base, tuple[Outline, ...]]
Name = tuple[int, SliceEdits]
Made = dict[Name, LabelMap]
_Stored = TypeVar("_Stored")
_Name = TypeVar("_Name")


class Masks:
    """Label maps of a study's slices by their edits, each made once; safe between threads."""

    def __init__(self, reading: Reading) -> None:
        self._reading = reading
        self._bases: OrderedDict[Key, tuple[LabelMap, Probability]] = OrderedDict()
        self._drawn: OrderedDict[Name, LabelMap] = OrderedDict()
        self._lock = Lock()

    def labels(self, index: int, edits: SliceEdits) -> LabelMap:
        """What slice ``index`` shows after ``edits``."""
        with self._lock:
            return self._labels(index, edits)

    def foresee(self, index: int, edits: SliceEdits) -> None:
        """Make what lies under the strokes, which takes most of the time, for later."""
        with self._lock:
            self._base(index, edits)

    def chance(self, index: int, edits: SliceEdits) -> Probability:
        """Probability of scar: the base's, and 1 or 0 where a person decided otherwise."""
        with self._lock:
            shown = self._labels(index, edits)
            base, chance = self._base(index, edits)
        return np.where(base.scar == shown.scar, chance, shown.scar).astype(np.float32)

    def boxes(self, index: int, edits: SliceEdits) -> tuple[Box, ...]:
        """The boxes that the slice shows."""
        if isinstance(edits.base, Rule):
            return ()
        if edits.base is None or edits.base.boxes is None:
            return self._reading.automatic().results[self._reading.place(index)].boxes
        return edits.base.boxes

    def _labels(self, index: int, edits: SliceEdits) -> LabelMap:
        """Pasted strokes need other masks first, and those others': a list and no recursion."""
        wanted = [(index, edits)]
        made: Made = {}
        while wanted:
            at, one = wanted[-1]
            if (at, one) in made:
                wanted.pop()
                continue
            under = self._under(at, one, made)
            missing = [
                (stroke.source, stroke.edits)
                for stroke in _since(one, under)
                if isinstance(stroke, Pasted)
                and self._known((stroke.source, stroke.edits), made) is None
            ]
            if missing:
                wanted += missing
                continue
            made[at, one] = self._finished(at, one, made)
            wanted.pop()
        _store(self._drawn, (index, edits), made[index, edits])
        return made[index, edits]

    def _known(self, name: Name, made: Made) -> LabelMap | None:
        return made.get(name, self._drawn.get(name))

    def _under(self, index: int, edits: SliceEdits, made: Made) -> SliceEdits | None:
        """The nearest earlier edits whose mask is known."""
        under: SliceEdits | None = edits
        while under is not None and self._known((index, under), made) is None:
            under = under.under
        return under

    def _finished(self, index: int, edits: SliceEdits, made: Made) -> LabelMap:
        under = self._under(index, edits, made)
        labels = None if under is None else self._known((index, under), made)
        if labels is None:
            labels = self._base(index, edits)[0]
        for stroke in _since(edits, under):
            if isinstance(stroke, Pasted):
                source = self._known((stroke.source, stroke.edits), made)
                assert source is not None  # made before
                labels = scarred(labels, source.scar)
            else:
                labels = drawn(labels, stroke)
        return labels

    def _base(self, index: int, edits: SliceEdits) -> tuple[LabelMap, Probability]:
        """Labels and chance before any stroke, on the wall as it was drawn."""
        key = (index, edits.base, edits.borders)
        found = self._bases.get(key)
        if found is None:
            found = self._made(index, edits)
            _store(self._bases, key, found)
        return found

    def _made(self, index: int, edits: SliceEdits) -> tuple[LabelMap, Probability]:
        if isinstance(edits.base, Rule):
            return self._ruled(index, edits.base, edits.borders)
        if isinstance(edits.base, Prompts):
            boxes, points = self.boxes(index, edits), edits.base.points
            prompt = Prompt(boxes, points) if boxes or points else None
            result = self._reading.answer(index, prompt)
        else:
            result = self._reading.automatic().results[self._reading.place(index)]
        labels, chance = result.labels, result.scar_probability
        for border in edits.borders:
            labels = bordered(labels, border)
        return labels, np.where(labels.wall, chance, 0.0) if edits.borders else chance

    def _ruled(
        self, index: int, rule: Rule, borders: tuple[Outline, ...]
    ) -> tuple[LabelMap, Probability]:
        found = self._reading.predicted(index)
        labels = found.labels
        for border in borders:
            labels = bordered(labels, border)
        weights = rule_weights(found.image, labels.wall, rule.rule, rule.remote)
        return redrawn(labels, found.blocked, weights >= RULE_CUTOFF), weights


def _since(edits: SliceEdits, under: SliceEdits | None) -> tuple[Stroke, ...]:
    """The strokes of ``edits`` on top of ``under``."""
    return edits.strokes[0 if under is None else len(under.strokes) :]


def _store(stored: OrderedDict[_Name, _Stored], name: _Name, value: _Stored) -> None:
    stored[name] = value
    stored.move_to_end(name)
    while len(stored) > MOST_KEPT:
        stored.popitem(last=False)
