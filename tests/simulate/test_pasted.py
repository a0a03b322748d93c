"""Simulated scar in an existing wall: exact in a ring, and nothing else changes."""

from dataclasses import replace

import numpy as np
import pytest
from scipy import ndimage

from lgescar.core.tissue import LabelMap, Tissue
from lgescar.simulate import simulate_patient
from lgescar.simulate.infarct import Infarct
from lgescar.simulate.pasted import (
    ANGLES,
    Enhancement,
    drawn_enhancement,
    drawn_infarct,
    pasted,
    wall_of,
)

INNER, OUTER, SIDE = 20.0, 30.0, 81
POOL, VIABLE, OUTSIDE = 100.0, 20.0, 50.0
PLAIN = Enhancement(scar=1.0, mvo=0.0, uneven=0.0, blur_px=0.0)


def radius():
    rows, cols = np.indices((SIDE, SIDE)) - SIDE // 2
    return np.hypot(rows, cols)


def ring_labels():
    away = radius()
    codes = np.where(away < INNER, Tissue.BLOOD_POOL, Tissue.BACKGROUND)
    return LabelMap(np.where((away >= INNER) & (away < OUTER), Tissue.VIABLE, codes))


def ring(blur_px=0.0):
    labels = ring_labels()
    signal = np.array([OUTSIDE, POOL, VIABLE])[labels.codes]
    seen = ndimage.gaussian_filter(signal, blur_px) if blur_px else signal
    return wall_of(seen.astype(np.float32), labels)


def front(depth, mvo=0.0):
    """One slice with a sharp wave-front of ``depth`` (a number or one a column)."""
    rows = [np.broadcast_to(np.float32(d), (1, ANGLES)).copy() for d in (depth, mvo)]
    return Infarct("acute", "LAD", rows[0], rows[0], rows[1], 0.1, 0.1, 0.0)


def rng():
    return np.random.default_rng(3)


def test_depth_runs_from_the_blood_pool_to_the_outside():
    depth, away = ring().depth, radius()
    expected = (away - INNER) / (OUTER - INNER)
    inside = (away > INNER + 1) & (away < OUTER - 1)
    assert np.abs(depth - expected)[inside].max() < 0.12  # a pixel is a tenth of this wall
    assert not depth[(away < INNER) | (away >= OUTER)].any()


def test_a_front_at_four_tenths_scars_the_inner_four_tenths():
    _, labels = pasted(ring(), front(0.4), 0, PLAIN, rng())
    away = radius()
    assert labels.scar[(away > INNER) & (away < INNER + 3)].all()
    assert not labels.scar[away > INNER + 5].any()


