"""One scale of brightness for every scanner."""

from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from lgescar.core.arrays import Pixels
from lgescar.core.image import Slice

CLIP_PERCENTILES = (1.0, 99.0)
"""Percentiles that bound the range of brightness. Source: common practice for MRI (nnU-Net's own
z-score lacks the clip, and a few pixels of bright fat or coil shading would set its scale)."""


def standardised(samples: Pixels, counted: NDArray[np.bool_] | None = None) -> Pixels:
    """Samples clipped to their 1-99 percentiles, then mean 0 and deviation 1.

    Any gain and any pedestal cancel, so signed PSIR, 8-bit exports and magnitude images meet on
    one scale. ``counted`` marks the samples over the picture: they alone set the scale, and
    samples beyond it become as dark as its darkest. A constant image becomes 0.
    """
    chosen = samples if counted is None or not counted.any() else samples[counted]
    low, high = np.percentile(chosen, CLIP_PERCENTILES)
    clipped = np.clip(chosen, low, high)
    deviation = float(clipped.std())
    if not deviation > 1e-6 * max(1.0, abs(float(high)), abs(float(low))):
        return np.zeros_like(samples, dtype=np.float32)
    bounded = np.clip(samples, low, high)
    if counted is not None:
        bounded = np.where(counted, bounded, low)
    return np.asarray((bounded - clipped.mean()) / deviation, np.float32)


def pictured(pixels: Pixels) -> NDArray[np.bool_]:
    """True where a slice shows something: blank padding repeats the slice's minimum."""
    return np.asarray(pixels > pixels.min())


class SamplingGrid(Protocol):
    """A square frame or a polar disc at whose points a slice is sampled."""

    def sample(self, image: NDArray[np.floating]) -> Pixels:
        """The image at the points of the grid."""
        ...

    def inside(self) -> Pixels:
        """1 where a sample lies over the slice, 0 beyond it."""
        ...


def seen_through(grid: SamplingGrid, image: Slice) -> Pixels:
    """The slice's samples on a grid, standardised over what is picture and not padding."""
    both = np.stack([image.pixels, pictured(image.pixels).astype(np.float32)])
    samples, shown = grid.sample(both)
    return standardised(samples, (grid.inside() > 0.5) & (shown > 0.5))
