"""How far apart the borders of two masks lie.

A distance is in millimetres where the spacing is given and in pixels where it is not; the unit
travels with the number, and a summary of both kinds is refused. A stack has a distance in
millimetres only, because its step is no pixel.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from lgescar.core.errors import GeometryError

Mask = NDArray[np.bool_]
Unit = Literal["mm", "px"]


@dataclass(frozen=True, slots=True)
class BorderDistance:
    """Distances between two borders, all in ``unit``.

    ``hausdorff`` is the largest distance from either border to the other, ``hausdorff_95`` the
    95th percentile of all of them, ``mean`` their average over the pixels of both borders (ASSD).
    """

    hausdorff: float
    hausdorff_95: float
    mean: float
    unit: Unit


def border(mask: Mask) -> Mask:
    """Pixels of the mask with a neighbour outside it, by face; the image's edge is outside."""
    mask = np.asarray(mask, dtype=bool)
    return np.asarray(mask & ~ndimage.binary_erosion(mask))


def slice_distance(
    reference: Mask, predicted: Mask, spacing_mm: tuple[float, float] | None
) -> BorderDistance | None:
    """Border distances on one slice, in mm where the spacing is known and else in px.

    None where a mask is empty: there is no distance to nothing.
    Source: Huttenlocher et al., IEEE TPAMI 1993;15:850; docs/explain/metrics.md.
    """
    if reference.ndim != 2:
        raise GeometryError(f"a slice has 2 axes, found {reference.ndim}")
    if spacing_mm is None:
        return _distance(reference, predicted, (1.0, 1.0), "px")
    return _distance(reference, predicted, spacing_mm, "mm")


def stack_distance_mm(
    reference: Mask, predicted: Mask, spacing_mm: tuple[float, float, float]
) -> BorderDistance | None:
    """Border distances in 3-D over a patient's stack; ``spacing_mm`` follows the array's axes.

    None where a mask is empty.
    Source: Huttenlocher et al., IEEE TPAMI 1993;15:850; docs/explain/metrics.md.
    """
    if reference.ndim != 3:
        raise GeometryError(f"a stack has 3 axes, found {reference.ndim}")
    return _distance(reference, predicted, spacing_mm, "mm")


def mean_distance(distances: Sequence[BorderDistance]) -> BorderDistance | None:
    """Average of each distance over slices or patients, None without any.

    Raises:
        GeometryError: some are in mm and some in px.
    """
    if not distances:
        return None
    units = {d.unit for d in distances}
    if len(units) > 1:
        raise GeometryError("distances in mm and in px have no common mean; report them apart")
    return BorderDistance(
        float(np.mean([d.hausdorff for d in distances])),
        float(np.mean([d.hausdorff_95 for d in distances])),
        float(np.mean([d.mean for d in distances])),
        units.pop(),
    )


def _distance(
    reference: Mask, predicted: Mask, spacing: tuple[float, ...], unit: Unit
) -> BorderDistance | None:
    if reference.shape != predicted.shape:
        raise GeometryError(f"masks of {reference.shape} and {predicted.shape} cannot be compared")
    if not reference.any() or not predicted.any():
        return None
    # Both borders lie in the box round the two masks: distances there are those of the image.
    box = ndimage.find_objects((np.asarray(reference | predicted)).astype(np.uint8))[0]
    ours, theirs = border(reference)[box], border(predicted)[box]
    to_theirs = ndimage.distance_transform_edt(~theirs, sampling=spacing)[ours]
    to_ours = ndimage.distance_transform_edt(~ours, sampling=spacing)[theirs]
    both = np.concatenate([to_theirs, to_ours])
    return BorderDistance(
        float(both.max()),
        float(np.percentile(both, 95)),
        float(both.mean()),
        unit,
    )
