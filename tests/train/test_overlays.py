import dataclasses
import io
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
from torch import Tensor, nn

from lgescar.networks.centres import Centres
from lgescar.train.augment import plain_views
from lgescar.train.centres import box_sheet
from lgescar.train.dataset import LabelledSlice
from lgescar.train.detector_scores import tune_set
from lgescar.train.loop import CURVES, TUNE_SLICES, fit
from lgescar.train.overlays import (
    PREDICTED,
    REFERENCE,
    Picture,
    inner_border,
    outer_border,
    scar_sheet,
    shown_slices,
)
from lgescar.train.recipe import Data, LocalizerPlan, Recipe, Schedule, SegmenterPlan
from lgescar.train.segmenter import SegmenterTask, build
from lgescar.train.task import Task

ONE_SLICE = (24 + 2 * 288, 288, 3)
"""The legend, and twice a view of 48 px at zoom 6, the first that reaches 288 px."""


def events(folder: Path) -> EventAccumulator:
    found = EventAccumulator(str(folder / CURVES))
    found.Reload()
    return found


def painted(picture: Picture, colour: tuple[int, int, int]) -> int:
    return int((picture[24:] == colour).all(axis=2).sum())


def test_the_borders_of_a_mask_lie_inside_and_outside_of_it() -> None:
    mask = np.zeros((3, 3), bool)
    mask[1, 1] = True
    # at zoom 3 the pixel is 3 x 3: all but its middle inside, 3 along each side outside
    assert int(inner_border(mask, 3).sum()) == 8
    assert int(outer_border(mask, 3).sum()) == 12
    assert not (inner_border(mask, 3) & outer_border(mask, 3)).any()


def test_a_sheet_shows_the_reference_and_what_was_found(heart_slice: LabelledSlice) -> None:
    images, codes = plain_views([heart_slice], 48)
    scar = codes >= 3
    nothing = scar_sheet(images, codes, torch.zeros_like(scar))
    assert nothing.shape == ONE_SLICE
    assert painted(nothing, PREDICTED) == 0
    same = scar_sheet(images, codes, scar)
    assert painted(same, REFERENCE) == int(inner_border(scar[0].numpy(), 6).sum())
    assert painted(same, PREDICTED) == int(outer_border(scar[0].numpy(), 6).sum())
    assert (same[24 : 24 + 288] == nothing[24 : 24 + 288]).all()  # above, the slice as it is


def test_a_flat_slice_can_be_drawn(heart_slice: LabelledSlice) -> None:
    _, codes = plain_views([heart_slice], 48)
    flat = scar_sheet(torch.zeros(1, 1, 48, 48), codes, codes >= 3)
    assert painted(flat, REFERENCE) > 0


def test_the_same_few_slices_are_shown_each_time(heart_slice: LabelledSlice) -> None:
    healthy = dataclasses.replace(heart_slice, codes=np.minimum(heart_slice.codes, 2))
    blank = dataclasses.replace(heart_slice, codes=np.zeros_like(heart_slice.codes))
    tune = [
        dataclasses.replace(one, patient=name)
        for name in "fedcba"
        for one in (healthy if name == "a" else heart_slice, blank)
    ]
    shown = shown_slices(tune)
    assert [s.patient for s in shown] == ["a", "b", "d", "e"]  # numbers 0, 6/4, 12/4, 18/4
    assert all((s.codes >= 2).any() for s in shown)
    assert [s.patient for s in shown_slices(tune[::-1])] == [s.patient for s in shown]
    assert [s.patient for s in shown_slices(tune[:4])] == ["e", "f"]


def test_tensorboard_gets_the_curves_and_a_picture_at_each_check(
    heart_slice: LabelledSlice, tmp_path: Path
) -> None:
    images, codes = plain_views([heart_slice], 48)

    class Drawn(Task[nn.Module]):
        def loss(self, network: nn.Module, step: int) -> Tensor:
            value: Tensor = network(images).square().mean()
            return value

        def check(self, network: nn.Module) -> dict[str, float]:
            return {"dice": 0.25}

        def picture(self, network: nn.Module) -> Picture:
            return scar_sheet(images, codes, network(images)[:, 0] > 0)

    torch.manual_seed(0)
    schedule = Schedule(4, 1, 0.01, precision="float32", checkpoint_every=2, curves=True)
    fit(nn.Conv2d(1, 1, 3, padding=1), Drawn("drawn", schedule, seed=1), tmp_path)
    found = events(tmp_path / "drawn")
    assert [(e.step, e.value) for e in found.Scalars("dice")] == [(2, 0.25), (4, 0.25)]
    assert [e.step for e in found.Scalars("loss")] == [2, 4]
    assert [e.step for e in found.Images(TUNE_SLICES)] == [2, 4]
    with Image.open(io.BytesIO(found.Images(TUNE_SLICES)[0].encoded_image_string)) as picture:
        shown = np.asarray(picture)
    assert shown.shape == ONE_SLICE
    assert painted(shown, REFERENCE) > 0


def test_a_segmenter_s_run_has_its_pictures(disc_slice: LabelledSlice, tmp_path: Path) -> None:
    schedule = Schedule(1, 1, precision="float32", curves=True)
    small = SegmenterPlan(
        schedule, angles=64, radii=32, widths=(2, 2, 4, 4, 4), decoder_widths=(2, 2, 4)
    )
    data = Data("split.json", {"made": 1.0})
    recipe = Recipe("r", "Apache-2.0", 1, data, localizer=LocalizerPlan(schedule), segmenter=small)
    fit(build(small), SegmenterTask(recipe, ([disc_slice], [disc_slice])), tmp_path)
    picture = events(tmp_path / "segmenter").Images(TUNE_SLICES)[0]
    zoom = 5  # 64 rays fill a tile of 288 pixels
    assert picture.width == 32 * zoom
    assert picture.height > 2 * 64 * zoom


@pytest.mark.parametrize("slices", [1, 2])
def test_a_detector_s_boxes_are_drawn(heart_slice: LabelledSlice, slices: int) -> None:
    torch.manual_seed(0)
    sheet = box_sheet(Centres((2, 2, 4, 4)).eval(), tune_set([heart_slice] * slices, 48))
    assert sheet.shape == (ONE_SLICE[0], 288 * slices, 3)
    assert painted(sheet, REFERENCE) > 0
