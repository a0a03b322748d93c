"""Losses on labels that leave something open."""

import numpy as np
import pytest
import torch

from lgescar.core.tissue import LabelMap, Tissue
from lgescar.prepare.polar import disc_area
from lgescar.read.annotated import Annotation
from lgescar.train.losses import TissueLoss, tissue_loss
from lgescar.train.partial import Partial, partial_codes, partial_tissue_loss

EVEN = TissueLoss(scar=1.0, dice=0.0)


def logits_of(*chances):
    """Logits (1, classes, 1, n) of one chance per class at each of n pixels."""
    return torch.log(torch.tensor(chances, dtype=torch.float32)).T[None, :, None, :]


def codes_of(*codes):
    return torch.tensor(codes)[None, None, :]


def test_complete_labels_give_the_loss_of_the_tissues():
    torch.manual_seed(1)
    logits, codes = torch.randn(2, 5, 16, 8), torch.randint(0, 5, (2, 16, 8))
    how, area = TissueLoss(scar=3.0, dice=1.5), torch.from_numpy(disc_area(8))
    expected = tissue_loss(logits, codes, how, area)
    assert partial_tissue_loss(logits, codes, how, area) == pytest.approx(float(expected), rel=1e-5)


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        (Partial.WALL, 0.2 + 0.15 + 0.05),
        (Partial.OUTSIDE, 0.3 + 0.1),
        (Partial.RIGHT_VENTRICLE, 0.1),
        (Partial.UNANNOTATED, 1.0),
        (Tissue.BACKGROUND, 0.3),
    ],
)
def test_cross_entropy_is_that_of_the_set_of_tissues(code, expected):
    logits = logits_of([0.3, 0.2, 0.2, 0.15, 0.05, 0.1], [1 / 6] * 6)
    found = partial_tissue_loss(logits, codes_of(code, Tissue.VIABLE), EVEN)
    second = -np.log(1 / 6)
    shown = 1 if code == Partial.UNANNOTATED else 2
    assert float(found) == pytest.approx((-np.log(expected) + second) / shown, rel=1e-5)


def test_without_a_sixth_channel_the_right_ventricle_is_background():
    logits = logits_of([0.4, 0.3, 0.1, 0.1, 0.1])
    found = partial_tissue_loss(logits, codes_of(Partial.RIGHT_VENTRICLE), EVEN)
    assert float(found) == pytest.approx(-np.log(0.4), rel=1e-5)


def test_scar_in_a_wall_of_unknown_scar_costs_nothing():
    codes = codes_of(Partial.WALL, Tissue.SCAR, Tissue.BLOOD_POOL)
    rest = ([0.05, 0.05, 0.05, 0.8, 0.05], [0.05, 0.8, 0.05, 0.05, 0.05])
    as_viable = logits_of([0.05, 0.05, 0.85, 0.04, 0.01], *rest)
    as_scar = logits_of([0.05, 0.05, 0.05, 0.8, 0.05], *rest)
    losses = [float(partial_tissue_loss(one, codes)) for one in (as_viable, as_scar)]
    assert losses[0] == pytest.approx(losses[1], rel=1e-5)


def test_nothing_is_learned_where_nobody_annotated():
    torch.manual_seed(2)
    logits = torch.randn(1, 6, 4, 4, requires_grad=True)
    codes = torch.randint(0, 7, (1, 4, 4))
    codes[0, 1] = Partial.UNANNOTATED
    partial_tissue_loss(logits, codes).backward()
    assert logits.grad is not None
    assert not logits.grad[0, :, 1].any()
    assert logits.grad[0, :, 0].any()


def test_slices_without_any_annotation_give_a_finite_loss():
    found = partial_tissue_loss(torch.randn(1, 5, 4, 4), codes_of(*[Partial.UNANNOTATED] * 4))
    assert torch.isfinite(found)


def annotation(right=True, scar_known=False):
    labels = LabelMap(np.array([[0, 1, 2, 0, 0]]))
    ventricle = np.array([[False, False, False, True, False]])
    drawn = np.array([[True, True, True, True, False]])
    return Annotation(labels, drawn, ventricle if right else None, scar_known)


@pytest.mark.parametrize(
    ("one", "unenhanced", "expected"),
    [
        (annotation(), False, [0, 1, Partial.WALL, Partial.RIGHT_VENTRICLE, 7]),
        (annotation(), True, [0, 1, Tissue.VIABLE, Partial.RIGHT_VENTRICLE, 7]),
        (annotation(right=False, scar_known=True), False, [8, 1, Tissue.VIABLE, 8, 7]),
    ],
)
def test_an_annotation_becomes_partial_codes(one, unenhanced, expected):
    assert partial_codes(one, unenhanced=unenhanced)[0].tolist() == expected
