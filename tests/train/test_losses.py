import math

import numpy as np
import pytest
import torch
from scipy import ndimage
from torch import Tensor
from torch.nn import functional

from lgescar.core.tissue import Tissue
from lgescar.train.losses import (
    KlForm,
    ScarLoss,
    TissueLoss,
    bernoulli_kl,
    mask_loss,
    paper_kl,
    scar_loss,
    soft_dice_loss,
    soft_label,
    spatial_kl,
    tissue_loss,
)


def test_dice_loss_of_half_an_overlap_is_as_counted_by_hand() -> None:
    # overlap 1, total 2 + 2, one added above and below: 1 - (2 + 1) / (4 + 1)
    probability, target = torch.tensor([1.0, 1.0, 0.0]), torch.tensor([0.0, 1.0, 1.0])
    assert float(soft_dice_loss(probability, target)) == pytest.approx(0.4)


def test_dice_loss_of_two_empty_masks_is_0() -> None:
    assert float(soft_dice_loss(torch.zeros(4), torch.zeros(4))) == 0.0


def test_a_perfect_mask_costs_almost_nothing() -> None:
    # A second sigmoid, the slip of the paper's public code, would cost at least 0.31 + 0.2 here.
    target = torch.tensor([[1.0, 0.0, 1.0, 0.0]])
    assert float(mask_loss((target * 2 - 1) * 20.0, target)) == pytest.approx(0.0, abs=1e-6)


def test_an_undecided_mask_costs_ln_2_and_its_dice() -> None:
    # probabilities 0.5 on 4 pixels, 2 of them scar: Dice loss 1 - (2 + 1) / (4 + 1)
    target = torch.tensor([[1.0, 0.0, 1.0, 0.0]])
    expected = math.log(2.0) + (1.0 - 3.0 / 5.0)
    assert float(mask_loss(torch.zeros(1, 4), target)) == pytest.approx(expected)


def test_missing_scar_costs_more_than_missing_viable_wall() -> None:
    codes = torch.zeros(1, 8, 8, dtype=torch.long)
    codes[0, :2, :4] = Tissue.VIABLE
    codes[0, :2, 4:] = Tissue.SCAR
    right = torch.nn.functional.one_hot(codes, 5).permute(0, 3, 1, 2).float() * 10.0
    no_scar, no_viable = right.clone(), right.clone()
    no_scar[:, Tissue.SCAR], no_scar[:, Tissue.VIABLE, :2, 4:] = 0.0, 10.0
    no_viable[:, Tissue.VIABLE], no_viable[:, Tissue.SCAR, :2, :4] = 0.0, 10.0
    cost = [float(tissue_loss(x, codes)) for x in (right, no_viable, no_scar)]
    assert cost[0] < 0.05
    assert cost[0] < cost[1] < cost[2]


@pytest.mark.parametrize("tissue", [Tissue.SCAR, Tissue.MVO])
def test_a_pixel_of_scar_or_mvo_weighs_twice_in_the_cross_entropy(tissue: Tissue) -> None:
    # Two pixels, viable and scarred, with chances 1/2 and 1/5 of the right tissue; no Dice.
    codes = torch.tensor([[[int(Tissue.VIABLE), int(tissue)]]])
    chance = torch.full((1, 5, 1, 2), 1.0 / 8.0)
    chance[0, Tissue.VIABLE, 0, 0], chance[0, :, 0, 1] = 1.0 / 2.0, 1.0 / 5.0
    expected = (math.log(2.0) + 2.0 * math.log(5.0)) / 3.0
    found = tissue_loss(torch.log(chance), codes, TissueLoss(dice=0.0))
    assert float(found) == pytest.approx(expected, rel=1e-5)


