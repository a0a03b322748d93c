import numpy as np
import torch

from lgescar.train.augment import Augmentation, plain_views, views
from lgescar.train.dataset import LabelledSlice
from lgescar.train.draw import batch_rng

STILL = Augmentation(
    shift_px=0, scale=0, stretch=0, elastic_px=0, gamma=0, contrast=0, bias_field=0, noise=0,
    low_resolution=0, cover=0,
)  # fmt: skip


def test_the_same_seed_and_step_give_the_same_views(heart_slice: LabelledSlice) -> None:
    first = views([heart_slice] * 3, 48, Augmentation(), batch_rng(1, 7))
    again = views([heart_slice] * 3, 48, Augmentation(), batch_rng(1, 7))
    other = views([heart_slice] * 3, 48, Augmentation(), batch_rng(1, 8))
    assert torch.equal(first[0], again[0])
    assert torch.equal(first[1], again[1])
    assert not torch.equal(first[0], other[0])


def test_turning_keeps_the_area_of_every_tissue(heart_slice: LabelledSlice) -> None:
    _, codes = views([heart_slice] * 8, 48, STILL, batch_rng(0, 0))
    before = np.bincount(heart_slice.codes.ravel(), minlength=5)[1:4]
    for view in codes.numpy():
        assert np.allclose(np.bincount(view.ravel(), minlength=5)[1:4], before, rtol=0.08, atol=8)


def test_image_and_codes_move_together(heart_slice: LabelledSlice) -> None:
    images, codes = views([heart_slice] * 8, 48, Augmentation(noise=0, gamma=0), batch_rng(0, 3))
    for image, view in zip(images[:, 0], codes, strict=True):
        if bool((view == 3).sum() > 20):
            assert float(image[view == 3].mean()) > float(image[view == 2].mean())


def test_a_plain_view_is_the_middle_of_the_canvas(heart_slice: LabelledSlice) -> None:
    images, codes = plain_views([heart_slice], 48)
    assert (codes[0].numpy() == heart_slice.codes[8:56, 8:56]).all()
    assert abs(float(images.mean())) < 1e-4
