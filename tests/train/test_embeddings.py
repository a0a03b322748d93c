from pathlib import Path

import pytest
import torch

pytest.importorskip("transformers")

from lgescar.networks.sam import Sam, SamShape, fresh_model, small_config
from lgescar.train.embeddings import EmbeddingCache

SHAPE = SamShape(image_px=32, patch_px=8, width=12, layers=1, heads=2, channels=16)
IMAGES = torch.linspace(-1.0, 1.0, 2 * 16 * 16).view(2, 1, 16, 16)


def network(seed: int = 0) -> Sam:
    torch.manual_seed(seed)
    return Sam(fresh_model(small_config(SHAPE)), 16).eval()


@torch.no_grad()
def test_what_is_kept_is_what_the_encoder_saw(tmp_path: Path) -> None:
    sam = network()
    kept = EmbeddingCache(tmp_path, sam).embed(sam, IMAGES)
    torch.testing.assert_close(kept, sam.encode(IMAGES), rtol=2e-3, atol=2e-3)


def test_the_second_time_nothing_is_encoded_and_the_answer_is_the_same(tmp_path: Path) -> None:
    sam = network()
    first = EmbeddingCache(tmp_path, sam).embed(sam, IMAGES)
    assert len(list(tmp_path.glob("*.npy"))) == 2
    again = EmbeddingCache(tmp_path, sam)
    sam.vision_encoder.neck.conv2.weight.data.zero_()  # an encoding now would be nothing
    assert torch.equal(again.embed(sam, IMAGES), first)


def test_another_encoder_does_not_read_what_this_one_saw(tmp_path: Path) -> None:
    for seed in (0, 1):
        sam = network(seed)
        EmbeddingCache(tmp_path, sam).embed(sam, IMAGES)
    assert len(list(tmp_path.glob("*.npy"))) == 4
