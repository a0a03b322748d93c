from dataclasses import replace

import numpy as np
import pytest

from lgescar.core.errors import UsageError
from lgescar.train.dataset import LabelledSlice
from lgescar.train.recipe import Data
from lgescar.train.task import odds


def test_cohorts_get_their_share_and_scar_its_odds(heart_slice: LabelledSlice) -> None:
    healthy = replace(heart_slice, codes=np.minimum(heart_slice.codes, 2))
    other = replace(heart_slice, cohort="other")
    chance = odds(
        [heart_slice, healthy, other, other], Data("", {"made": 0.75, "other": 0.25}, 2.0)
    )
    assert chance == pytest.approx([0.5, 0.25, 0.125, 0.125])


def test_a_cohort_without_a_share_is_refused(heart_slice: LabelledSlice) -> None:
    with pytest.raises(UsageError, match="made"):
        odds([heart_slice], Data("", {"other": 1.0}))
