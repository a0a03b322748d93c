"""Pictures of slices with outlines: the reference's and the predicted ones."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont
from scipy import ndimage
from torch import Tensor

from lgescar.core.arrays import PixelMask, Pixels
from lgescar.core.box import Box
from lgescar.core.tissue import Tissue
from lgescar.prepare.prompt_maps import prompt_maps
from lgescar.train.dataset import LabelledSlice

SHOWN_DEVIATIONS = (-2.0, 3.0)
"""Standardised intensities shown black and white."""
SHOWN_PERCENTILES = (1.0, 99.0)
"""The same of a single slice, of its middle third: fat and air around the heart may saturate."""
REFERENCE = (255, 210, 0)
PREDICTED = (0, 225, 255)
SHOWN_SLICES = 4
TILE_PX = 288
"""Least side of a slice in the picture."""
LEGEND_PX = 24
Picture = NDArray[np.uint8]
"""Red, green and blue, (rows, cols, 3)."""


def grey_tile(image: Pixels, zoom: int, shown: tuple[float, float] = SHOWN_DEVIATIONS) -> Picture:
    """An image (rows, cols), each pixel ``zoom`` by ``zoom``; ``shown`` are black and white."""
    low, high = shown
    grey = np.clip((image - low) / (high - low), 0.0, 1.0) * 255.0
    large = np.kron(grey, np.ones((zoom, zoom))).astype(np.uint8)
    return np.repeat(large[:, :, None], 3, axis=2)


def inner_border(mask: PixelMask, zoom: int) -> PixelMask:
    """The outermost pixels of the enlarged mask."""
    fine = np.kron(mask, np.ones((zoom, zoom), bool))
    return np.asarray(fine & ~ndimage.binary_erosion(fine))


def outer_border(mask: PixelMask, zoom: int) -> PixelMask:
    """The pixels right around the enlarged mask, so that both borders of one mask are seen."""
    fine = np.kron(mask, np.ones((zoom, zoom), bool))
    return np.asarray(ndimage.binary_dilation(fine) & ~fine)


def box_masks(boxes: Iterable[Box], size: int) -> list[PixelMask]:
    """Each box as the pixels (size, size) it holds."""
    return [np.asarray(prompt_maps((size, size), [box], [], None)[0] > 0.5) for box in boxes]


def shown_slices(tune: Sequence[LabelledSlice], count: int = SHOWN_SLICES) -> list[LabelledSlice]:
    """The slice with most scar of up to ``count`` patients, spread over all: always the same."""
    names = sorted({(s.cohort, s.patient) for s in tune})
    chosen = [names[i * len(names) // count] for i in range(count)] if len(names) > count else names
    return [most_scarred(s for s in tune if (s.cohort, s.patient) == name) for name in chosen]


def most_scarred(slices: Iterable[LabelledSlice]) -> LabelledSlice:
    """The slice with most scar; of those without, the one with most wall."""

    def amount(one: LabelledSlice) -> tuple[int, int]:
        return int((one.codes >= Tissue.SCAR).sum()), int((one.codes >= Tissue.VIABLE).sum())

    return max(slices, key=amount)


def overlay_sheet(
    images: Sequence[Pixels],
    known: Sequence[Sequence[PixelMask]],
    found: Sequence[Sequence[PixelMask]],
) -> Picture:
    """A column a slice: as it is, and below it with every reference and predicted outline."""
    zoom = max(1, -(-TILE_PX // images[0].shape[0]))
    columns = []
    for image, references, predictions in zip(images, known, found, strict=True):
        plain = grey_tile(image, zoom, _window(image))
        drawn = plain.copy()
        for mask in references:
            drawn[inner_border(mask, zoom)] = REFERENCE
        for mask in predictions:
            drawn[outer_border(mask, zoom)] = PREDICTED
        plain[:, -1] = drawn[:, -1] = 0
        columns.append(np.concatenate([plain, drawn], axis=0))
    sheet = np.concatenate(columns, axis=1)
    return np.concatenate([_legend(sheet.shape[1]), sheet], axis=0)


def scar_sheet(images: Tensor, codes: Tensor, found: Tensor) -> Picture:
    """``overlay_sheet`` of views (n, 1, size, size), their tissues and the scar found in each."""
    known, predicted = (codes >= Tissue.SCAR).numpy(), found.bool().cpu().numpy()
    views = list(images[:, 0].numpy())
    return overlay_sheet(views, [[m] for m in known], [[m] for m in predicted])


def _window(image: Pixels) -> tuple[float, float]:
    rows, cols = (n // 3 for n in image.shape)
    low, high = np.percentile(image[rows:-rows, cols:-cols], SHOWN_PERCENTILES)
    return float(low), max(float(high), float(low) + 1e-6)


def _legend(width: int) -> Picture:
    strip = Image.new("RGB", (width, LEGEND_PX))
    draw, font = ImageDraw.Draw(strip), ImageFont.load_default(size=LEGEND_PX * 2 // 3)
    draw.text((6, 3), "reference", fill=REFERENCE, font=font)
    draw.text((102, 3), "predicted", fill=PREDICTED, font=font)
    return np.asarray(strip)
