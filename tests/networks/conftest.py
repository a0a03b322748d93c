import pytest
import torch

pytest.importorskip("transformers")

from lgescar.networks.sam import Sam, SamShape, fresh_model, small_config

TINY = SamShape(
    image_px=64,
    patch_px=8,
    width=24,
    layers=2,
    heads=2,
    window=3,
    global_layers=(1,),
    channels=16,
    decoder_width=32,
)


@pytest.fixture
def tiny() -> Sam:
    """A SAM of two layers, one of them windowed, that works at 64 samples and sees 32."""
    torch.manual_seed(0)
    return Sam(fresh_model(small_config(TINY)), 32).eval()
