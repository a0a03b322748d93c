"""How much the intensity of one tissue scatters from pixel to pixel by noise alone."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from lgescar.core.arrays import PixelMask, Pixels

ACQUIRED_MM = 1.5
"""Distance over which noise is compared, in whole pixels and one at least. Ours: about the acquired
pixel; images interpolated to finer ones have the noise of neighbours alike."""
LEAST_SAMPLES = 60
"""Fewest differences that an estimate is made from. Ours: it then errs by 15 % or so."""
SD_PER_MEDIAN = 1.4826
"""SD of a normal distribution over its median absolute value. Source: Hampel, J Am Stat Assoc
1974;69:383."""
CLIP_SD = 3.0
"""Differences beyond this many SD count as this many: they lie on papillary muscle. Ours; takes
0.1 % from the mean of normal ones."""
DIFFERENCE = (1.0, -4.0, 6.0, -4.0, 1.0)
VARIANCE = sum(weight**2 for weight in DIFFERENCE)
"""Weights of five pixels in a row, which cancel levels, slopes and bends of the intensity; and the
variance of their sum where each pixel has variance 1."""

Floats = NDArray[np.float64]


def noise_sd(
    pixels: Pixels, tissue: PixelMask, spacing_mm: tuple[float, float] | None
) -> float | None:
    """SD of the noise within one kind of tissue, in units of the image; both are (rows, cols).

    From differences of five pixels in a row or column, all in ``tissue``, so that the shading of
    surface coils and slow changes within the tissue cancel. None where there are too few, or
    where most are 0: that is no measured tissue. Where the spacing is unknown neighbours are
    compared, and noise is underrated if the image was interpolated.
    Source: Immerkær, Comput Vis Image Underst 1996;64:300 (mean absolute difference times
    sqrt(pi / 2)); differences of higher order, the lag and the clipping are ours:
    docs/explain/quality.md, "Noise".
    """
    row_mm, col_mm = spacing_mm or (ACQUIRED_MM, ACQUIRED_MM)
    down = _differences(pixels, tissue, max(1, round(ACQUIRED_MM / row_mm)))
    across = _differences(pixels.T, tissue.T, max(1, round(ACQUIRED_MM / col_mm)))
    found = np.abs(np.concatenate([down, across]))
    if found.size < LEAST_SAMPLES:
        return None
    limit = CLIP_SD * SD_PER_MEDIAN * float(np.median(found))
    sd = float(np.minimum(found, limit).mean()) * float(np.sqrt(np.pi / 2.0 / VARIANCE))
    return sd if sd > 0.0 else None


def _differences(pixels: Pixels, tissue: PixelMask, lag: int) -> Floats:
    """``DIFFERENCE`` down the columns where all five pixels, ``lag`` apart, are tissue."""
    rows = pixels.shape[0] - (len(DIFFERENCE) - 1) * lag
    if rows <= 0:
        return np.zeros(0)
    parts = [slice(i * lag, i * lag + rows) for i in range(len(DIFFERENCE))]
    inside = np.logical_and.reduce([tissue[part] for part in parts])
    return np.asarray(
        sum(
            weight * pixels[part][inside].astype(np.float64)
            for weight, part in zip(DIFFERENCE, parts, strict=True)
        )
    )
