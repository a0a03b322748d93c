"""Scar by brightness, given the wall: the rules that readers and papers compare with.

Every rule decides slice by slice and only inside the wall. Each takes the brightest tissue for
scar, so a wall without scar gets some all the same, and dark MVO is left out: docs/explain/
thresholds.md says what each reaches on patients.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Protocol

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from lgescar.core.arrays import PixelMask, Pixels, Probability, frozen
from lgescar.core.errors import PromptError
from lgescar.core.image import Slice
from lgescar.core.prompt import Prompt

REMOTE_SECTOR_DEGREES = 60.0
"""Width of the automatic remote region: one sector of a six-segment wall.
Ours: docs/explain/thresholds.md shows what it reaches."""
SECTOR_STEP_DEGREES = 10.0
"""Step between the sectors that are tried. Ours; divides 90, so that turning changes nothing."""
HISTOGRAM_BINS = 256
"""Levels that Otsu's cutoff is sought on: 8 bits."""
EM_ROUNDS = 200
"""Upper bound of expectation-maximisation rounds; it settles in far fewer."""

Values = NDArray[np.float64]


class Threshold(Protocol):
    """A rule that weighs each pixel of the wall in [0, 1]; 0 outside it."""

    def __call__(
        self, pixels: Pixels, wall: PixelMask, *, remote: PixelMask | None = None
    ) -> Probability:
        """``remote`` is scar-free wall; None lets the rule find it where it needs one."""
        ...


def automatic_remote(pixels: Pixels, wall: PixelMask) -> PixelMask:
    """The darkest 60-degree sector of the wall: unscarred as long as one such sector is.

    Darkest by mean, round the wall's centre. It fails where MVO or dark artefacts fill a sector.
    Source: ours; docs/explain/thresholds.md.
    """
    rows, cols = np.nonzero(wall)
    best, darkest = np.asarray(wall), np.inf
    if rows.size == 0:
        return best
    angle = np.degrees(np.arctan2(rows - rows.mean(), cols - cols.mean()))
    values = pixels[rows, cols]
    for middle in np.arange(0.0, 360.0, SECTOR_STEP_DEGREES):
        # Both borders belong to the sector, so that its mirror image holds the same pixels.
        apart = np.abs((angle - middle + 180.0) % 360.0 - 180.0)
        inside = apart <= REMOTE_SECTOR_DEGREES / 2.0 + 1e-6
        if np.count_nonzero(inside) < min(5, rows.size):
            continue
        mean = float(values[inside].mean(dtype=np.float64))
        if mean < darkest - 1e-6:
            darkest = mean
            best = np.zeros_like(wall)
            best[rows[inside], cols[inside]] = True
    return best


def fwhm_of_maximum(
    pixels: Pixels, wall: PixelMask, *, remote: PixelMask | None = None
) -> Probability:
    """Scar is brighter than half of the wall's maximum.

    Means something only where nulled wall is near 0: not on PSIR or any image with a pedestal.
    The hyperenhanced region is the wall itself here; ``remote`` plays no part.
    Source: Amado et al., J Am Coll Cardiol 2004;44:2383.
    """
    return _above(pixels, wall, remote, lambda values, _: float(values.max()) / 2.0)


def fwhm_of_range(
    pixels: Pixels, wall: PixelMask, *, remote: PixelMask | None = None
) -> Probability:
    """Scar is brighter than half-way between the wall's minimum and maximum.

    Source: docs/explain/thresholds.md.
    """
    return _above(pixels, wall, remote, lambda values, _: float(values.min() + values.max()) / 2.0)


def fwhm_from_remote(
    pixels: Pixels, wall: PixelMask, *, remote: PixelMask | None = None
) -> Probability:
    """Scar is brighter than half-way between the remote mean and the wall's maximum.

    The only variant of full width at half maximum that a pedestal does not shift.
    Source: Hsu et al., J Magn Reson Imaging 2006;23:298.
    """
    return _above(pixels, wall, remote, lambda values, far: float(far.mean() + values.max()) / 2.0)


def n_sd(
    pixels: Pixels, wall: PixelMask, *, remote: PixelMask | None = None, n: float = 5.0
) -> Probability:
    """Scar is brighter than the remote mean by ``n`` standard deviations of remote.

    Source: Kim et al., Circulation 1999;100:1992 (2 SD); Bondarenko et al., J Cardiovasc Magn
    Reson 2005;7:481 (5 SD).
    """
    return _above(pixels, wall, remote, lambda _, far: float(far.mean() + n * far.std()))


def otsu(pixels: Pixels, wall: PixelMask, *, remote: PixelMask | None = None) -> Probability:
    """Scar is the brighter of the two classes that differ most within the wall.

    Source: Otsu, IEEE Trans Syst Man Cybern 1979;9:62. ``remote`` plays no part.
    """
    return _above(pixels, wall, remote, lambda values, _: otsu_cutoff(values))


