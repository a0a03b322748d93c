import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lgescar.core.box import Box
from lgescar.core.report import SliceResult
from lgescar.core.tissue import LabelMap
from lgescar.report.outlines import outline, traced


def disc(radius: float, size: int = 60) -> np.ndarray:
    row, col = np.mgrid[:size, :size] - size / 2
    return np.hypot(row, col) < radius


def enclosed_px(polygons) -> float:
    """Area inside lines by the shoelace formula; a hole turns the other way."""
    pairs = [(p, np.roll(p, -1, axis=0)) for p in polygons]
    return abs(sum(0.5 * float((a[:, 0] * b[:, 1] - b[:, 0] * a[:, 1]).sum()) for a, b in pairs))


def inside_out(polygons) -> tuple[np.ndarray, np.ndarray]:
    points = np.concatenate(polygons)
    return points.min(axis=0), points.max(axis=0)


def test_an_empty_mask_has_no_outline() -> None:
    assert outline(np.zeros((5, 5), bool)) == ()


def test_one_pixel_is_enclosed_around_its_centre() -> None:
    mask = np.zeros((9, 9), bool)
    mask[3, 6] = True

    (line,) = outline(mask)

    assert line.mean(axis=0) == pytest.approx([3.5, 6.5])
    assert enclosed_px((line,)) == pytest.approx(1.0)


@pytest.mark.parametrize("radius", [2.0, 5.5, 20.0])
def test_a_disc_is_enclosed_within_half_a_pixel_of_its_edge(radius: float) -> None:
    mask = disc(radius)
    lines = outline(mask)

    away = np.hypot(*(np.concatenate(lines) - 30.0 - 0.5).T)

    assert enclosed_px(lines) == pytest.approx(mask.sum())
    assert np.abs(away - np.sqrt(mask.sum() / np.pi)).max() < 0.6


def test_a_hole_is_left_out() -> None:
    ring = disc(20) & ~disc(12)
    lines = outline(ring)

    assert len(lines) == 2
    assert enclosed_px(lines) == pytest.approx(ring.sum())


def test_a_mask_at_the_border_of_the_image_stays_inside_it() -> None:
    low, high = inside_out(outline(np.ones((6, 8), bool)))

    assert low == pytest.approx([0, 0], abs=0.25)
    assert high == pytest.approx([6, 8], abs=0.25)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.lists(st.booleans(), min_size=6, max_size=6), min_size=5, max_size=5))
def test_any_mask_is_enclosed_by_its_own_area(pixels) -> None:
    mask = np.array(pixels)

    assert enclosed_px(outline(mask)) == pytest.approx(mask.sum(), rel=1e-6)


def test_the_epicardium_surrounds_the_wall_and_the_endocardium_the_blood_pool() -> None:
    codes = np.where(disc(18), 2, 0)
    codes[disc(10)] = 1
    codes[30:33, 30 + 12 : 30 + 15] = 3
    codes[31, 30 + 13] = 4

    chance = np.zeros(codes.shape, np.float32)
    box = Box(2.0, 3.0, 8.0, 13.0)
    lines = traced(SliceResult(LabelMap(codes.astype(np.uint8)), chance, (box,)))

    assert len(lines["epicardium"]) == 1
    assert enclosed_px(lines["epicardium"]) == pytest.approx(disc(18).sum())
    assert enclosed_px(lines["endocardium"]) == pytest.approx(disc(10).sum())
    assert enclosed_px(lines["scar"]) == pytest.approx(9.0)
    assert enclosed_px(lines["mvo"]) == pytest.approx(1.0)
    assert enclosed_px(lines["box"]) == 6.0 * 10.0
