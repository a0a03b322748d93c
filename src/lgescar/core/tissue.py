"""What a pixel can be. The only place that decides what counts as scar and as wall."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum

import numpy as np

from lgescar.core.arrays import Codes, PixelMask, frozen
from lgescar.core.errors import InputError

MYOCARDIAL_DENSITY_G_PER_ML = 1.05
"""Mass per volume of muscle. Source: the references named in docs/explain/mass.md."""


class Tissue(IntEnum):
    """Codes of a label map, as written to ``labels.nii.gz``."""

    BACKGROUND = 0
    BLOOD_POOL = 1
    VIABLE = 2
    SCAR = 3
    MVO = 4


@dataclass(frozen=True, slots=True)
class LabelMap:
    """The tissue of every pixel of one slice.

    MVO lies inside the infarct and counts as scar; scar lies inside the wall and counts as wall.

    Raises:
        InputError: the array is not 2-D or holds a code that is no ``Tissue``.
    """

    codes: Codes

    def __post_init__(self) -> None:
        codes = np.asarray(self.codes)
        if codes.ndim != 2:
            raise InputError(f"a label map has 2 axes (rows, cols), found shape {codes.shape}")
        if codes.size and (codes.min() < 0 or codes.max() > Tissue.MVO):
            raise InputError(f"label codes run from 0 to 4, found {codes.min()} to {codes.max()}")
        object.__setattr__(self, "codes", frozen(codes, np.uint8))

    @property
    def blood_pool(self) -> PixelMask:
        """Pixels of the left-ventricular cavity."""
        return np.asarray(self.codes == Tissue.BLOOD_POOL)

    @property
    def wall(self) -> PixelMask:
        """Pixels of the left-ventricular wall: viable, scar and MVO."""
        return np.asarray(self.codes >= Tissue.VIABLE)

    @property
    def viable(self) -> PixelMask:
        """Pixels of wall that is not scarred."""
        return np.asarray(self.codes == Tissue.VIABLE)

    @property
    def scar(self) -> PixelMask:
        """Pixels of infarct: enhanced tissue and the MVO within it."""
        return np.asarray(self.codes >= Tissue.SCAR)

    @property
    def mvo(self) -> PixelMask:
        """Pixels of microvascular obstruction."""
        return np.asarray(self.codes == Tissue.MVO)

    def window(self, margin_px: int) -> tuple[slice, slice]:
        """Rows and columns that hold the heart and a margin; the whole slice without a heart."""
        rows, cols = np.nonzero(self.codes)
        if rows.size == 0:
            return slice(None), slice(None)
        return (
            slice(max(0, int(rows.min()) - margin_px), int(rows.max()) + margin_px + 1),
            slice(max(0, int(cols.min()) - margin_px), int(cols.max()) + margin_px + 1),
        )

    def with_scar_only(self, where: PixelMask) -> LabelMap:
        """The same with scar nowhere but in ``where``: other scar becomes viable."""
        return LabelMap(np.where(self.scar & ~where, np.uint8(Tissue.VIABLE), self.codes))
