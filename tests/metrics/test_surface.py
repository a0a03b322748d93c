"""Distances between squares, ellipses, and the two annotations of one patient."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import nibabel as nib
import numpy as np
import pytest

from lgescar.core.errors import GeometryError
from lgescar.metrics.overlap import dice
from lgescar.metrics.surface import (
    BorderDistance,
    border,
    mean_distance,
    slice_distance,
    stack_distance_mm,
)


def ellipsoid(middle: tuple[float, ...], radii: tuple[float, ...]) -> Any:
    places = np.indices((9, 60, 64)).reshape(3, -1) - np.array(middle)[:, None]
    inside = ((places / np.array(radii)[:, None]) ** 2).sum(axis=0) <= 1.0
    return inside.reshape(9, 60, 64)


ONE, OTHER = ellipsoid((4, 30, 30), (3.2, 14, 18)), ellipsoid((4, 33, 28), (4.1, 15, 12))
SPACING = (8.0, 1.3, 1.7)


def shifted(rows: int) -> Any:
    mask = np.zeros((40, 40), bool)
    mask[10 + rows : 20 + rows, 10:20] = True
    return mask


def test_a_square_moved_by_three_rows_is_three_rows_away() -> None:
    moved = slice_distance(shifted(0), shifted(3), None)
    assert moved is not None
    assert (moved.hausdorff, moved.unit) == (3.0, "px")


def test_distances_scale_with_spacing() -> None:
    moved = slice_distance(shifted(0), shifted(3), (2.5, 1.0))
    assert moved is not None
    assert (moved.hausdorff, moved.unit) == (7.5, "mm")


def test_equal_masks_are_no_distance_apart() -> None:
    assert slice_distance(ONE[4], ONE[4], None) == BorderDistance(0.0, 0.0, 0.0, "px")


def test_there_is_no_distance_to_nothing() -> None:
    empty = np.zeros((40, 40), bool)
    assert slice_distance(shifted(0), empty, None) is None
    assert slice_distance(empty, shifted(0), (1.0, 1.0)) is None


def test_the_largest_distance_counts_and_the_95th_percentile_forgives() -> None:
    speck = shifted(0)
    speck[35, 15] = True
    found = slice_distance(shifted(0), speck, None)
    assert found is not None
    # From the speck up to the last row of the square.
    assert found.hausdorff == 35 - 19
    assert found.hausdorff_95 == 0.0
    # 36 border pixels each way, one more for the speck.
    assert found.mean == pytest.approx(16 / 73)


def test_the_border_is_the_outer_row_of_pixels() -> None:
    assert np.count_nonzero(border(shifted(0))) == 36
    assert border(np.ones((3, 3), bool)).sum() == 8


def test_millimetres_and_pixels_have_no_mean() -> None:
    both = [BorderDistance(1, 1, 1, "mm"), BorderDistance(1, 1, 1, "px")]
    with pytest.raises(GeometryError, match="apart"):
        mean_distance(both)
    assert mean_distance([]) is None


def test_the_mean_of_slices_is_taken_distance_by_distance() -> None:
    found = mean_distance([BorderDistance(1, 2, 3, "px"), BorderDistance(3, 4, 5, "px")])
    assert found == BorderDistance(2, 3, 4, "px")


@pytest.mark.data
@pytest.mark.parametrize(
    ("tissue", "codes"),
    [
        ("cavity", (1,)),
        ("myocardium(2,3,4)", (2, 3, 4)),
        ("infarction(3,4)", (3, 4)),
        ("noreflow(4)", (4,)),
    ],
)
def test_two_annotations_of_a_patient_differ_as_two_libraries_say(
    data_dir: Path, tissue: str, codes: tuple[int, ...]
) -> None:
    folder = data_dir / "emidec-p100"
    oracle = json.loads((folder / "oracle_P100_two_annotations.json").read_text())
    expected = oracle[tissue]
    x, y, z = oracle["spacing_xyz"]
    ours, theirs = (
        np.isin(np.rint(np.asarray(nib.load(folder / oracle[key]).dataobj)), codes)
        for key in ("reference", "test")
    )
    assert dice(ours, theirs) == pytest.approx(expected["sitk_dice"], abs=1e-3)
    found = stack_distance_mm(ours, theirs, (x, y, z))
    assert found is not None
    assert found.hausdorff == pytest.approx(expected["sitk_hd_mm"], abs=1e-3)
    assert found.hausdorff_95 == pytest.approx(expected["medpy_hd95_mm"], abs=1e-3)
    assert found.mean == pytest.approx(expected["medpy_assd_mm"], abs=1e-3)
    assert ours.sum() * x * y * z == pytest.approx(expected["vol_ref_mm3"], abs=1e-3)
