import math

import pytest
import torch

from lgescar.core.tissue import Tissue
from lgescar.train.losses import mask_loss, soft_dice_loss, tissue_loss


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
