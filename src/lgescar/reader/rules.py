"""What a threshold would outline in the wall on screen, to be shown beside it; no edit."""

from __future__ import annotations

import numpy as np

from lgescar.core.errors import EventError
from lgescar.core.image import Slice
from lgescar.core.tissue import LabelMap
from lgescar.segment.choose import RULE_CUTOFF
from lgescar.segment.outline import redrawn
from lgescar.segment.threshold import THRESHOLDS


def rule_labels(image: Slice, shown: LabelMap, rule: str) -> LabelMap:
    """``shown`` with the scar that ``rule`` finds in its wall; it finds its own remote region.

    No MVO: thresholds know none.

    Raises:
        EventError: no threshold has that name.
    """
    if rule not in THRESHOLDS:
        raise EventError(f"no threshold is called so; choose {', '.join(THRESHOLDS)}")
    weights = THRESHOLDS[rule](image.pixels, shown.wall, remote=None)
    return redrawn(shown, np.zeros_like(shown.wall), np.asarray(weights >= RULE_CUTOFF))
