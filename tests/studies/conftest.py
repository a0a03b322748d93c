"""Studies small enough for a test: two steps, two or three simulated patients."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
TINY = """
seeds = [1]

[simulated]
train = 1
tune = 1
evaluate = 1
scar = "chronic"

[common]
threads = 1
data.simulated = 0
schedule.steps = 2
schedule.batch = 2
schedule.checkpoint_every = 1
view.view_px = 32
network.shape.image_px = 32
network.shape.width = 16
network.shape.layers = 1
network.shape.heads = 2
network.shape.channels = 16
network.shape.decoder_width = 16
"""
VARIANTS = """
[variants.dice.loss]
dice = 1.0
entropy = 0.0
kl = 0.0

[variants.kl.loss]
dice = 0.0
entropy = 0.0
kl = 1.0
"""


@pytest.fixture
def study_file(tmp_path: Path) -> Callable[[str, bool], Path]:
    """A study's recipe over sam_tiny, two steps long; ``own`` are its lines at the top."""

    def made(own: str, varied: bool = True) -> Path:
        base = (ROOT / "recipes" / "sam_tiny" / "recipe.toml").as_posix()
        path = tmp_path / "study.toml"
        text = f'name = "small"\nbase = "{base}"\n{own}{TINY}'
        path.write_text(text + (VARIANTS if varied else ""), encoding="utf-8")
        return path

    return made
