"""What a threshold would outline in the wall on screen, to be shown or counted; no edit."""

from __future__ import annotations

import numpy as np

from lgescar.core.errors import EventError
from lgescar.core.image import Slice
from lgescar.core.tissue import LabelMap
from lgescar.reader.draw import inside_polygon
from lgescar.reader.values import Places
from lgescar.segment.choose import RULE_CUTOFF
from lgescar.segment.outline import redrawn
from lgescar.segment.threshold import THRESHOLDS


def rule_labels(image: Slice, shown: LabelMap, rule: str, remote: Places | None = None) -> LabelMap:
    """``shown`` with the scar that ``rule`` finds in its wall.

    ``remote`` outlines the remote region; where it holds no wall, the rule finds its own. There is
    no MVO: thresholds know none.

    Raises:
        EventError: no threshold has that name.
    """
    if rule not in THRESHOLDS:
        raise EventError(f"no threshold is called so; choose {', '.join(THRESHOLDS)}")
    far = None if remote is None else inside_polygon(remote, shown.codes.shape) & shown.wall
    given = far if far is not None and far.any() else None
    weights = THRESHOLDS[rule](image.pixels, shown.wall, remote=given)
    return redrawn(shown, np.zeros_like(shown.wall), np.asarray(weights >= RULE_CUTOFF))
