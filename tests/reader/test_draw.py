"""Strokes on small label maps, counted by hand."""

from __future__ import annotations

import numpy as np
import pytest

from lgescar.core.tissue import LabelMap, Tissue
from lgescar.reader.draw import drawn, inside_polygon, near_path, scarred
from lgescar.reader.events import Brush, Fill, Lasso, Outline, Smooth


def labels(*rows: str) -> LabelMap:
    """Digits are codes."""
    return LabelMap(np.array([[int(c) for c in row] for row in rows], np.uint8))


def test_a_pixel_is_inside_a_polygon_when_its_centre_is() -> None:
    # Columns 0.6 to 3.4 hold the centres 1.5 and 2.5; rows 0 to 2 hold 0.5 and 1.5.
    square = ((0.0, 0.6), (0.0, 3.4), (2.0, 3.4), (2.0, 0.6))
    assert inside_polygon(square, (3, 5)).astype(int).tolist() == [
        [0, 1, 1, 0, 0],
        [0, 1, 1, 0, 0],
        [0, 0, 0, 0, 0],
    ]
    assert (inside_polygon(square[::-1], (3, 5)) == inside_polygon(square, (3, 5))).all()


def test_a_polygon_beyond_the_slice_covers_all_of_it() -> None:
    far = ((-1e5, -1e5), (-1e5, 1e5), (1e5, 1e5), (1e5, -1e5))
    assert inside_polygon(far, (4, 4)).all()


def test_a_click_with_a_brush_is_a_disc() -> None:
    # From the corner (2, 2), the centres at 0.5 lie 0.71 away, those at 0.5|1.5 1.58.
    assert near_path(((2.0, 2.0),), 1.0, (4, 4)).sum() == 4
    assert near_path(((2.0, 2.0),), 1.6, (4, 4)).sum() == 12


def test_a_stroke_is_a_band() -> None:
    found = near_path(((1.5, 1.5), (1.5, 3.5)), 0.5, (4, 6))
    assert np.argwhere(found).tolist() == [[1, 1], [1, 2], [1, 3]]
    assert not near_path(((-50.0, -50.0), (-40.0, -40.0)), 5.0, (4, 6)).any()


@pytest.mark.parametrize(
    ("paint", "after"), [("scar", "0333"), ("mvo", "0444"), ("viable", "0222"), ("erase", "0122")]
)
def test_what_a_brush_leaves(paint: str, after: str) -> None:
    stroke = Brush(0, ((0.5, 1.5), (0.5, 3.5)), 0.5, paint)  # type: ignore[arg-type]
    assert drawn(labels("0123"), stroke).codes.tolist() == labels(after).codes.tolist()


def test_painted_scar_outside_the_wall_becomes_wall() -> None:
    painted = drawn(labels("000"), Brush(0, ((0.5, 1.5),), 0.5, "scar"))
    assert painted.wall.tolist() == [[False, True, False]]


def test_a_lasso_removes_scar_and_nothing_else() -> None:
    around = ((0.0, 0.0), (0.0, 4.0), (1.0, 4.0), (1.0, 0.0))
    assert (
        drawn(labels("123434"), Lasso(0, around)).codes.tolist() == labels("122234").codes.tolist()
    )


def test_holes_of_scar_are_filled_but_never_the_cavity() -> None:
    ring = labels("33333", "32313", "33333")
    assert drawn(ring, Fill(0)).codes.tolist() == labels("33333", "33313", "33333").codes.tolist()


def test_smoothing_takes_a_spike_and_fills_a_notch() -> None:
    spiked = labels("222222", "222322", "333333", "323333", "333333", "333333")
    smooth = drawn(spiked, Smooth(0))
    assert smooth.codes[1, 3] == Tissue.VIABLE
    assert smooth.codes[3, 1] == Tissue.SCAR


def test_scar_stays_within_the_wall_and_mvo_stays_mvo() -> None:
    everywhere = np.ones((1, 5), bool)
    assert scarred(labels("01234"), everywhere).codes.tolist() == [[0, 1, 3, 3, 4]]
    assert scarred(labels("01234"), ~everywhere).codes.tolist() == [[0, 1, 2, 2, 2]]


def test_borders_move_the_wall_and_drop_what_lies_beyond() -> None:
    row = labels("0231132000")
    epi = Outline(0, "epi", ((0.0, 2.0), (0.0, 9.0), (1.0, 9.0), (1.0, 2.0)))
    assert drawn(row, epi).codes.tolist() == labels("0031132220").codes.tolist()
    endo = Outline(0, "endo", ((0.0, 4.0), (0.0, 6.0), (1.0, 6.0), (1.0, 4.0)))
    assert drawn(row, endo).codes.tolist() == labels("0232112000").codes.tolist()
