from dataclasses import replace

import numpy as np
import pytest

from lgescar.core.errors import GeometryError
from lgescar.core.image import Slice, SliceGeometry
from lgescar.core.study import Grid, Study


def image(position_mm: float, spacing_mm: tuple[float, float] | None = (1.5, 2.0)) -> Slice:
    place = SliceGeometry((0.0, 0.0, position_mm), (0.0, 1.0, 0.0), (1.0, 0.0, 0.0), spacing_mm)
    return Slice(str(position_mm), np.zeros((4, 6)), place)


@pytest.fixture
def study() -> Study:
    return Study(
        name="made",
        series_uid=None,
        slices=(image(0.0), image(10.0)),
        indices=(0, 1),
        grid=Grid((4, 6, 2), np.eye(4)),
        slice_step_mm=10.0,
    )


def test_a_voxel_is_pixel_area_times_step(study: Study) -> None:
    # 1.5 mm x 2 mm x 10 mm = 30 mm3
    assert study.voxel_volume_ml == pytest.approx(0.030)


def test_without_spacing_or_step_a_voxel_has_no_volume(study: Study) -> None:
    unknown = replace(study, slices=(image(0.0, None), image(10.0, None)))
    assert unknown.voxel_volume_ml is None
    assert replace(study, slice_step_mm=None).voxel_volume_ml is None


@pytest.mark.parametrize(
    "change",
    [{"slices": ()}, {"indices": (0,)}, {"slice_step_mm": 0.0}, {"slice_step_mm": float("nan")}],
)
def test_a_study_that_contradicts_itself_is_refused(
    study: Study, change: dict[str, object]
) -> None:
    with pytest.raises(GeometryError):
        replace(study, **change)


def test_slices_of_two_sizes_are_refused(study: Study) -> None:
    larger = Slice("2", np.zeros((5, 6)), study.slices[1].geometry)
    with pytest.raises(GeometryError, match="differ in size"):
        replace(study, slices=(study.slices[0], larger))


@pytest.mark.parametrize("axis", [0, 1, 2])
def test_planes_return_to_the_axis_they_came_from(axis: int) -> None:
    volume = np.arange(24).reshape(2, 3, 4)
    planes = {i: volume.take(i, axis) for i in range(volume.shape[axis])}
    grid = Grid((2, 3, 4), np.eye(4), slice_axis=axis)
    assert np.array_equal(grid.stack(planes, np.int64), volume)


def test_a_slice_without_a_plane_is_empty() -> None:
    stacked = Grid((2, 2, 3), np.eye(4)).stack({1: np.ones((2, 2))}, np.uint8)
    assert stacked[..., 1].all()
    assert not stacked[..., [0, 2]].any()


def test_a_step_of_less_than_a_millimetre_is_a_step(study: Study) -> None:
    assert replace(study, slice_step_mm=0.5).voxel_volume_ml == pytest.approx(0.0015)


def test_whole_numbers_become_float32_pixels() -> None:
    place = SliceGeometry((0.0, 0.0, 0.0), (0.0, 1.0, 0.0), (1.0, 0.0, 0.0), None)
    assert Slice("1", np.ones((2, 3), np.int16), place).pixels.dtype == np.float32
