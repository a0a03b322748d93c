"""How much scar there is in a study."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from lgescar.core.errors import GeometryError
from lgescar.core.report import Quantities
from lgescar.core.study import Note, Study
from lgescar.core.tissue import LabelMap
from lgescar.measure.mass import TissuePixels, mass_g, scar_percent_of_lv, volume_basis
from lgescar.measure.polar import Spokes, spokes
from lgescar.measure.segments import Bullseye, bullseye, cavity_shrinks_backwards
from lgescar.measure.transmurality import Transmurality, transmurality

PATIENT_ORIGIN = (
    "anterior RV insertion taken 20 degrees septal of the patient's anterior-superior direction"
)
IMAGE_ORIGIN = "anterior RV insertion taken 20 degrees left of the top of the stored image"
NO_WALL = Note(
    "no-wall", "no left-ventricular wall was outlined: its mass is unknown and scar is 0"
)
ORDER_UNKNOWN = Note("order-unknown", "nothing tells base from apex: AHA segments are withheld")
TOO_FEW_CLOSED = Note(
    "too-few-closed-slices",
    "fewer than three slices show a closed wall: AHA segments are withheld",
)


def measure(
    study: Study,
    labels: tuple[LabelMap, ...],
    wheels: Sequence[Spokes | None] | None = None,
) -> tuple[Quantities, tuple[Note, ...]]:
    """Scar and left-ventricular mass, their ratio, transmurality and AHA segments.

    Each pixel stands for its area times the step between slices from their positions. A
    quantity that the study gives no basis for is None and a note says why: one of ``study.notes``
    or one of those returned, which repeat no code of the study's. Without scar the scar's
    quantities are 0. ``wheels`` are the spokes of the label maps where they are known already.

    Raises:
        GeometryError: the labels are not one map for each slice, of the slice's size.
    """
    shapes = {label_map.codes.shape for label_map in labels}
    if len(labels) != len(study.slices) or shapes != {study.slices[0].shape}:
        raise GeometryError(
            f"a study of {len(study.slices)} slices of {study.slices[0].shape} pixels needs one "
            f"label map of that size for each, found {len(labels)} of {sorted(shapes)}"
        )
    pixels = TissuePixels.of(labels)
    per_pixel_ml, notes = volume_basis(study)
    if wheels is None:
        wheels = [spokes(label_map, study.spacing_mm) for label_map in labels]
    across, transmural_notes = _transmurality(labels, wheels)
    segments, segment_notes = _segments(study, labels, wheels)
    if pixels.wall == 0:
        notes = (*notes, NO_WALL)
    scar_ml = None if per_pixel_ml is None else pixels.scar * per_pixel_ml
    quantities = Quantities(
        lv_mass_g=mass_g(pixels.wall * per_pixel_ml) if per_pixel_ml and pixels.wall else None,
        scar_mass_g=None if scar_ml is None else mass_g(scar_ml),
        scar_volume_ml=scar_ml,
        scar_percent_of_lv=scar_percent_of_lv(pixels),
        mvo_mass_g=None if per_pixel_ml is None else mass_g(pixels.mvo * per_pixel_ml),
        transmural_extent_percent=across.scarred_percent if across else None,
        transmural_extent_all_percent=across.all_percent if across else None,
        transmural_over_half_percent=across.over_half_percent if across else None,
        transmural_segments=segments.transmural if segments else (),
        aha=segments.segments if segments else (),
        aha_origin=None if segments is None else _origin(segments),
    )
    known = {note.code for note in study.notes}
    new = (note for note in (*notes, *transmural_notes, *segment_notes) if note.code not in known)
    return quantities, tuple(new)


def _origin(segments: Bullseye) -> str:
    return PATIENT_ORIGIN if segments.oriented else IMAGE_ORIGIN


def _transmurality(
    labels: Sequence[LabelMap], wheels: Sequence[Spokes | None]
) -> tuple[Transmurality | None, tuple[Note, ...]]:
    result = transmurality([wheel for wheel in wheels if wheel is not None])
    left_out = sum(
        bool(np.any(label_map.scar))
        for label_map, wheel in zip(labels, wheels, strict=True)
        if wheel is None
    )
    text = (
        f"{left_out} slices with scar show no blood pool to measure transmurality from; "
        "it leaves them out"
    )
    return result, (Note("no-cavity", text),) if left_out else ()


def _segments(
    study: Study, labels: Sequence[LabelMap], wheels: Sequence[Spokes | None]
) -> tuple[Bullseye | None, tuple[Note, ...]]:
    if study.view == "other" or not any(np.any(label_map.wall) for label_map in labels):
        return None, ()
    trend = None if study.order_known else cavity_shrinks_backwards(labels)
    if not study.order_known and trend is None:
        return None, (ORDER_UNKNOWN,)
    result = bullseye(study, labels, wheels, apex_first=bool(trend))
    if result is None:
        return None, (TOO_FEW_CLOSED,)
    text = f"no right ventricle was outlined: AHA segments are numbered with the {_origin(result)}"
    text += "" if result.oriented else ", which may not be anterior"
    notes = (Note("aha-origin-assumed", text),)
    if study.order_known:
        return result, notes
    text = (
        f"positions do not tell base from apex: the {'last' if trend else 'first'} slice is taken "
        "as basal because the heart is larger towards it"
    )
    return result, (*notes, Note("order-assumed", text))