def test_soft_tissues_ask_for_the_blurred_share_and_weigh_scar_twice() -> None:
    # A slice half viable, half scar, blurred beyond all measure: each pixel is half of either. The
    # best answer to soft labels weighs scar 2 : 1, so 2/3 scar everywhere; Dice alone would differ,
    # so only cross-entropy is looked at: the change that a blur makes to the loss.
    codes = torch.full((1, 4, 4), int(Tissue.VIABLE))
    codes[:, :, 2:] = Tissue.SCAR
    logits = torch.full((1, 5, 4, 4), -30.0)
    logits[:, Tissue.VIABLE], logits[:, Tissue.SCAR] = math.log(1 / 3), math.log(2 / 3)
    change = float(tissue_loss(logits, codes, TissueLoss(soft_px=100.0))) - float(
        tissue_loss(logits, codes)
    )
    # hard: (1 ln 3 + 2 ln 3/2) / 3 a pair of pixels; soft: the same shares at every pixel
    assert change == pytest.approx(0.0, abs=0.01)
    sure = torch.nn.functional.one_hot(codes, 5).permute(0, 3, 1, 2).float() * 60.0 - 30.0
    assert float(tissue_loss(sure, codes)) < 1e-4
    # sure and hard-right is wrong for half of each soft label: 60 nats on half the weight
    assert float(tissue_loss(sure, codes, TissueLoss(soft_px=100.0))) == pytest.approx(
        30.0, abs=0.5
    )


def test_a_sample_counts_by_its_area() -> None:
    # Dice loss: overlap 3, totals 3 + 4, one added above and below: 1 - (2 * 3 + 1) / (7 + 1)
    probability, target = torch.tensor([[1.0, 0.0]]), torch.tensor([[1.0, 1.0]])
    area = torch.tensor([3.0, 1.0])
    assert float(soft_dice_loss(probability, target, area)) == pytest.approx(1.0 - 7.0 / 8.0)
    # Cross-entropy: sure and right in three parts of four, 10 nats in the fourth; no Dice.
    codes = torch.zeros(1, 1, 2, dtype=torch.long)
    logits = torch.full((1, 5, 1, 2), -10.0)
    logits[:, 0, 0, 0] = logits[:, 1, 0, 1] = 10.0
    alone = tissue_loss(logits, codes, TissueLoss(dice=0.0), area)
    assert float(alone) == pytest.approx(20.0 / 4.0, abs=1e-3)


def test_no_blur_is_the_plain_loss() -> None:
    torch.manual_seed(0)
    logits, codes = torch.randn(2, 5, 6, 6), torch.randint(0, 5, (2, 6, 6))
    nearly = float(tissue_loss(logits, codes, TissueLoss(soft_px=0.05)))
    assert nearly == pytest.approx(float(tissue_loss(logits, codes)), abs=1e-4)


KL_ONLY = {"dice": 0.0, "entropy": 0.0, "kl": 1.0}
FORMS = ("bernoulli", "paper", "spatial")


def disc(size: int = 32) -> Tensor:
    row, col = torch.meshgrid(torch.arange(size), torch.arange(size), indexing="ij")
    return ((row - size / 2) ** 2 + (col - size / 2) ** 2 < (size / 5) ** 2).double()


def logit(chance: Tensor) -> Tensor:
    return torch.log(chance / (1.0 - chance))


def test_the_soft_label_is_the_gaussian_of_another_library() -> None:
    masks = torch.stack([disc(), disc().roll(13, 0)])
    for ours, mask in zip(soft_label(masks, 2.0), masks, strict=True):
        theirs = ndimage.gaussian_filter(mask.numpy(), 2.0, mode="nearest", truncate=4.0)
        np.testing.assert_allclose(ours.numpy(), theirs, atol=1e-12)


def test_the_blur_does_not_cross_the_batch() -> None:
    masks = torch.zeros(3, 32, 32)
    masks[1] = 1.0
    soft = soft_label(masks, 2.0)
    assert float(soft[0].max()) == 0.0 == float(soft[2].max())
    assert float(soft[1].min()) == pytest.approx(1.0)


def test_a_speck_keeps_its_area_and_is_not_raised_to_a_peak_of_1() -> None:
    masks = torch.zeros(1, 65, 65, dtype=torch.float64)
    masks[0, 32, 32] = 1.0
    soft = soft_label(masks, 2.0)
    assert float(soft.sum()) == pytest.approx(1.0)
    # a Gaussian of sigma 2 at its centre: 1 / (2 pi sigma^2)
    assert float(soft.max()) == pytest.approx(1.0 / (8.0 * math.pi), rel=1e-3)


