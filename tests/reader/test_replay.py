"""The fold of events, which needs no pixels."""

from __future__ import annotations

from typing import Any

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from lgescar.core.box import Box
from lgescar.core.prompt import Point
from lgescar.reader import events as e
from lgescar.reader.replay import UNTOUCHED, Pasted, Prompts, along, replay

BOX = Box(1.0, 1.0, 5.0, 5.0)
STROKE = e.Brush(2, ((1.0, 1.0),), 2.0, "scar")
EPI = e.Outline(2, "epi", ((0.0, 0.0), (0.0, 9.0), (9.0, 9.0)))


@settings(deadline=None)
@given(data=st.data())
def test_undo_after_any_edits_gives_back_the_very_same_state(
    data: st.DataObject, any_event: Any, edit: Any
) -> None:
    before = data.draw(st.lists(any_event, max_size=8))
    then = data.draw(st.lists(edit, min_size=1, max_size=5))
    state = replay(before)
    reached = [state]
    for event in then:
        reached.append(_add(reached[-1], event))
    for wanted in reversed(reached[:-1]):
        state = _add(reached[-1] if state is reached[0] else state, e.Undo())
        assert state.now is wanted.now
    for wanted in reached[1:]:
        state = _add(state, e.Redo())
        assert state.now is wanted.now


def _add(state: Any, event: e.Event) -> Any:
    from lgescar.reader.replay import after

    return after(state, event)


def test_undo_and_redo_with_nothing_to_take_change_nothing() -> None:
    state = replay([e.Undo(), e.Redo(), e.Undo()])
    assert state.now.edits == 0
    assert state.now.at(2) is UNTOUCHED
    assert state.status == "begun"


def test_a_new_edit_leaves_nothing_to_redo() -> None:
    state = replay([STROKE, e.Undo(), e.Fill(2), e.Redo()])
    assert state.now.at(2).strokes == (e.Fill(2),)


def test_edits_that_still_stand_are_counted() -> None:
    assert replay([STROKE, e.Fill(2), e.Tick(1.0), e.Accept(2)]).now.edits == 2
    assert replay([STROKE, e.Fill(2), e.Undo()]).now.edits == 1


def test_prompts_keep_the_strokes_on_top_and_the_other_prompts() -> None:
    edits = replay([e.Points(2, (Point(1.0, 1.0),)), STROKE, e.Boxes(2, (BOX,))]).now.at(2)
    assert edits.base == Prompts((BOX,), (Point(1.0, 1.0),))
    assert edits.strokes == (STROKE,)
    assert edits.made_by == "hand"
    assert replay([e.Points(2, ())]).now.at(2).base == Prompts(None, ())


def test_a_rule_replaces_prompts_and_strokes_but_not_the_wall() -> None:
    edits = replay([e.Boxes(2, (BOX,)), STROKE, EPI, e.Rule(2, "otsu", None)]).now.at(2)
    assert edits.base == e.Rule(2, "otsu", None)
    assert edits.strokes == edits.borders == (EPI,)


def test_clear_leaves_the_wall_and_automatic_leaves_nothing() -> None:
    assert replay([STROKE, EPI, e.Clear(2)]).now.at(2).strokes == (EPI,)
    assert replay([STROKE, e.Clear(2)]).now.at(2).base == Prompts((), ())
    assert replay([STROKE, EPI, e.Automatic(2)]).now.at(2) is UNTOUCHED


def test_a_border_that_is_drawn_again_replaces_the_first_one() -> None:
    again = e.Outline(2, "epi", ((1.0, 1.0), (1.0, 9.0), (9.0, 9.0)))
    assert replay([EPI, STROKE, again]).now.at(2).strokes == (STROKE, again)


def test_a_copy_holds_the_source_as_it_was() -> None:
    state = replay([STROKE, e.Copy(2, 3), e.Clear(2)])
    pasted = state.now.at(3).strokes[0]
    assert isinstance(pasted, Pasted)
    assert pasted.edits.strokes == (STROKE,)


def test_an_edited_slice_is_no_longer_accepted_until_the_edit_is_undone() -> None:
    events = [e.Accept(2), e.Accept(3), e.AcceptStudy()]
    assert replay(events).status == "accepted"
    edited = replay([*events, STROKE])
    assert (edited.status, edited.now.accepted) == ("begun", {3})
    undone = replay([*events, STROKE, e.Undo()])
    assert (undone.status, undone.now.accepted) == ("accepted", {2, 3})


def test_a_slice_that_is_no_longer_accepted_reopens_the_study() -> None:
    events = [e.Accept(2), e.Accept(3), e.AcceptStudy()]

    reopened = replay([*events, e.Unaccept(3)])

    assert (reopened.status, reopened.now.accepted) == ("begun", {2})
    assert replay([*events, e.Unaccept(3), e.AcceptStudy()]).status == "accepted"


def test_time_grade_and_remark_are_not_undone() -> None:
    state = replay(
        [e.Tick(1.5), e.Tick(2.0), e.Grade(4), e.Remark("a"), STROKE, e.Undo(), e.Undo()]
    )
    assert (state.active_s, state.grade, state.remark) == (3.5, 4, "a")


def test_a_scribble_leaves_points_three_pixels_apart_and_one_at_its_end() -> None:
    # 7 px straight, then 2 px round the corner: 0, 3, 6 along the first, 9 = the end.
    path = ((0.0, 0.0), (0.0, 7.0), (2.0, 7.0))
    found = [(p.row, p.col) for p in along(path, inside=True)]
    assert np.allclose(found, [(0.0, 0.0), (0.0, 3.0), (0.0, 6.0), (2.0, 7.0)])
    short = along(((0.0, 0.0), (0.0, 4.0)), inside=False)
    assert [(p.row, p.col) for p in short] == [(0.0, 0.0), (0.0, 3.0), (0.0, 4.0)]
    assert not any(p.inside for p in short)
