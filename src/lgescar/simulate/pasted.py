"""Simulated scar in real walls: its border with viable wall and blood pool is known exactly.

The anatomy, the noise and the surroundings are those of a real image; only the signal of the wall
changes where the infarct lies.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray
from scipy import ndimage

from lgescar.core.arrays import Pixels, frozen
from lgescar.core.tissue import LabelMap, Tissue
from lgescar.simulate.infarct import Infarct, ScarKind, infarct
from lgescar.simulate.phantom import ripple

ANGLES = 96
"""Columns of an infarct's tables."""
GRAIN_PX = 1.5
"""Size of the patches that make a wave-front ragged, in pixels. Ours."""
LEAST_DEPTH = 0.02
"""Shallower wave-fronts are no scar; as in ``simulate.sample``."""
WALL_MM = 10.0
"""Thickness by which an infarct's border zone in mm becomes a share of the wall's depth."""
RIM_BLURS = 3.0
"""Blurs by which the wave-front reaches into the blood pool, whose border pixels hold muscle."""
MARGIN_PX = 8
"""Pixels around the ventricle that the blur may change."""
BORDERS = (0.08, 0.5)
"""Least and greatest share of the depth that a border zone takes. Ours."""


@dataclass(frozen=True, slots=True, eq=False)
class Wall:
    """A slice with blood pool and viable wall, and where each of its pixels lies in the wall.

    ``depth`` (rows, cols) runs from 0 at the endocardium to 1 at the epicardium and is 0 outside
    the wall; ``column`` is the pixel's angle about the ventricle's centre in columns of ``ANGLES``.
    """

    pixels: Pixels
    labels: LabelMap
    depth: Pixels
    column: NDArray[np.uint8]

    @property
    def step(self) -> float:
        """Signal of the blood pool less that of the viable wall."""
        pool, viable = self.labels.blood_pool, self.labels.codes == Tissue.VIABLE
        return float(np.median(self.pixels[pool]) - np.median(self.pixels[viable]))


@dataclass(frozen=True, slots=True)
class Enhancement:
    """The signal of scar, in shares of the step from viable wall to blood pool.

    ``scar`` and ``mvo`` are their signals (0: as viable wall, 1: as the blood pool), ``uneven`` the
    deviation of scar's signal, ``blur_px`` the deviation of the image's point spread, which mixes
    scar with its neighbours at every border.
    """

    scar: float
    mvo: float
    uneven: float = 0.2
    blur_px: float = 0.8


def drawn_enhancement(rng: Generator, blur_px: float) -> Enhancement:
    """Random signals: scar about as bright as the blood pool, MVO darker than scar.

    Source: measured on the development cohorts, slices with at least 40 samples of scar: median 1.0
    of the step (EMIDEC) and 1.1 (MyoPS), 5th to 95th percentile 0.5 to 2.2 and 0.3 to 2.7, spread
    within a scar 0.2 to 0.8, noise included; MVO 0.6 (0.1 to 0.8 in half of the slices).
    """
    scar = float(np.clip(np.exp(rng.normal(0.03, 0.4)), 0.4, 2.4))
    return Enhancement(
        scar=scar,
        mvo=min(float(rng.uniform(-0.2, 0.8)), scar - 0.25),
        uneven=float(rng.uniform(0.1, 0.35)),
        blur_px=blur_px,
    )


def drawn_infarct(rng: Generator, kind: ScarKind, slices: int) -> Infarct:
    """A random infarct of a stack: tables (slices, ``ANGLES``), its first slice the base.

    The angle 0 is a random direction, for a stack does not say where the septum lies.
    """
    level = np.asarray((np.arange(slices) + 0.5)[:, None] / slices, np.float32)
    turn = rng.uniform(0.0, 360.0)
    angle = np.asarray((np.arange(ANGLES)[None, :] * (360.0 / ANGLES) + turn) % 360.0, np.float32)
    return infarct(rng, kind, level, angle, ripple(rng, level, angle))


