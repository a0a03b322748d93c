"""The numbers that studies compare."""

from __future__ import annotations

import numpy as np
import pytest

from lgescar.core.image import Slice, SliceGeometry
from lgescar.core.study import Grid, Study
from lgescar.core.tissue import LabelMap, Tissue
from lgescar.studies.scores import scar_score


def study(*, known: bool) -> Study:
    """Two slices of 10 x 10 pixels of 2 x 2 mm, 10 mm apart."""
    spacing = (2.0, 2.0) if known else None
    slices = tuple(
        Slice(
            str(i),
            np.zeros((10, 10), np.float32),
            SliceGeometry((0, 0, 10.0 * i), (0, 1, 0), (1, 0, 0), spacing),
        )
        for i in range(2)
    )
    return Study(
        name="s",
        series_uid=None,
        slices=slices,
        indices=(0, 1),
        grid=Grid((10, 10, 2), np.eye(4)),
        slice_step_mm=10.0 if known else None,
    )


def labels(pixels: int) -> tuple[LabelMap, ...]:
    """``pixels`` of scar in the first row of the first slice."""
    codes = np.zeros((2, 10, 10), np.uint8)
    codes[0, 0, :pixels] = Tissue.SCAR
    return tuple(map(LabelMap, codes))


def test_dice_and_grams_of_half_a_scar() -> None:
    found = scar_score("c", "p", study(known=True), labels(8), [m.scar for m in labels(4)])
    assert found is not None
    # 2 x 4 / (8 + 4); a pixel is 2 x 2 x 10 mm3 = 0.04 ml = 0.042 g.
    assert found.dice == pytest.approx(2 / 3)
    assert found.scar_g_reference == pytest.approx(8 * 0.042)
    assert found.mass_bias_g == pytest.approx(-4 * 0.042)
    assert found.mass_error_g == pytest.approx(4 * 0.042)
    assert found.area_similarity == pytest.approx(1 - 4 / 12)


def test_nothing_predicted_has_no_distance_and_no_overlap() -> None:
    found = scar_score("c", "p", study(known=True), labels(8), [m.scar for m in labels(0)])
    assert found is not None
    assert (found.dice, found.hausdorff_95_mm) == (0.0, None)


def test_without_spacing_there_are_no_grams() -> None:
    found = scar_score("c", "p", study(known=False), labels(8), [m.scar for m in labels(8)])
    assert found is not None
    assert (found.dice, found.mass_bias_g, found.hausdorff_95_mm) == (1.0, None, None)


def test_a_patient_without_scar_is_in_no_mean() -> None:
    assert scar_score("c", "p", study(known=True), labels(0), [m.scar for m in labels(3)]) is None