def test_the_blur_grows_with_the_slice() -> None:
    """One pixel: KL of an undecided map is ln 2 less the label's entropy, known from its blur."""
    for size, sigma in ((128, 1.0), (256, 2.0)):
        mask = torch.zeros(1, size, size)
        mask[0, size // 2, size // 2] = 1.0
        spot = ndimage.gaussian_filter(mask[0].numpy().astype(float), sigma).clip(1e-300, 1.0)
        entropy = -(spot * np.log(spot) + (1.0 - spot) * np.log1p(-spot)).sum()
        value = scar_loss(torch.zeros(1, size, size), mask, ScarLoss(**KL_ONLY))
        # the difference from ln 2 is 1e-4: single precision and the cut at 4 sigma leave 1 %
        assert (math.log(2.0) - float(value)) * size**2 == pytest.approx(entropy, rel=0.02)


def test_bernoulli_kl_is_as_counted_by_hand() -> None:
    # soft 0.5 against 0.8: 0.5 ln(0.5 / 0.8) + 0.5 ln(0.5 / 0.2); soft 1 against 0.8: -ln 0.8
    logits = logit(torch.tensor([[[0.8, 0.8]]], dtype=torch.float64))
    soft = torch.tensor([[[0.5, 1.0]]], dtype=torch.float64)
    expected = (0.5 * math.log(0.625) + 0.5 * math.log(2.5) - math.log(0.8)) / 2.0
    assert float(bernoulli_kl(logits, soft)) == pytest.approx(expected)


def test_paper_kl_is_sigmoid_then_two_class_log_softmax() -> None:
    # p = 0.8: softmax of (0.8, 0.2) gives scar e^0.8 / (e^0.8 + e^0.2)
    scar = math.exp(0.8) / (math.exp(0.8) + math.exp(0.2))
    logits = logit(torch.tensor([[[0.8]]], dtype=torch.float64))
    soft = torch.tensor([[[0.7]]], dtype=torch.float64)
    expected = 0.7 * math.log(0.7 / scar) + 0.3 * math.log(0.3 / (1.0 - scar))
    assert float(paper_kl(logits, soft)) == pytest.approx(expected)


def test_spatial_kl_is_as_counted_by_hand() -> None:
    # chances 0.2 and 0.6 share 1/4 and 3/4; labels 1 and 1 share 1/2 and 1/2
    logits = logit(torch.tensor([[[0.2, 0.6]]], dtype=torch.float64))
    soft = torch.ones(1, 1, 2, dtype=torch.float64)
    expected = 0.5 * math.log(0.5 / 0.25) + 0.5 * math.log(0.5 / 0.75)
    assert float(spatial_kl(logits, soft)) == pytest.approx(expected)


def test_spatial_kl_ignores_slices_without_scar_and_stays_finite() -> None:
    logits = torch.randn(2, 4, 4, generator=torch.Generator().manual_seed(0))
    soft = torch.zeros(2, 4, 4)
    assert float(spatial_kl(logits, soft)) == 0.0
    soft[1, 1, 1] = 1.0
    assert float(spatial_kl(logits, soft)) == pytest.approx(float(spatial_kl(logits[1:], soft[1:])))


def test_the_gradients_are_those_of_theory() -> None:
    draw = torch.Generator().manual_seed(0)
    z = torch.randn(1, 6, 6, generator=draw, dtype=torch.float64, requires_grad=True)
    s = torch.rand(1, 6, 6, generator=draw, dtype=torch.float64)
    p, t = torch.sigmoid(z.detach()), s / s.sum()
    scar = torch.exp(p) / (torch.exp(p) + torch.exp(1.0 - p))
    by_hand = {
        bernoulli_kl: (p - s) / 36.0,
        paper_kl: (scar - s) * 2.0 * p * (1.0 - p) / 36.0,
        spatial_kl: (p / p.sum() - t) * (1.0 - p),
    }
    for form, expected in by_hand.items():
        (found,) = torch.autograd.grad(form(z, s), z)
        torch.testing.assert_close(found, expected)


@pytest.mark.parametrize("form", FORMS)
def test_the_gradient_of_the_whole_loss_is_its_slope(form: KlForm) -> None:
    target = disc(16)[None]
    z = torch.randn(1, 16, 16, generator=torch.Generator().manual_seed(1), requires_grad=True)
    (found,) = torch.autograd.grad(scar_loss(z, target, ScarLoss(form=form)), z)
    way = torch.sign(found)
    with torch.no_grad():
        up, down = (scar_loss(z + e * way, target, ScarLoss(form=form)) for e in (0.01, -0.01))
    assert float(found.abs().sum()) == pytest.approx(float(up - down) / 0.02, rel=2e-2)


def test_kl_costs_nothing_where_the_prediction_is_the_soft_label() -> None:
    soft = soft_label(disc()[None], 1.0).clamp(1e-9, 1.0 - 1e-9)
    assert float(bernoulli_kl(logit(soft), soft)) == pytest.approx(0.0, abs=1e-12)
    assert float(spatial_kl(logit(soft), soft)) == pytest.approx(0.0, abs=1e-12)
    # cross-entropy against the same label would leave the label's own entropy
    entropy = -(soft * soft.log() + (1.0 - soft) * (1.0 - soft).log()).mean()
    crossed = functional.binary_cross_entropy_with_logits(logit(soft), soft)
    assert float(crossed) == pytest.approx(float(entropy))
    assert float(entropy) > 0.01


def test_a_perfect_certain_mask_costs_what_theory_says() -> None:
    """Without blur every term vanishes; the paper's literal form keeps -ln 0.731 of KL."""
    target = disc()[None]
    certain = (target * 2.0 - 1.0) * 40.0
    cost = {f: float(scar_loss(certain, target, ScarLoss(form=f, sigma_px=0.0))) for f in FORMS}
    assert cost["bernoulli"] == pytest.approx(0.0, abs=1e-6)
    assert cost["spatial"] == pytest.approx(0.0, abs=1e-5)
    assert cost["paper"] == pytest.approx(0.6 * math.log(1.0 + math.exp(-1.0)), rel=1e-5)


def test_a_second_sigmoid_would_show() -> None:
    """The slip of the paper's public code: a perfect mask is then 0.731 inside, 0.5 outside."""
    target = disc()[None]
    inside, scar = float(target.mean()), float(target.sum())
    high = 1.0 / (1.0 + math.exp(-1.0))
    entropy = -inside * math.log(high) + (1.0 - inside) * math.log(2.0)
    total = high * scar + 0.5 * (target.numel() - scar)
    dice = 1.0 - (2.0 * high * scar + 1.0) / (total + scar + 1.0)
    twice = scar_loss(torch.sigmoid((target * 2.0 - 1.0) * 40.0), target, ScarLoss(sigma_px=0.0))
    assert float(twice) == pytest.approx(0.2 * dice + 0.8 * entropy, rel=1e-4)
    assert float(twice) > 0.6


def test_the_best_certainty_at_an_outline_is_the_soft_label_and_not_1() -> None:
    """Through a straight edge the label is the normal distribution's; more or less costs more."""
    target = torch.zeros(1, 256, 256)
    target[:, :, 128:] = 1.0
    chance = torch.special.ndtr((torch.arange(256) + 0.5 - 128.0) / 2.0).expand(1, 256, 256)
    best = logit(chance.clamp(1e-6, 1.0 - 1e-6))
    how = ScarLoss(**KL_ONLY)
    cost = [float(scar_loss(best * k, target, how)) for k in (0.5, 1.0, 2.0)]
    assert cost[1] == pytest.approx(0.0, abs=2e-5)
    assert cost[0] > 1e-3
    assert cost[2] > 1e-3


def test_the_literal_form_confines_the_chance_to_0_269_to_0_731() -> None:
    ends = torch.tensor([-40.0, 0.0, 40.0], dtype=torch.float64)
    # KL is linear in -ln q against a certain label: q = exp(-KL)
    seen = [math.exp(-float(paper_kl(z.view(1, 1, 1), torch.ones(1, 1, 1)))) for z in ends]
    assert seen == pytest.approx([0.2689414, 0.5, 0.7310586], abs=1e-6)
