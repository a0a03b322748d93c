"""AHA segments painted by angle and found again."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from lgescar.core.image import SliceGeometry
from lgescar.measure import measure
from lgescar.measure.segments import Compass, patient_compass, segment_numbers


def shares(quantities: Any) -> dict[int, float]:
    return {s.segment: s.scar_percent for s in quantities.aha}


@pytest.mark.parametrize(
    ("first", "expected"),
    # Degrees from image top towards image left; the insertion is taken 20 degrees left of the top.
    [(20, 2), (80, 3), (140, 4), (200, 5), (260, 6), (320, 1)],
)
@pytest.mark.parametrize("level", [0, 1])
def test_a_basal_or_mid_segment_is_found_where_it_was_painted(
    stack: Any, ring: Any, level: int, first: int, expected: int
) -> None:
    painted = ring(lambda _, degrees: (degrees - first) % 360 < 60)
    planes = [painted if i == level else ring() for i in range(3)]
    found = shares(measure(*stack(planes, geometry=square()))[0])
    assert found.pop(expected + 6 * level) == pytest.approx(100.0, abs=1.0)
    assert max(found.values()) < 1.0


@pytest.mark.parametrize(("first", "expected"), [(35, 14), (125, 15), (215, 16), (305, 13)])
def test_an_apical_segment_is_a_quarter(stack: Any, ring: Any, first: int, expected: int) -> None:
    painted = ring(lambda _, degrees: (degrees - first) % 360 < 90)
    found = measure(*stack([ring(), ring(), painted], geometry=square()))[0]
    apical = {s: v for s, v in shares(found).items() if s > 12}
    assert apical.pop(expected) == pytest.approx(100.0, abs=1.0)
    assert max(apical.values()) < 1.0
    assert found.transmural_segments == (expected,)


@pytest.mark.parametrize(("depth_px", "transmural"), [(9.0, ()), (11.0, (2,))])
def test_a_segment_is_transmural_from_half_of_its_wall_on(
    stack: Any, ring: Any, depth_px: float, transmural: tuple[int, ...]
) -> None:
    # A wall 20 pixels thick whose inner 9 or 11 are scar round the first basal segment.
    inner, outer = 16.0, 36.0
    painted = ring(
        lambda radius, degrees: ((degrees - 20) % 360 < 60) & (radius < inner + depth_px),
        inner=inner,
        outer=outer,
    )
    plain = ring(inner=inner, outer=outer)
    found = measure(*stack([painted, plain, plain], geometry=square()))[0]
    extent = {s.segment: s.transmural_percent for s in found.aha}[2]
    assert extent == pytest.approx(100.0 * depth_px / (outer - inner), abs=3.0)
    assert found.transmural_segments == transmural


def square() -> SliceGeometry:
    """Square pixels; image top faces forward and up, image left the patient's right."""
    return SliceGeometry((0, 0, 0), (0.0, 0.5**0.5, -(0.5**0.5)), (1.0, 0.0, 0.0), (1.0, 1.0))


def test_segment_17_is_the_cap_beyond_the_last_cavity(stack: Any, ring: Any) -> None:
    cap = np.where(ring(outer=14.0) > 0, 2, 0)
    cap[40, 42] = 3
    found = shares(measure(*stack([ring()] * 3 + [cap]))[0])
    assert found[17] == pytest.approx(100.0 / np.count_nonzero(cap))


def test_the_cap_is_found_at_the_other_end_where_the_apex_comes_first(
    stack: Any, ring: Any
) -> None:
    cap = np.where(ring(outer=10.0) > 0, 2, 0)
    cap[40, 42] = 3
    # The heart grows along the stack; the last slice, beyond the base, shows no cavity either.
    beyond_base = np.where(ring(outer=30.0) > 0, 3, 0)
    rings = [ring(outer=outer) for outer in (24.0, 26.0, 28.0)]
    found = shares(measure(*stack([cap, *rings, beyond_base], order_known=False))[0])
    assert found[17] == pytest.approx(100.0 / np.count_nonzero(cap))


