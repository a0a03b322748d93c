"""Our distances and overlaps beside those of MONAI, surface-distance and SimpleITK."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from lgescar.metrics.overlap import dice
from lgescar.metrics.surface import BorderDistance, slice_distance, stack_distance_mm

SPACING = (8.0, 1.3, 1.7)


def ellipsoid(middle: tuple[float, ...], radii: tuple[float, ...]) -> Any:
    places = np.indices((9, 60, 64)).reshape(3, -1) - np.array(middle)[:, None]
    inside = ((places / np.array(radii)[:, None]) ** 2).sum(axis=0) <= 1.0
    return inside.reshape(9, 60, 64)


ONE, OTHER = ellipsoid((4, 30, 30), (3.2, 14, 18)), ellipsoid((4, 33, 28), (4.1, 15, 12))


def ours() -> BorderDistance:
    found = stack_distance_mm(ONE, OTHER, SPACING)
    assert found is not None
    return found


def images(sitk: Any) -> list[Any]:
    made = [sitk.GetImageFromArray(mask.astype(np.uint8)) for mask in (ONE, OTHER)]
    for image in made:
        image.SetSpacing(SPACING[::-1])
    return made


def test_simpleitk_finds_the_same_hausdorff_distance() -> None:
    sitk = pytest.importorskip("SimpleITK")
    theirs = sitk.HausdorffDistanceImageFilter()
    theirs.Execute(*images(sitk))
    assert ours().hausdorff == pytest.approx(theirs.GetHausdorffDistance(), abs=1e-6)


def test_simpleitk_finds_the_same_overlap() -> None:
    sitk = pytest.importorskip("SimpleITK")
    theirs = sitk.LabelOverlapMeasuresImageFilter()
    theirs.Execute(*images(sitk))
    assert dice(ONE, OTHER) == pytest.approx(theirs.GetDiceCoefficient(), abs=1e-9)


# The library imports scipy under a name that scipy has retired.
@pytest.mark.filterwarnings("ignore:Please import:DeprecationWarning")
def test_surface_distance_agrees_within_half_a_voxel() -> None:
    library = pytest.importorskip("surface_distance")
    found = library.compute_surface_distances(ONE, OTHER, SPACING)
    # It measures between surfaces that run through voxel corners, half a voxel off ours, and
    # weighs each piece by its area.
    half = max(SPACING) / 2
    robust = library.compute_robust_hausdorff
    assert ours().hausdorff == pytest.approx(robust(found, 100.0), abs=half)
    assert ours().hausdorff_95 == pytest.approx(robust(found, 95.0), abs=half)
    both = np.mean(library.compute_average_surface_distance(found))
    assert ours().mean == pytest.approx(both, abs=half)


# MONAI and torch warn of their own changes to come.
@pytest.mark.filterwarnings("ignore")
@pytest.mark.slow
def test_monai_finds_the_same_distances() -> None:
    metrics = pytest.importorskip("monai.metrics")
    torch = pytest.importorskip("torch")
    a, b = (torch.from_numpy(m[None, None].astype(np.float32)) for m in (OTHER, ONE))
    largest = metrics.compute_hausdorff_distance(a, b, include_background=True, spacing=SPACING)
    assert ours().hausdorff == pytest.approx(float(largest), abs=1e-3)
    mean = metrics.compute_average_surface_distance(
        a, b, include_background=True, symmetric=True, spacing=SPACING
    )
    assert ours().mean == pytest.approx(float(mean), abs=1e-3)


@pytest.mark.filterwarnings("ignore")
@pytest.mark.slow
def test_monai_finds_the_same_distances_on_a_slice_of_unknown_spacing() -> None:
    metrics = pytest.importorskip("monai.metrics")
    torch = pytest.importorskip("torch")
    found = slice_distance(ONE[4], OTHER[4], None)
    assert found is not None
    a, b = (torch.from_numpy(m[4][None, None].astype(np.float32)) for m in (OTHER, ONE))
    largest = metrics.compute_hausdorff_distance(a, b, include_background=True)
    assert found.hausdorff == pytest.approx(float(largest), abs=1e-3)
    # MONAI's 95th percentile is the larger of the two directions' own, not that of all together.
    ends = [
        float(
            metrics.compute_hausdorff_distance(
                x, y, include_background=True, percentile=95, directed=True
            )
        )
        for x, y in ((a, b), (b, a))
    ]
    assert min(ends) <= found.hausdorff_95 <= max(ends)
