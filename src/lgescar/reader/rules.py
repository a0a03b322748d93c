"""What a threshold would outline in the wall on screen, to be shown or counted; no edit."""

from __future__ import annotations

import numpy as np

from lgescar.core.arrays import PixelMask, Probability
from lgescar.core.errors import EventError
from lgescar.core.image import Slice
from lgescar.core.tissue import LabelMap
from lgescar.outline.systems import RULE_CUTOFF
from lgescar.outline.threshold import THRESHOLDS
from lgescar.outline.tissues import redrawn
from lgescar.reader.draw import inside_polygon
from lgescar.reader.values import Places


def rule_labels(image: Slice, shown: LabelMap, rule: str, remote: Places | None = None) -> LabelMap:
    """``shown`` with the scar that ``rule`` finds in its wall.

    ``remote`` outlines the remote region; where it holds no wall, the rule finds its own. There is
    no MVO: thresholds know none.

    Raises:
        EventError: no threshold has that name.
    """
    if rule not in THRESHOLDS:
        raise EventError(f"no threshold is called so; choose {', '.join(THRESHOLDS)}")
    scar = rule_weights(image, shown.wall, rule, remote) >= RULE_CUTOFF
    return redrawn(shown, np.zeros_like(shown.wall), np.asarray(scar))


def rule_weights(image: Slice, wall: PixelMask, rule: str, remote: Places | None) -> Probability:
    """What ``rule``, which must be known, gives each pixel of the wall; ``remote`` as above."""
    far = None if remote is None else inside_polygon(remote, wall.shape) & wall
    given = far if far is not None and far.any() else None
    return THRESHOLDS[rule](image.pixels, wall, remote=given)
