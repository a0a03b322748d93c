import numpy as np
import pytest

from lgescar.core.errors import PromptError
from lgescar.core.prompt import Point, Prompt


def test_a_prompt_that_says_nothing_is_refused() -> None:
    with pytest.raises(PromptError, match="a box, a point or a previous mask"):
        Prompt()


def test_a_previous_mask_cannot_change_behind_the_prompt() -> None:
    drawn = np.zeros((2, 2), np.float32)
    prompt = Prompt(points=(Point(1.0, 1.0),), previous=drawn)
    drawn[:] = 1.0
    assert prompt.previous is not None
    assert not prompt.previous.any()
