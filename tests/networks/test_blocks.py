"""The bricks, one by one."""

import torch

from lgescar.networks.blocks import around


def test_the_gradient_of_rays_laid_round_is_that_of_the_parts_it_is_joined_of() -> None:
    x = torch.randn(2, 3, 4, 5, dtype=torch.float64, requires_grad=True)
    assert torch.autograd.gradcheck(around, (x,))
    assert torch.equal(around(x), around(x.detach()))
