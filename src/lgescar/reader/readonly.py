"""A reading whose bundle is missing: shown as it was stored, never computed anew, not edited."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from lgescar.core.errors import ModelError
from lgescar.core.report import Report, slice_counts
from lgescar.core.study import Note, Study
from lgescar.core.tissue import LabelMap
from lgescar.reader.events import Accept, AcceptStudy, Event, Grade, Remark, Tick, Unaccept
from lgescar.reader.replay import Prompts, replay
from lgescar.reader.session import Numbers, SliceView, rule_numbers
from lgescar.reader.snapshot import Snapshot
from lgescar.reader.values import Places

MARKS = (Accept, AcceptStudy, Grade, Remark, Tick, Unaccept)
"""Events that change no outline."""


class ReadOnlySession:
    """A session without its bundle. ``snapshot`` None: no outlines, only the events.

    ``behind`` counts edits that came after what was stored.
    """

    def __init__(
        self, study: Study, events: Sequence[Event], snapshot: Snapshot | None, bundle_sha256: str
    ) -> None:
        self.study = study
        self.state = replay(events)
        self._snapshot = snapshot
        self._then = self.state if snapshot is None else replay(events[: snapshot.last])
        late = events[len(events) if snapshot is None else snapshot.last :]
        self.behind = sum(not isinstance(one, MARKS) for one in late)
        self.read_only = _why(snapshot is not None, self.behind, bundle_sha256)

    @property
    def notes(self) -> tuple[Note, ...]:
        """Why it is not edited, and what was noted when it was stored."""
        why = Note("read-only", self.read_only)
        return (why, *(self.study.notes if self._snapshot is None else self._snapshot.report.notes))

    @property
    def encoded(self) -> frozenset[int]:
        """Every slice: there is nothing to wait for."""
        return frozenset(self.study.indices)

    def start_encoding(self) -> None:
        """Nothing is encoded without a bundle."""

    def slice(self, index: int) -> SliceView:
        """What slice ``index`` showed; no outlines where none were stored."""
        at = self._place(index)
        edits, snapshot = self._then.now.at(index), self._snapshot
        prompts = edits.base.boxes or () if isinstance(edits.base, Prompts) else ()
        return SliceView(
            index,
            self._empty(at) if snapshot is None else snapshot.report.labels[at],
            prompts if snapshot is None else snapshot.report.results[at].boxes,
            edits.points,
            edits.made_by,
            index in self._then.now.accepted,
            away=0,
        )

    @property
    def labels(self) -> tuple[LabelMap, ...]:
        """The label map of every slice, in the study's order.

        Raises:
            ModelError: nothing was stored.
        """
        return self._shown().report.labels

    def automatic_labels(self, index: int) -> LabelMap:
        """What the program had outlined by itself.

        Raises:
            ModelError: nothing was stored.
        """
        return self._shown().automatic[self._place(index)]

    def numbers(self) -> Numbers | None:
        """Quantities as they were stored; None where they were not."""
        if self._snapshot is None:
            return None
        report = self._snapshot.report
        areas = slice_counts(self.study, report.labels)
        return Numbers(report.quantities, areas, (self.notes[0], *report.notes))

    def automatic_numbers(self) -> Numbers | None:
        """The same of the automatic outlines."""
        return None if self._snapshot is None else self._snapshot.automatic_numbers

    def rule_numbers(self, rule: str, remote: tuple[int, Places] | None = None) -> Numbers | None:
        """Quantities of what a threshold finds in the walls that were stored."""
        if self._snapshot is None:
            return None
        return rule_numbers(self.study, self.labels, rule, remote)

    def report(self) -> Report:
        """The result as it was stored, with a note where edits came after it.

        Raises:
            ModelError: nothing was stored.
        """
        report = self._shown().report
        return replace(report, notes=(self.notes[0], *report.notes)) if self.behind else report

    def _shown(self) -> Snapshot:
        if self._snapshot is None:
            raise ModelError(self.read_only)
        return self._snapshot

    def _empty(self, at: int) -> LabelMap:
        """No outlines at all."""
        return LabelMap(np.zeros(self.study.slices[at].shape, np.uint8))

    def _place(self, index: int) -> int:
        """Where the slice stands.

        Raises:
            ModelError: the study has no such slice.
        """
        if index not in self.study.indices:
            raise ModelError(f"the study has no slice {index}")
        return self.study.indices.index(index)


def _why(stored: bool, behind: int, bundle_sha256: str) -> str:
    why = (
        f"this reading was begun with the bundle of SHA-256 {bundle_sha256[:12]}…, which is not "
        "here, so it is shown and not edited"
    )
    if not stored:
        return f"{why}; its edits are stored, but its outlines cannot be shown without that bundle"
    if behind:
        return f"{why}; {behind} later edits are stored, but cannot be shown without that bundle"
    return why
