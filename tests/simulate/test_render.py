"""Labels by majority, and the shape of the heart."""

from __future__ import annotations

import numpy as np
import pytest

from lgescar.simulate.matter import Matter
from lgescar.simulate.phantom import ANGLES, LEVEL_FROM_MM, heart
from lgescar.simulate.render import majority, render
from lgescar.simulate.sample import matter_at
from lgescar.simulate.scanner import Shot, acquire, protocol
from lgescar.simulate.stack import short_axis_planes
from lgescar.simulate.thorax import thorax


@pytest.mark.parametrize(
    ("shares", "code"),
    [
        ((0.6, 0.4, 0.0, 0.0, 0.0), 0),
        ((0.4, 0.6, 0.0, 0.0, 0.0), 1),
        # Wall is the largest of three though each of its tissues is smaller than the pool.
        ((0.2, 0.35, 0.25, 0.2, 0.0), 2),
        ((0.1, 0.3, 0.2, 0.4, 0.0), 3),
        # Infarct, MVO and scar together, makes up half of the wall; scar is most of it.
        ((0.0, 0.0, 0.5, 0.3, 0.2), 3),
        ((0.0, 0.0, 0.4, 0.2, 0.4), 4),
    ],
)
def test_the_largest_of_background_pool_and_wall_wins(shares: tuple[float, ...], code: int) -> None:
    assert majority(np.array(shares, np.float32).reshape(5, 1, 1))[0, 0] == code


def test_the_wall_tapers_and_the_cavity_closes_at_the_apex() -> None:
    body = heart(np.random.default_rng(3), "none")
    base, apex = -LEVEL_FROM_MM + 10, -LEVEL_FROM_MM + round(body.cavity_mm) - 3
    assert body.endo_mm[apex].mean() < 0.5 * body.endo_mm[base].mean()
    beyond = -LEVEL_FROM_MM + int(np.ceil(body.length_mm)) + 1
    assert body.wall_mm[beyond].max() == 0.0
    assert body.wall_mm.shape[1] == ANGLES


def test_a_spoke_meets_pool_then_wall_then_the_outside() -> None:
    body = heart(np.random.default_rng(3), "none")
    u = np.linspace(0.0, -60.0, 601).astype(np.float32)  # towards the lateral wall
    zero = np.zeros_like(u)
    matter, _ = matter_at(body, u, zero, zero + np.float32(30.0))
    wall = np.flatnonzero(matter == 13)
    assert matter[0] in (11, 12), "blood or papillary muscle on the axis"
    assert wall.size > 0.5 * 601 / 60 * 5, "a wall of at least some 2.5 mm"
    assert np.all(np.diff(wall) == 1), "in one piece"
    assert not np.isin(matter[wall[-1] + 1 :], (11, 13)).any()


def test_infarct_spreads_from_the_endocardium() -> None:
    # Where a spoke through the infarct's middle holds scar, the wall's innermost part does.
    for seed in range(4):
        body = heart(np.random.default_rng(seed), "chronic")
        level, angle = np.unravel_index(np.argmax(body.infarct.depth), body.infarct.depth.shape)
        if not 10 < level + LEVEL_FROM_MM < body.cavity_mm - 10:
            continue
        turn = np.deg2rad(angle * 360 / ANGLES - 60.0)
        share = np.linspace(0.05, 0.95, 19)
        radius = body.endo_mm[level, angle] + share * body.wall_mm[level, angle]
        u = (radius * np.cos(turn) + body.bend_mm[0][level]).astype(np.float32)
        v = (radius * np.sin(turn) + body.bend_mm[1][level]).astype(np.float32)
        s = np.full_like(u, level + LEVEL_FROM_MM)
        matter, glow = matter_at(body, u, v, s)
        assert (matter[:4] == 14).all()
        assert glow[:4].mean() >= glow[-4:].mean() - 0.15


def pool_offset(seed: int, vendor: str) -> tuple[float, float, float]:
    """Image against label of a pool that alone gives signal: rows, columns, share of area."""
    rng = np.random.default_rng(seed)
    body, scan = heart(rng, "none"), protocol(rng, vendor)  # type: ignore[arg-type]
    plane = short_axis_planes(rng, body, scan)[2]
    signal = np.zeros(len(Matter), np.float32)
    signal[[Matter.LV_BLOOD, Matter.PAPILLARY]] = 1.0
    piece = render(body, thorax(rng), plane, scan, signal)
    shot = Shot(0.0, 1.0, scan.zoom, 0.0, (0.0, 0.0), (0.0, 0.0), 1.0)
    image = acquire(rng, piece.signal, shot).real
    pool = piece.codes == 1
    rows, cols = (
        float((axis * image).sum() / image.sum() - axis[pool].mean())
        for axis in np.indices(pool.shape)
    )
    return rows, cols, float(image.sum() / pool.sum())


@pytest.mark.parametrize("vendor", ["siemens", "philips"])
def test_labels_lie_on_the_image(vendor: str) -> None:
    # A grid off by half an acquired pixel would show as 0.5 (siemens) or 1.0 (philips).
    rows, cols, area = np.mean([pool_offset(seed, vendor) for seed in range(4)], axis=0)
    assert (rows, cols) == pytest.approx((0.0, 0.0), abs=0.2)
    assert area == pytest.approx(1.0, abs=0.02)
