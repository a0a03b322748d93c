"""What the page shows, as plain JSON values."""

from __future__ import annotations

from dataclasses import asdict, astuple
from itertools import chain
from typing import Any

import numpy as np

from lgescar.core.arrays import Codes
from lgescar.core.image import Slice
from lgescar.core.study import Note, Study
from lgescar.reader.chain import StoredEvent
from lgescar.reader.events import event_to_json
from lgescar.reader.service import AnySession
from lgescar.reader.session import Numbers, SliceView
from lgescar.report.display import WINDOW_PERCENT, sides, turn_of

MOST_GREYS = 65535

Json = dict[str, Any]


def run_lengths(codes: Codes) -> list[int]:
    """``[code, length, code, length, ...]`` of a label map, row by row."""
    flat = codes.ravel()
    starts = np.concatenate([[0], np.flatnonzero(np.diff(flat)) + 1, [flat.size]])
    pairs = zip(flat[starts[:-1]].tolist(), np.diff(starts).tolist(), strict=True)
    return list(chain.from_iterable(pairs))


def view_to_json(view: SliceView) -> Json:
    """What a slice shows."""
    return {
        "index": view.index,
        "runs": run_lengths(view.labels.codes),
        "boxes": [[b.top, b.left, b.bottom, b.right] for b in view.boxes],
        "points": [[p.row, p.col, p.inside] for p in view.points],
        "made_by": view.made_by,
        "accepted": view.accepted,
        "away": view.away,
    }


def history_to_json(session: AnySession) -> Json:
    """What can be undone, and how far the reading is."""
    state, fixed = session.state, session.read_only is not None
    return {
        "can_undo": state.past is not None and not fixed,
        "can_redo": state.undone is not None and not fixed,
        "status": state.status,
    }


def study_to_json(study: Study) -> Json:
    """A study's grid and how its slices are shown at first; no pixels."""
    return {
        "spacing_mm": study.spacing_mm,
        "slice_step_mm": study.slice_step_mm,
        "turn": astuple(turn_of(study)),
        "orientation": [_letters(one) for one in study.slices] if study.oriented else None,
        "slices": [
            _slice_to_json(index, one)
            for index, one in zip(study.indices, study.slices, strict=True)
        ],
    }


def image_bytes(image: Slice) -> bytes:
    """A slice as uint16, little endian, row by row: 0 its lowest, 65535 its highest value."""
    low, high = _range(image)
    share = (image.pixels.astype(np.float64) - low) / ((high - low) or 1.0)
    return np.rint(share * MOST_GREYS).astype("<u2").tobytes()


def numbers_to_json(numbers: Numbers | None, edits: int) -> Json | None:
    """Quantities and the areas of each slice; None where a note says why.

    All of it is None where a reading's numbers are not here.
    """
    if numbers is None:
        return None
    found = asdict(numbers.quantities)
    return {
        **found,
        "aha": list(found["aha"]),
        "transmural_segments": list(found["transmural_segments"]),
        "slices": [asdict(one) for one in numbers.slices],
        "notes": notes_to_json(numbers.notes),
        "edits": edits,
    }


def notes_to_json(notes: tuple[Note, ...]) -> list[Json]:
    """Notes as code and sentence."""
    return [asdict(note) for note in notes]


def stored_to_json(event: StoredEvent) -> Json:
    """A stored event: its number, its id, when and by whom, and what was done."""
    return {
        "sequence": event.sequence,
        "id": event.id,
        "at": event.at,
        "who": event.who,
        "event": event_to_json(event.event),
    }


def _slice_to_json(index: int, image: Slice) -> Json:
    rows, cols = image.shape
    low, high = _range(image)
    middle = image.pixels[rows // 4 : rows - rows // 4, cols // 4 : cols - cols // 4]
    dark, bright = (float(v) for v in np.percentile(middle, WINDOW_PERCENT))
    return {
        "index": index,
        "rows": rows,
        "cols": cols,
        "low": low,
        "high": high,
        "window": [(dark + bright) / 2.0, (bright - dark) or 1.0],
    }


def _range(image: Slice) -> tuple[float, float]:
    return float(image.pixels.min()), float(image.pixels.max())


def _letters(image: Slice) -> list[str]:
    """The patient's sides at the top, bottom, left and right of the stored slice."""
    down, across = (np.array(v) for v in (image.geometry.down, image.geometry.across))
    return [*sides(down), *sides(across)]
