"""How good the images of a study are, estimated from intensities and outlines."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from lgescar.core.study import Note

Grade = Literal["good", "fair", "poor"]

INDICES = (
    "snr",
    "cnr_scar_remote",
    "cnr_scar_blood_pool",
    "cnr_blood_pool_remote",
    "edge_width_mm",
)
"""The indices by name, as fields of ``Quality`` and ``SliceQuality``."""
NEEDS = {
    "snr": ("quality-no-blood-pool", "quality-no-zero"),
    "cnr_scar_remote": ("quality-no-blood-pool", "quality-no-scar", "quality-no-remote"),
    "cnr_scar_blood_pool": ("quality-no-blood-pool", "quality-no-scar"),
    "cnr_blood_pool_remote": ("quality-no-blood-pool", "quality-no-remote"),
    "edge_width_mm": ("quality-no-spacing", "quality-no-edge"),
}
"""Codes of the notes that say what each index lacks, in the order in which it is looked for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SliceQuality:
    """Indices of one slice; ``index`` counts along the input's slice axis. None without basis.

    ``noise_sd`` is in units of the image. ``snr`` is the blood pool's level over it. ``cnr_a_b``
    is the level of a less that of b, over it, and may be negative. ``edge_width_mm`` is the
    10-90 % width of the border between blood pool and wall: smaller is sharper.
    """

    index: int
    noise_sd: float | None = None
    snr: float | None = None
    cnr_scar_remote: float | None = None
    cnr_scar_blood_pool: float | None = None
    cnr_blood_pool_remote: float | None = None
    edge_width_mm: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Quality:
    """Indices of a study, each the median over the slices that have it; None with a note why.

    ``better_than_percent`` says by index which share of the studies that lgescar was developed
    on is worse, ``grade`` what these say together; no reader gave it.
    """

    snr: float | None = None
    cnr_scar_remote: float | None = None
    cnr_scar_blood_pool: float | None = None
    cnr_blood_pool_remote: float | None = None
    edge_width_mm: float | None = None
    better_than_percent: Mapping[str, float] = field(default_factory=dict)
    grade: Grade | None = None
    notes: tuple[Note, ...] = ()
    slices: tuple[SliceQuality, ...] = ()
