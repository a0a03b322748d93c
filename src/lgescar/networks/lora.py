"""Low-rank changes to linear layers: a large encoder learns through few weights."""

from __future__ import annotations

import torch
from torch import Tensor, nn

ATTENTION = ("qkv", "proj")
"""The linear layers of SAM's encoder that are changed."""


class LowRank(nn.Module):
    """A frozen linear layer plus ``up(down(x))``, which begins at 0.

    Source: Hu et al., ICLR 2022 (LoRA), with alpha equal to the rank.
    """

    def __init__(self, base: nn.Linear, rank: int) -> None:
        super().__init__()
        self.base = base.requires_grad_(False)
        self.down = nn.Linear(base.in_features, rank, bias=False)
        self.up = nn.Linear(rank, base.out_features, bias=False)
        nn.init.zeros_(self.up.weight)

    def forward(self, x: Tensor) -> Tensor:
        """The base layer's output, changed."""
        changed: Tensor = self.base(x) + self.up(self.down(x))
        return changed

    @torch.no_grad()
    def merged(self) -> nn.Linear:
        """One linear layer with the same output."""
        self.base.weight += self.up.weight @ self.down.weight
        return self.base


def add_low_rank(encoder: nn.Module, rank: int) -> None:
    """Put a ``LowRank`` round every attention layer of ``encoder``, in place."""
    for parent in list(encoder.modules()):
        for name, child in list(parent.named_children()):
            if name in ATTENTION and isinstance(child, nn.Linear):
                setattr(parent, name, LowRank(child, rank))


def merge_low_rank(encoder: nn.Module) -> None:
    """Merge every ``LowRank`` of ``encoder`` into its base layer, in place."""
    for parent in list(encoder.modules()):
        for name, child in list(parent.named_children()):
            if isinstance(child, LowRank):
                setattr(parent, name, child.merged())
