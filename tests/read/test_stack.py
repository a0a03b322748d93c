"""Directions and distances that every format shares."""

import numpy as np
import pytest

from lgescar.read.stack import APEX_LPS, blank_slices, finite_planes, toward_apex, view_of


def tilted(degrees):
    """A normal so many degrees from the usual direction of the apex."""
    along = np.array(APEX_LPS) / np.linalg.norm(APEX_LPS)
    aside = np.cross(along, [0.0, 0.0, 1.0])
    aside /= np.linalg.norm(aside)
    return np.cos(np.radians(degrees)) * along + np.sin(np.radians(degrees)) * aside


@pytest.mark.parametrize("turned", [1.0, -1.0])
@pytest.mark.parametrize("length", [1.0, 7.0])
@pytest.mark.parametrize(
    ("degrees", "view"),
    [
        (0.0, "short-axis"),
        (44.0, "short-axis"),
        (46.0, "unknown"),
        (54.0, "unknown"),
        (56.0, "other"),
        (69.0, "other"),
        (90.0, "other"),
    ],
)
def test_a_view_is_named_by_how_far_the_normal_lies_from_the_apex(degrees, view, turned, length):
    assert view_of(turned * length * tilted(degrees)) == view


@pytest.mark.parametrize(
    ("name", "normal"),
    [("transverse", (0, 0, 1)), ("coronal", (0, 1, 0)), ("sagittal", (1, 0, 0))],
)
def test_no_plane_of_the_body_is_taken_for_a_short_axis(name, normal):
    assert view_of(normal) != "short-axis"


def test_a_step_leads_towards_the_apex_on_its_side_of_the_plane():
    assert toward_apex(tilted(89.0))
    assert not toward_apex(tilted(91.0))


def test_planes_of_one_value_and_of_broken_pixels_are_both_noted():
    plane = np.full((2, 3), 7.0, np.float32)
    plane[0, 0] = np.nan
    planes, notes = finite_planes([plane])
    assert planes[0].tolist() == [[7.0] * 3] * 2
    assert [note.code for note in notes] == ["nonfinite-pixels", "no-signal"]


def test_blank_slices_are_padding_at_the_ends_and_a_gap_between_pictures():
    blank, shown = np.zeros((2, 2), np.float32), np.eye(2, dtype=np.float32)
    for planes, whole, named in (
        ([blank, shown, shown, blank], True, "0, 3"),
        ([shown, blank, shown], False, "1"),
    ):
        found, (note,) = blank_slices(planes)
        assert found is whole
        assert note.code == "slices-blank"
        assert note.message.endswith(f"by index: {named}")