def wall_of(pixels: Pixels, labels: LabelMap) -> Wall | None:
    """The wall of a slice; None without blood pool or viable wall, whose signals scar needs.

    Depth is the distance to the blood pool as a share of the distances to pool and outside.
    """
    viable = labels.codes == Tissue.VIABLE
    if not labels.blood_pool.any() or not viable.any():
        return None
    heart = labels.wall | labels.blood_pool
    from_pool = ndimage.distance_transform_edt(~labels.blood_pool) - 0.5
    from_outside = ndimage.distance_transform_edt(heart) - 0.5
    depth = np.where(labels.wall, from_pool / np.maximum(from_pool + from_outside, 1e-6), 0.0)
    rows, cols = np.indices(heart.shape)
    middle = ndimage.center_of_mass(heart)
    turn = np.arctan2(rows - middle[0], cols - middle[1]) % (2.0 * np.pi)
    column = np.round(turn * (ANGLES / (2.0 * np.pi))).astype(np.intp) % ANGLES
    return Wall(pixels, labels, frozen(depth, np.float32), frozen(column, np.uint8))


def pasted(
    wall: Wall, scar: Infarct, index: int, look: Enhancement, rng: Generator
) -> tuple[Pixels, LabelMap]:
    """The slice with row ``index`` of an infarct in its viable wall, and its labels.

    The wave-front of ``simulate.sample`` runs from the endocardium outwards; MVO lies inside. A
    pixel's signal changes by the share of scar in it times the step from viable wall to scar. That
    share follows from the wave-front, blurred, and towards the blood pool from the signal itself: a
    pixel half-way between wall and pool holds half of either, wherever the outline was drawn, and
    no dark rim separates scar from pool. Noise stays. The labels give scar to the viable pixels
    that hold at least a half; scar that the slice has already stays as it is.
    """
    window = wall.labels.window(MARGIN_PX)
    codes, column = wall.labels.codes[window].copy(), wall.column[window]
    inwards, pixels = wall.depth[window], wall.pixels[window]
    depth, core = scar.depth[index][column], scar.mvo_depth[index][column]
    grain = ndimage.gaussian_filter(rng.normal(size=pixels.shape), GRAIN_PX)
    grain /= max(float(grain.std()), 1e-6)
    front = depth + np.where(depth > 0.0, scar.patchiness * grain, 0.0)
    border = np.clip(scar.border_mm / WALL_MM, *BORDERS)
    share = np.clip((front - inwards) / border + 0.5, 0.0, 1.0)
    viable = codes == Tissue.VIABLE
    pool = codes == Tissue.BLOOD_POOL
    rim = pool & (ndimage.distance_transform_edt(pool) <= RIM_BLURS * look.blur_px)
    share[~(viable | rim) | (depth <= LEAST_DEPTH)] = 0.0
    core_here = (core > 0.05) & (inwards < core + 0.1 * grain) & (inwards > scar.mvo_from)
    blocked = core_here & (share >= 0.5) & viable
    signal = np.where(blocked, look.mvo, look.scar + look.uneven * grain) * share
    mixed = ndimage.gaussian_filter(signal, look.blur_px) if look.blur_px else signal
    codes[viable & (share >= 0.5)] = Tissue.SCAR
    codes[blocked] = Tissue.MVO
    out, labels = wall.pixels.copy(), wall.labels.codes.copy()
    out[window] += wall.step * mixed * _muscle(wall, window)
    labels[window] = codes
    return out, LabelMap(labels)


def _muscle(wall: Wall, window: tuple[slice, slice]) -> Pixels:
    """Share of muscle in a pixel: by the signal at the blood pool, 1 towards the outside.

    The median of a pixel and its neighbours keeps borders and leaves noise out.
    """
    smooth = ndimage.median_filter(wall.pixels[window], 3)
    pool = float(np.median(wall.pixels[wall.labels.blood_pool]))
    by_signal = np.clip((pool - smooth) / wall.step, 0.0, 1.5) if wall.step else 1.0
    outwards = wall.depth[window]
    inside = wall.labels.wall[window] | wall.labels.blood_pool[window]
    return np.asarray(np.where(inside, outwards + (1.0 - outwards) * by_signal, 1.0), np.float32)
