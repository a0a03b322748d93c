"""Directions and distances that every format shares."""

import numpy as np
import pytest

from lgescar.read.stack import APEX_LPS, toward_apex, view_of


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