def ewa(pixels: Pixels, wall: PixelMask, *, remote: PixelMask | None = None) -> Probability:
    """Each pixel's share of infarct by partial volume; the sum of shares is the infarct's size.

    Two normal distributions are fitted to the wall by expectation maximisation. A pixel weighs 0
    at the darker mean, 1 at the brighter, linearly between. Only pixels that are more likely
    bright than dark weigh, and their neighbours, which hold the infarct's rim.
    Source: Heiberg et al., Radiology 2008;246:581, pixels weighted by intensity; Engblom et al.,
    J Cardiovasc Magn Reson 2016;18:27, EM for the threshold. Ours: slice by slice, the one-pixel
    rim, no coronary prior and no rule for MVO. ``remote``, if given, sets the dark mean.
    """
    weights = np.zeros(wall.shape, dtype=np.float32)
    values = pixels[wall].astype(np.float64)
    if values.size < 2 or values.min() == values.max():
        return frozen(weights)
    dark, bright, likely = _two_normals(values)
    if remote is not None and (remote & wall).any():
        dark = float(pixels[remote & wall].mean(dtype=np.float64))
    if bright <= dark:
        return frozen(weights)
    core = np.zeros(wall.shape, dtype=bool)
    core[wall] = likely
    region = ndimage.binary_dilation(core) & wall
    weights[region] = np.clip((pixels[region] - dark) / (bright - dark), 0.0, 1.0)
    return frozen(weights)


def otsu_cutoff(values: Values) -> float:
    """The level that leaves the most variance between the values below and above it.

    Source: Otsu, IEEE Trans Syst Man Cybern 1979;9:62.
    """
    counts, edges = np.histogram(values, HISTOGRAM_BINS)
    middles = (edges[:-1] + edges[1:]) / 2.0
    share = counts / counts.sum()
    below, mean_below = np.cumsum(share)[:-1], np.cumsum(share * middles)[:-1]
    total = float(np.sum(share * middles))
    between = (total * below - mean_below) ** 2 / np.maximum(below * (1.0 - below), 1e-12)
    return float(edges[1 + int(np.argmax(between))])


def _above(
    pixels: Pixels,
    wall: PixelMask,
    remote: PixelMask | None,
    cutoff: Callable[[Values, Values], float],
) -> Probability:
    """1 where the wall is brighter than ``cutoff(wall values, remote values)``, else 0."""
    scar = np.zeros(wall.shape, dtype=np.float32)
    values = pixels[wall].astype(np.float64)
    if values.size == 0 or values.min() == values.max():
        return frozen(scar)
    far = remote & wall if remote is not None else automatic_remote(pixels, wall)
    if not far.any():
        raise PromptError("the remote region holds no pixel of the wall; draw it inside")
    scar[wall] = values > cutoff(values, pixels[far].astype(np.float64))
    return frozen(scar)


def _two_normals(values: Values) -> tuple[float, float, NDArray[np.bool_]]:
    """Means of the darker and brighter class, and which values are more likely bright."""
    share = (values > otsu_cutoff(values)).astype(np.float64)
    floor = (1e-3 * float(values.max() - values.min())) ** 2
    means = np.array([0.0, 0.0])
    for _ in range(EM_ROUNDS):
        of_class = np.stack([1.0 - share, share])
        total = of_class.sum(axis=1) + 1e-12
        means = (of_class @ values) / total
        spread = np.sum(of_class * (values - means[:, None]) ** 2, axis=1) / total + floor
        log_likely = (
            np.log(total / values.size)[:, None]
            - 0.5 * np.log(spread)[:, None]
            - 0.5 * (values - means[:, None]) ** 2 / spread[:, None]
        )
        # A wide dark class must not claim the brightest pixels, nor the bright one the darkest.
        odds = np.clip(log_likely[1] - log_likely[0], -50.0, 50.0)
        odds = np.where(values >= means[1], 50.0, np.where(values <= means[0], -50.0, odds))
        update = 1.0 / (1.0 + np.exp(-odds))
        settled = np.allclose(update, share, atol=1e-4)
        share = update
        if settled:
            break
    return float(means[0]), float(means[1]), np.asarray(share > 0.5)


THRESHOLDS: dict[str, Threshold] = {
    "fwhm-maximum": fwhm_of_maximum,
    "fwhm-range": fwhm_of_range,
    "fwhm-remote": fwhm_from_remote,
    "2sd": partial(n_sd, n=2.0),
    "3sd": partial(n_sd, n=3.0),
    "4sd": partial(n_sd, n=4.0),
    "5sd": partial(n_sd, n=5.0),
    "6sd": partial(n_sd, n=6.0),
    "otsu": otsu,
    "ewa": ewa,
}
"""The rules by name. The name stands beside every number that a rule gave."""


class ThresholdSegmenter:
    """A rule on one slice: inside the boxes of a prompt, and inside ``wall``.

    Where no wall is known, the pixels of the boxes stand for it.

    Raises:
        PromptError: the name is no rule of ``THRESHOLDS``.
    """

    nbytes = 0

    def __init__(self, rule: str, image: Slice, wall: PixelMask) -> None:
        if rule not in THRESHOLDS:
            raise PromptError(f"no threshold is called {rule}; choose {', '.join(THRESHOLDS)}")
        self._rule = rule
        self._image = image
        self._wall = wall

    def scar(self, prompt: Prompt) -> Probability:
        """The rule's weights inside the prompt's boxes.

        Raises:
            PromptError: the prompt has no box.
        """
        if not prompt.boxes:
            raise PromptError("a threshold needs a box around the scar; it cannot use points")
        rows, cols = np.indices(self._image.shape) + 0.5
        inside = np.zeros(self._image.shape, dtype=bool)
        for box in prompt.boxes:
            inside |= (
                (rows >= box.top) & (rows < box.bottom) & (cols >= box.left) & (cols < box.right)
            )
        wall = self._wall if self._wall.any() else inside
        weights = THRESHOLDS[self._rule](self._image.pixels, wall)
        return frozen(np.where(inside, weights, 0.0), np.float32)
