import hashlib
from dataclasses import replace

import numpy as np
import pytest
import torch

from lgescar.prepare.polar import disc_area
from lgescar.train.augment import (
    Augmentation,
    disc_views,
    plain_disc_views,
    plain_views,
    views,
)
from lgescar.train.dataset import LabelledSlice
from lgescar.train.task import batch_rng

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


def test_the_default_views_are_those_the_default_bundle_was_trained_on(
    heart_slice: LabelledSlice,
) -> None:
    # Recorded before CLAHE, brightness, receiver noise and multi-scale existed: each draw of
    # the random numbers must come where it came. Pixels may differ in the last bit by machine.
    rng = batch_rng(1, 0)
    images, codes = views([heart_slice] * 6, 48, Augmentation(), rng)
    assert rng.random() == 0.12982826299331973
    digest = hashlib.sha256(codes.to(torch.uint8).numpy().tobytes()).hexdigest()
    assert digest[:16] == "032729186927c478"
    assert float(images.abs().sum()) == pytest.approx(10550.5517578125, rel=1e-5)


@pytest.mark.parametrize("what", ["clahe", "brightness", "receiver_noise"])
def test_each_scanner_change_alters_the_picture_and_not_the_codes(
    heart_slice: LabelledSlice, what: str
) -> None:
    if what != "receiver_noise":
        pytest.importorskip("kornia")
    plain = views([heart_slice] * 2, 48, STILL, batch_rng(1, 7))
    changed = views([heart_slice] * 2, 48, replace(STILL, **{what: 1.0}), batch_rng(1, 7))
    assert not torch.equal(plain[0][0], changed[0][0])
    assert torch.equal(plain[1][0], changed[1][0])
    assert bool(torch.isfinite(changed[0]).all())


def test_multi_scale_resizes_the_same_field_of_view(heart_slice: LabelledSlice) -> None:
    sizes = set()
    for step in range(12):
        images, codes = views(
            [heart_slice] * 2, 48, replace(STILL, multi_scale=0.6), batch_rng(0, step)
        )
        size = images.shape[-1]
        sizes.add(size)
        assert codes.shape[-2:] == images.shape[-2:] == (size, size)
        # the ring of wall and pool, radius 16 of 48, covers the same share of every view
        share = float((codes > 0).float().mean())
        assert share == pytest.approx(np.pi * 16**2 / 48**2, abs=0.02)
    assert sizes <= {32, 48, 64, 80}
    assert len(sizes) > 1


def test_rays_meet_pool_wall_and_surroundings_where_the_ring_has_them(
    disc_slice: LabelledSlice,
) -> None:
    # reach 64 samples; pool to 30, wall to 48: of 32 radii 15 and 24
    images, codes = plain_disc_views([disc_slice], (64, 32))
    assert images.shape == (1, 1, 64, 32)
    along = codes[0, 40].numpy()
    assert along[:14].tolist() == [1] * 14
    assert (along[16:23] >= 2).all()
    assert along[25:].tolist() == [0] * 7
    assert float(images[0, 0][codes[0] == 1].mean()) > float(images[0, 0][codes[0] == 0].mean())


def test_a_still_random_view_of_a_disc_is_the_plain_one_turned_or_mirrored(
    disc_slice: LabelledSlice,
) -> None:
    _, plain = plain_disc_views([disc_slice], (64, 32))
    _, random = disc_views([disc_slice] * 6, (64, 32), STILL, batch_rng(0, 1))
    area = disc_area(32)
    for view in random:
        share = float((plain[0] > 0).float().mean())
        assert float((view > 0).float().mean()) == pytest.approx(share, abs=0.01)
        shares = [float(((codes == 3).numpy() * area).mean()) for codes in (view, plain[0])]
        assert shares[0] == pytest.approx(shares[1], rel=0.1)


def test_a_strip_that_is_covered_is_a_strip_of_the_slice(disc_slice: LabelledSlice) -> None:
    # On a disc the blank strip beyond an edge reaches no sample near the middle.
    how = replace(STILL, cover=1.0)
    plain, _ = disc_views([disc_slice] * 8, (64, 32), STILL, batch_rng(0, 2))
    covered, _ = disc_views([disc_slice] * 8, (64, 32), how, batch_rng(0, 2))
    changed = (plain - covered).abs() > 1.0
    assert bool(changed[..., 20:].any())
    assert not bool(changed[..., :10].any())
