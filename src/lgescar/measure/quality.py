"""How good the images are, estimated from intensities and outlines: signal, contrast, sharpness."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy import ndimage

from lgescar.core.arrays import PixelMask, Pixels
from lgescar.core.quality import INDICES, NEEDS, Quality, SliceQuality
from lgescar.core.study import Note, Study
from lgescar.core.tissue import LabelMap, Tissue
from lgescar.measure.edge import edge_width_mm
from lgescar.measure.grade import better_than_percent, grade_of
from lgescar.measure.noise import noise_sd

LEAST_PX = 8
"""Fewest pixels that a tissue's level is the median of. Ours: its error is then half the noise."""
RIM_PX = 1
"""Pixels at the border of wall and pool that are left out, as they mix two tissues. Ours."""
AWAY_PX = 2
"""Remote wall lies further than this from scar, past its border zone. Ours."""
PEDESTAL_SHARE = 1.0 / 3.0
"""Above this share of the brightest tissue remote wall is not near a zero that stands for no
signal. Ours: docs/explain/quality.md, "Signal"."""
BRIGHTEST_PERCENT = 99.5

REASONS = {
    "quality-no-blood-pool": "no blood pool was outlined in which noise can be measured",
    "quality-no-scar": "there is no scar, or too little to have a level",
    "quality-no-remote": "no slice with the other tissue shows viable wall away from scar",
    "quality-no-zero": "nothing says which intensity stands for no signal",
    "quality-no-spacing": "the size of a pixel is unknown",
    "quality-no-edge": "too little of the border between blood pool and viable wall shows",
}


@dataclass(frozen=True, slots=True)
class _Levels:
    """Median intensity of each tissue and SD of the noise on one slice; None without basis."""

    blood_pool: float | None
    remote: float | None
    scar: float | None
    noise: float | None


def quality(study: Study, labels: Sequence[LabelMap]) -> Quality:
    """Signal, contrast and sharpness of a study with its outlines, one map for each slice.

    Every slice has noise and levels of its own, as some files stretch each to its own range, and
    a study's index is the median over slices. Levels are medians too: an outline that is a little
    off does not move them. Scaling or shifting the intensities changes no contrast.
    Source: docs/explain/quality.md.
    """
    levels = [
        _levels(image.pixels, label_map, study.spacing_mm)
        for image, label_map in zip(study.slices, labels, strict=True)
    ]
    zero = _zero_known(study, levels)
    slices = tuple(
        SliceQuality(
            index=int(index),
            noise_sd=level.noise,
            snr=_over(level.blood_pool, 0.0, level.noise) if zero else None,
            cnr_scar_remote=_over(level.scar, level.remote, level.noise),
            cnr_scar_blood_pool=_over(level.scar, level.blood_pool, level.noise),
            cnr_blood_pool_remote=_over(level.blood_pool, level.remote, level.noise),
            edge_width_mm=edge_width_mm(image.pixels, label_map, study.spacing_mm),
        )
        for index, image, label_map, level in zip(
            study.indices, study.slices, labels, levels, strict=True
        )
    )
    found = {name: _median([getattr(s, name) for s in slices]) for name in INDICES}
    standing = better_than_percent(found)
    given: dict[str, bool] = {
        "quality-no-blood-pool": any(level.noise is not None for level in levels),
        "quality-no-scar": any(level.scar is not None for level in levels),
        "quality-no-remote": any(level.remote is not None for level in levels),
        "quality-no-zero": zero,
        "quality-no-spacing": study.spacing_mm is not None,
    }
    named: dict[str, Any] = found
    return Quality(
        **named,
        better_than_percent=standing,
        grade=grade_of(standing),
        notes=_notes(found, given),
        slices=slices,
    )


def quality_notes(found: Quality) -> tuple[Note, ...]:
    """What a reader of the report must know of its images: that they are poor."""
    if found.grade != "poor":
        return ()
    return (
        Note(
            "image-quality-poor",
            "contrast and sharpness of the images are poor beside those lgescar was developed on: "
            "look at the outlines of every slice",
        ),
    )


def _levels(pixels: Pixels, labels: LabelMap, spacing_mm: tuple[float, float] | None) -> _Levels:
    part = labels.window(RIM_PX + AWAY_PX)
    pixels, labels = pixels[part], LabelMap(labels.codes[part])
    pool = ndimage.binary_erosion(labels.blood_pool, iterations=RIM_PX)
    wall = ndimage.binary_erosion(labels.wall, iterations=RIM_PX)
    scar = labels.scar
    near = ndimage.binary_dilation(scar, np.ones((3, 3), bool), AWAY_PX) if scar.any() else scar
    return _Levels(
        blood_pool=_level(pixels, pool),
        remote=_level(pixels, wall & ~near),
        scar=_level(pixels, np.asarray(labels.codes == Tissue.SCAR)),
        noise=noise_sd(pixels, pool, spacing_mm),
    )


def _level(pixels: Pixels, tissue: PixelMask) -> float | None:
    values = pixels[tissue]
    return float(np.median(values)) if values.size >= LEAST_PX else None


def _over(level: float | None, other: float | None, noise: float | None) -> float | None:
    """Difference of two levels in units of the noise."""
    if level is None or other is None or noise is None:
        return None
    return (level - other) / noise


def _zero_known(study: Study, levels: Sequence[_Levels]) -> bool:
    """Whether intensity 0 stands for no signal.

    It does where the file says magnitude, where intensities are signed, and where remote wall,
    which is nulled, lies near 0. Elsewhere 0 is the foot of a pedestal, as on 8-bit PSIR.
    """
    if study.sequence == "magnitude":
        return True
    remote = _median([level.remote for level in levels])
    if remote is None:
        return False
    if any(float(image.pixels.min()) < 0.0 for image in study.slices):
        return True
    # Every second pixel tells the percentile of so many as well.
    seen = np.stack([image.pixels[::2, ::2] for image in study.slices])
    return remote < PEDESTAL_SHARE * float(np.percentile(seen, BRIGHTEST_PERCENT))


def _median(values: Sequence[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return float(np.median(known)) if known else None


def _notes(found: dict[str, float | None], given: dict[str, bool]) -> tuple[Note, ...]:
    """One note for each thing that indices lack."""
    lacking = []
    for name, needs in NEEDS.items():
        if found[name] is None:
            lacking.append(next((need for need in needs if not given.get(need, False)), needs[-1]))
    return tuple(Note(code, REASONS[code]) for code in dict.fromkeys(lacking))
