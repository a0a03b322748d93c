"""What a reader does, as JSON and back; and what a browser must not send."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lgescar.core.box import Box
from lgescar.core.errors import EventError
from lgescar.core.prompt import Point
from lgescar.reader.chain import event_from_text, event_text
from lgescar.reader.events import KINDS, Boxes, Brush, Points, Remark, Tick, event_from_json


@settings(deadline=None)
@given(data=st.data())
def test_every_event_survives_json_exactly(data: st.DataObject, any_event: Any) -> None:
    event = data.draw(any_event)
    assert event_from_text(event_text(event)) == event


def test_an_event_is_spelled_as_the_page_sends_it() -> None:
    event = Boxes(3, (Box(1.0, 2.5, 4.0, 6.0, score=0.75),))
    assert json.loads(event_text(event)) == {
        "kind": "boxes",
        "slice": 3,
        "boxes": [[1.0, 2.5, 4.0, 6.0]],
    }
    assert event_from_json({"kind": "points", "slice": 0, "points": [[1, 2, False]]}) == Points(
        0, (Point(1.0, 2.0, inside=False),)
    )


@pytest.mark.parametrize(
    "content",
    [
        None,
        [],
        "undo",
        {},
        {"kind": "erase-all"},
        {"kind": ["undo"]},
        {"kind": "undo", "slice": 1},
        {"kind": "fill"},
        {"kind": "fill", "slice": 1, "more": 1},
        {"kind": "fill", "slice": -1},
        {"kind": "fill", "slice": True},
        {"kind": "fill", "slice": 1.0},
        {"kind": "fill", "slice": 10**30},
        {"kind": "boxes", "slice": 1, "boxes": [[1, 1, 1, 2]]},
        {"kind": "boxes", "slice": 1, "boxes": [[0, 0, float("nan"), 2]]},
        {"kind": "boxes", "slice": 1, "boxes": [[0, 0, 1e9, 2]]},
        {"kind": "boxes", "slice": 1, "boxes": [[0, 0, 10**400, 2]]},
        {"kind": "boxes", "slice": 1, "boxes": [[0, 0, 1, 2]] * 65},
        {"kind": "boxes", "slice": 1, "boxes": {"0": 1}},
        {"kind": "points", "slice": 1, "points": [[1, 2, 1]]},
        {"kind": "points", "slice": 1, "points": [[1, 2]]},
        {"kind": "brush", "slice": 1, "path": [], "radius_px": 2, "paint": "scar"},
        {"kind": "brush", "slice": 1, "path": [[1, 2]], "radius_px": 0, "paint": "scar"},
        {"kind": "brush", "slice": 1, "path": [[1, 2]], "radius_px": 2, "paint": "blood"},
        {"kind": "lasso", "slice": 1, "polygon": [[1, 2], [2, 3]]},
        {"kind": "rule", "slice": 1, "rule": "7sd", "remote": None},
        {"kind": "grade", "grade": 6},
        {"kind": "tick", "seconds": -1},
        {"kind": "tick", "seconds": float("inf")},
        {"kind": "remark", "text": "x" * 2001},
        {"kind": "remark", "text": "\x1b[2J"},
        {"kind": "remark", "text": "\ud800"},
    ],
)
def test_what_means_nothing_is_refused_in_one_sentence(content: Any) -> None:
    with pytest.raises(EventError) as refused:
        event_from_json(content)
    assert "\n" not in str(refused.value)
    assert 10 < len(str(refused.value)) < 300


def test_events_made_in_python_are_checked_too() -> None:
    with pytest.raises(EventError, match="radius"):
        Brush(1, ((0.0, 0.0),), 1000.0, "scar")
    with pytest.raises(EventError, match="seconds"):
        Tick(float("nan"))


def test_places_computed_with_numpy_are_plain_numbers() -> None:
    event = Brush(1, ((np.float64(0.5), 1.0),), np.float64(2.0), "scar")
    assert {type(one) for one in (*event.path[0], event.radius_px)} == {float}


def test_a_remark_keeps_its_lines_and_its_script() -> None:
    event = Remark("心尖 apical\nartefact")
    assert event_from_text(event_text(event)) == event


def test_no_two_events_share_a_word() -> None:
    assert len(KINDS) == 20
    assert KINDS["accept-study"]().kind == "accept-study"


def test_stored_sessions_name_the_kinds_of_events_by_these_words() -> None:
    # Words of sessions that readers have stored: they may be added to and never change.
    stored = {
        "boxes", "points", "scribble", "brush", "lasso", "fill", "smooth", "copy", "outline",
        "clear", "rule", "automatic", "accept", "unaccept", "accept-study", "grade", "remark",
        "tick",
    }  # fmt: skip
    assert stored <= set(KINDS)