def test_without_a_cap_there_are_16_segments(stack: Any, ring: Any) -> None:
    assert sorted(shares(measure(*stack([ring()] * 4))[0])) == list(range(1, 17))


def test_a_slice_of_open_wall_is_in_no_segment(stack: Any, ring: Any) -> None:
    outflow = ring(lambda *_: np.array(True))
    outflow[:, 42:] = np.where(outflow[:, 42:] > 1, 0, outflow[:, 42:])
    found = shares(measure(*stack([outflow, ring(), ring(), ring()]))[0])
    assert set(found.values()) == {0.0}


def test_an_unoriented_stack_says_that_its_numbering_is_the_images(stack: Any, ring: Any) -> None:
    quantities, notes = measure(*stack([ring()] * 3, oriented=False))
    assert quantities.aha_origin is not None
    assert "stored image" in quantities.aha_origin
    assert "aha-origin-assumed" in {note.code for note in notes}


def test_every_angle_has_a_segment() -> None:
    degrees = np.arange(0.0, 360.0, 7.5)
    for third, numbers in enumerate(({1, 2, 3, 4, 5, 6}, {7, 8, 9, 10, 11, 12}, {13, 14, 15, 16})):
        assert set(segment_numbers(degrees, third).tolist()) == numbers


@pytest.mark.parametrize("turn", range(12))
def test_a_point_on_a_border_lies_past_it_however_the_image_is_turned(turn: int) -> None:
    def along(degrees: float) -> tuple[float, float]:
        return (float(-np.cos(np.radians(degrees))), float(-np.sin(np.radians(degrees))))

    # The insertion is 20 degrees past anterior; every border 60 degrees further.
    compass = Compass(along(turn * 30), along(turn * 30 + 90))
    for border in range(0, 360, 60):
        row, col = along(turn * 30 + 20 + border)
        assert compass.degrees(np.array([row]), np.array([col]))[0] == border


def test_a_plane_that_faces_forward_and_up_has_no_anterior_direction() -> None:
    assert (
        patient_compass(SliceGeometry((0, 0, 0), (0, 0.5**0.5, 0.5**0.5), (1, 0, 0), None)) is None
    )


@pytest.mark.data
def test_the_right_ventricle_of_patients_lies_beside_the_septal_segments(data_dir: Path) -> None:
    nibabel = pytest.importorskip("nibabel")
    angles = []
    for path in sorted((data_dir / "myops" / "labels").glob("*.nii.gz"))[:8]:
        file = nibabel.load(path)
        codes = np.asarray(file.dataobj)
        axes = np.diag([-1.0, -1.0, 1.0]) @ file.affine[:3, :3]
        sizes = np.linalg.norm(axes, axis=0)
        geometry = SliceGeometry(
            (0, 0, 0),
            tuple((axes[:, 0] / sizes[0]).tolist()),
            tuple((axes[:, 1] / sizes[1]).tolist()),
            (float(sizes[0]), float(sizes[1])),
        )
        compass = patient_compass(geometry)
        assert compass is not None
        middle = codes[:, :, codes.shape[2] // 2]
        away = np.argwhere(middle == 600).mean(axis=0) - np.argwhere(middle == 500).mean(axis=0)
        row, col = away * sizes[:2]
        angles.append(float(compass.degrees(np.array([row]), np.array([col]))[0]))
    # The septum is the first 120 degrees past the insertion.
    assert len(angles) == 8
    assert all(10.0 < angle < 110.0 for angle in angles)


def test_a_slice_without_a_cavity_between_closed_ones_is_no_cap(stack: Any, ring: Any) -> None:
    filled = np.where(ring() > 0, 3, 0)
    found = shares(measure(*stack([ring(), ring(), filled, ring()]))[0])
    assert sorted(found) == list(range(1, 17))
