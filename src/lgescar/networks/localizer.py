"""Finds the left ventricle on a whole slice, wherever it lies."""

from torch import Tensor, nn

from lgescar.networks.blocks import UNet


class Localizer(nn.Module):
    """Logit of lying in the left ventricle (blood pool or wall), at a coarse scale.

    Input (batch, 1, rows, cols) standardised, output (batch, 1, rows, cols).
    """

    def __init__(self, widths: tuple[int, ...] = (8, 16, 32, 48, 48)) -> None:
        super().__init__()
        self.body = UNet(1, widths)
        self.head = nn.Conv2d(widths[0], 1, 1)

    def forward(self, image: Tensor) -> Tensor:
        """Logits at the resolution of ``image``."""
        logits: Tensor = self.head(self.body(image))
        return logits