def test_a_border_pixel_mixes_scar_and_pool_as_if_the_scar_had_been_imaged():
    # Painted before the blur or pasted after it: the blur is linear, so both are one image.
    blur_px = 1.3
    sector = np.where(np.arange(ANGLES) < ANGLES // 4, 2.0, 0.0)
    look = replace(PLAIN, scar=1.4, blur_px=blur_px)
    wall = ring(blur_px)
    found, labels = pasted(wall, front(sector), 0, look, rng())
    painted = np.array([OUTSIDE, POOL, VIABLE])[ring_labels().codes]
    painted[labels.scar] = VIABLE + 1.4 * wall.step
    expected = ndimage.gaussian_filter(painted, blur_px)
    assert labels.scar.sum() > 300
    assert np.abs(found - expected).max() < 0.06 * POOL
    assert np.abs(found - expected).mean() < 0.001 * POOL


def test_no_dark_rim_parts_scar_from_pool_where_the_outline_is_a_pixel_off():
    # The wall of the image begins 1.5 px inside the outline; scar is as bright as the pool.
    away = radius()
    signal = np.where(away < INNER - 1.5, POOL, np.where(away < OUTER, VIABLE, OUTSIDE))
    seen = ndimage.gaussian_filter(signal, 1.0).astype(np.float32)
    look = replace(PLAIN, blur_px=1.0)
    image, _ = pasted(wall_of(seen, ring_labels()), front(2.0), 0, look, rng())
    inner = away < (INNER + OUTER) / 2
    assert seen[inner].min() == pytest.approx(VIABLE, abs=1.0)
    assert image[inner].min() > VIABLE + 0.8 * (POOL - VIABLE)
    assert image[inner].max() < POOL + 0.1 * (POOL - VIABLE)


def test_a_sector_of_columns_runs_from_growing_columns_towards_growing_rows():
    sector = np.where(np.arange(ANGLES) < ANGLES // 4, 2.0, 0.0)
    _, labels = pasted(ring(), front(sector), 0, PLAIN, rng())
    rows, cols = np.nonzero(labels.scar)
    assert min(rows.min(), cols.min()) >= SIDE // 2 - 2


def test_mvo_lies_inside_the_scar_and_is_as_dark_as_viable_wall():
    image, labels = pasted(ring(), front(2.0, mvo=0.6), 0, PLAIN, rng())
    mvo = labels.codes == Tissue.MVO
    assert mvo.any()
    assert (mvo <= labels.scar).all()
    assert not mvo[(radius() > INNER + 9) | (radius() < INNER + 0.5)].any()
    assert image[mvo] == pytest.approx(VIABLE, abs=1e-3)
    assert image[labels.scar & ~mvo] == pytest.approx(POOL, abs=1e-3)


def test_nothing_beyond_the_scar_and_its_blur_changes():
    wall = ring()
    look = replace(PLAIN, blur_px=0.7)
    image, labels = pasted(wall, front(0.4), 0, look, rng())
    reach = 4 * 0.7 + 3 * 0.7 + 1  # the blur's own, and the rim's, in pixels
    near = ndimage.distance_transform_edt(~labels.scar) <= reach
    assert np.array_equal(image[~near], wall.pixels[~near])
    rest = ~labels.scar
    assert np.array_equal(labels.codes[rest], ring_labels().codes[rest])


def test_scar_that_is_there_already_stays():
    codes = ring_labels().codes.copy()
    old = (radius() >= INNER) & (radius() < OUTER) & (np.indices(codes.shape)[1] < SIDE // 3)
    codes[old] = Tissue.MVO
    pixels = np.array([OUTSIDE, POOL, VIABLE, POOL, VIABLE], np.float32)[codes]
    image, labels = pasted(wall_of(pixels, LabelMap(codes)), front(2.0), 0, PLAIN, rng())
    assert (labels.codes[old] == Tissue.MVO).all()
    assert np.array_equal(image[old], pixels[old])


@pytest.mark.parametrize("missing", [Tissue.BLOOD_POOL, Tissue.VIABLE])
def test_a_slice_without_pool_or_viable_wall_takes_no_scar(missing):
    codes = ring_labels().codes.copy()
    codes[codes == missing] = Tissue.BACKGROUND
    assert wall_of(np.zeros(codes.shape, np.float32), LabelMap(codes)) is None


def test_drawn_scars_of_a_simulated_heart_stay_within_its_wall():
    patient = simulate_patient(21, scar="none")
    shown = 0
    for seed in range(6):
        draw = np.random.default_rng(seed)
        scar = drawn_infarct(draw, "acute", len(patient.truth))
        look = drawn_enhancement(draw, 0.6)
        stack = zip(patient.study.slices, patient.truth, strict=True)
        for index, (image, truth) in enumerate(stack):
            wall = wall_of(image.pixels, truth)
            if wall is not None:
                _, labels = pasted(wall, scar, index, look, draw)
                assert np.array_equal(labels.wall, truth.wall)
                assert np.array_equal(labels.blood_pool, truth.blood_pool)
                shown += int(labels.scar.any())
    assert shown >= 6


def test_the_same_generator_draws_the_same_scar():
    image, labels = pasted(ring(), drawn_infarct(rng(), "chronic", 4), 2, PLAIN, rng())
    again, same = pasted(ring(), drawn_infarct(rng(), "chronic", 4), 2, PLAIN, rng())
    assert np.array_equal(image, again)
    assert np.array_equal(labels.codes, same.codes)
