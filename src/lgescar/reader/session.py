"""A reading in progress: the replay of its events on an opened study, and its numbers."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from lgescar.core.box import Box
from lgescar.core.errors import EventError
from lgescar.core.prompt import Point
from lgescar.core.report import Quantities, Report, SliceCounts, SliceResult, slice_counts
from lgescar.core.study import Note, Study
from lgescar.core.tissue import LabelMap
from lgescar.measure import measure
from lgescar.measure.polar import Spokes, spokes
from lgescar.measure.report import measured
from lgescar.outline.systems import PROMPTED_CUTOFF
from lgescar.reader.events import Copy, Event, Rule, SliceEvent
from lgescar.reader.masks import MOST_KEPT, Masks
from lgescar.reader.reading import Reading
from lgescar.reader.replay import MadeBy, Prompts, State, after
from lgescar.reader.rules import rule_labels
from lgescar.reader.values import Places


@dataclass(frozen=True, slots=True, eq=False)
class SliceView:
    """What a slice shows. ``away`` counts boxes and points that lie away from the heart."""

    index: int
    labels: LabelMap
    boxes: tuple[Box, ...]
    points: tuple[Point, ...]
    made_by: MadeBy
    accepted: bool
    away: int


@dataclass(frozen=True, slots=True)
class Numbers:
    """Quantities of what is on screen, by slice too, and notes on what is withheld."""

    quantities: Quantities
    slices: tuple[SliceCounts, ...]
    notes: tuple[Note, ...]


class Session:
    """One reader's reading of one study; not for several threads at once."""

    def __init__(self, reading: Reading, events: Iterable[Event] = ()) -> None:
        self.reading = reading
        self.state = State()
        self._masks = Masks(reading)
        self._wheels: dict[int, tuple[LabelMap, Spokes | None]] = {}
        self._counted: tuple[tuple[LabelMap, ...], Numbers] | None = None
        for event in events:
            self.add(event)

    read_only: str | None = None
    """Why it cannot be edited; see ``ReadOnlySession``."""

    @property
    def study(self) -> Study:
        """What is read."""
        return self.reading.study

    @property
    def notes(self) -> tuple[Note, ...]:
        """What was noted of the study, and when its heart was found."""
        return (*self.study.notes, *self._found_notes())

    @property
    def encoded(self) -> frozenset[int]:
        """Indices of the slices that were predicted."""
        return self.reading.encoded

    def start_encoding(self) -> None:
        """Predict every slice in the background."""
        self.reading.start_encoding()

    def check(self, event: Event) -> None:
        """Refuse what means nothing for this study.

        Raises:
            EventError: a slice that the study lacks, or a copy to a slice that is no neighbour.
        """
        if not isinstance(event, SliceEvent):
            return
        at = self.reading.place(event.slice)
        if isinstance(event, Copy) and abs(self.reading.place(event.to) - at) != 1:
            raise EventError(f"slice {event.to} is no neighbour of slice {event.slice}")

    def add(self, event: Event) -> frozenset[int]:
        """Apply an event; the indices of the slices whose outlines it may have changed.

        Raises:
            EventError: as ``check``; nothing was changed then.
        """
        self.check(event)
        before = self.state.now
        self.state = after(self.state, event)
        now = self.state.now
        return frozenset(i for i in self.reading.study.indices if before.at(i) is not now.at(i))

    def foresee(self, state: State, events: Iterable[Event]) -> None:
        """Predict what ``events`` will need after ``state``; the session stays as it is.

        For another thread, while the events are being stored: the answers are then known.
        """
        then = state
        for event in events:
            then = after(then, event)
        for index in self.reading.study.indices:
            if then.now.at(index) is not state.now.at(index):
                self._masks.foresee(index, then.now.at(index))

    def slice(self, index: int) -> SliceView:
        """What slice ``index`` shows.

        Raises:
            EventError: the study has no such slice.
        """
        self.reading.place(index)
        edits = self.state.now.at(index)
        boxes, points = self._masks.boxes(index, edits), edits.points
        prompts: list[Box | Point] = [*boxes, *points]
        return SliceView(
            index,
            self._masks.labels(index, edits),
            boxes,
            points,
            edits.made_by,
            index in self.state.now.accepted,
            sum(self.reading.is_away(index, one) for one in prompts),
        )

    @property
    def labels(self) -> tuple[LabelMap, ...]:
        """The label map of every slice on screen, in the study's order."""
        now = self.state.now
        return tuple(self._masks.labels(i, now.at(i)) for i in self.reading.study.indices)

    def automatic_labels(self, index: int) -> LabelMap:
        """What the program outlined by itself on slice ``index``."""
        return self.reading.report.results[self.reading.place(index)].labels

    def numbers(self) -> Numbers:
        """Quantities of what is on screen."""
        labels = self.labels
        if self._counted is None or any(
            now is not then for now, then in zip(labels, self._counted[0], strict=True)
        ):
            self._counted = (labels, self._numbers(labels))
        return self._counted[1]

    def automatic_numbers(self) -> Numbers:
        """The same of what the program outlined by itself."""
        report = self.reading.report
        areas = slice_counts(self.reading.study, report.labels)
        return Numbers(report.quantities, areas, report.notes)

    def rule_numbers(self, rule: str, remote: tuple[int, Places] | None = None) -> Numbers:
        """The same of what a threshold finds in the walls on screen.

        ``remote`` is a slice and a polygon of scar-free wall on it; other slices, and all where
        it is None, find their own.

        Raises:
            EventError: no threshold has that name.
        """
        return rule_numbers(self.study, self.labels, rule, remote)

    def report(self) -> Report:
        """What is on screen, measured: as the program left it where nothing was edited."""
        automatic, now = self.reading.report, self.state.now
        if not now.edits:
            settings = {**automatic.provenance.settings, **self._marks()}
            return replace(automatic, provenance=self.reading.provenance(settings))
        results = []
        for index, labels in zip(self.reading.study.indices, self.labels, strict=True):
            edits = now.at(index)
            chance = self._masks.chance(index, edits)
            results.append(SliceResult(labels, chance, self._masks.boxes(index, edits)))
        came_from = self.reading.provenance(self._settings(), now.edits)
        return measured(self.reading.study, results, self._found_notes(), came_from)

    def _spokes(self, labels: LabelMap) -> Spokes | None:
        """Most of the time of measuring, and the same as before on slices that did not change."""
        found = self._wheels.get(id(labels))
        if found is None:
            found = (labels, spokes(labels, self.reading.study.spacing_mm))
            self._wheels[id(labels)] = found
            if len(self._wheels) > MOST_KEPT:
                del self._wheels[next(iter(self._wheels))]
        return found[1]

    def _settings(self) -> dict[str, Any]:
        edits = {i: self.state.now.at(i) for i in self.reading.study.indices}
        rules = {str(i): one.base.rule for i, one in edits.items() if isinstance(one.base, Rule)}
        prompted = any(isinstance(one.base, Prompts) for one in edits.values())
        automatic = any(one.base is None for one in edits.values())
        return {
            "boxes": "reader",
            **(self._decided(prompted=not automatic) if prompted or automatic else {}),
            **({"prompted_cutoff": PROMPTED_CUTOFF} if prompted and automatic else {}),
            **({"rules": rules} if rules else {}),
            "slices_by": dict(sorted(Counter(one.made_by for one in edits.values()).items())),
            **self._marks(),
        }

    def _decided(self, *, prompted: bool) -> dict[str, Any]:
        """The system's settings; whose boxes they were is the reader's to say."""
        settings = self.reading.system.settings(prompted=prompted)
        return {key: value for key, value in settings.items() if key != "boxes"}

    def _found_notes(self) -> tuple[Note, ...]:
        """What was noted when the heart was found, and of prompts away from it."""
        drawn: dict[int, list[Box | Point]] = {}
        for index in self.reading.study.indices:
            edits = self.state.now.at(index)
            if isinstance(edits.base, Prompts):
                drawn[index] = [*self._masks.boxes(index, edits), *edits.points]
        return (*self.reading.heart.notes, *self.reading.away_notes(drawn))

    def _marks(self) -> dict[str, Any]:
        """What the reader said without changing an outline."""
        state = self.state
        accepted = [i for i in self.reading.study.indices if i in state.now.accepted]
        known = {
            "reading": None if state.status == "new" else state.status,
            "accepted_slices": accepted or None,
            "reader_grade": state.grade,
        }
        return {key: value for key, value in known.items() if value is not None}

    def _numbers(self, labels: tuple[LabelMap, ...]) -> Numbers:
        found = _measured(self.study, labels, [self._spokes(one) for one in labels])
        return replace(found, notes=(*self._found_notes(), *found.notes))


def rule_numbers(
    study: Study,
    shown: Sequence[LabelMap],
    rule: str,
    remote: tuple[int, Places] | None = None,
) -> Numbers:
    """Quantities of what a threshold finds in the walls that are shown.

    ``remote`` as in ``Session.rule_numbers``.

    Raises:
        EventError: no threshold has that name.
    """
    found = [
        rule_labels(image, labels, rule, remote[1] if remote and remote[0] == index else None)
        for index, image, labels in zip(study.indices, study.slices, shown, strict=True)
    ]
    return _measured(study, tuple(found), [spokes(one, study.spacing_mm) for one in found])


def _measured(
    study: Study, labels: tuple[LabelMap, ...], wheels: Sequence[Spokes | None]
) -> Numbers:
    quantities, reasons = measure(study, labels, wheels)
    return Numbers(quantities, slice_counts(study, labels), (*study.notes, *reasons))
