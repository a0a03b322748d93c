from pathlib import Path

import pytest
import torch

from lgescar.core.errors import ModelError
from lgescar.networks.sam import SamShape, fresh_model, small_config
from lgescar.networks.sam_checkpoint import checkpoint_folder, checkpoint_sam, fitted
from lgescar.read.splits import sha256_of_file

SHAPE = SamShape(image_px=64, patch_px=8, width=24, layers=2, heads=2, channels=16)


@pytest.fixture
def weights(tmp_path: Path) -> Path:
    """A folder as the hub lays it out: a tiny SAM whose tables of positions are not 0."""
    torch.manual_seed(0)
    model = fresh_model(small_config(SHAPE))
    with torch.no_grad():
        for name, value in model.named_parameters():
            if "pos_embed" in name or "rel_pos" in name:
                value.normal_()
    model.save_pretrained(tmp_path / "tiny")
    return tmp_path / "tiny"


def test_weights_come_back_and_their_sha256_is_told(weights: Path) -> None:
    network, config, sha256 = checkpoint_sam(weights, 64, 32)
    again, _, _ = checkpoint_sam(weights, 64, 32)
    assert sha256 == sha256_of_file(weights / "model.safetensors")
    assert config.vision_config.hidden_size == 24
    state = network.state_dict()
    assert all(torch.equal(state[name], value) for name, value in again.state_dict().items())
    assert float(network.vision_encoder.pos_embed.detach().std()) > 0.5


def test_at_another_size_it_runs_and_its_tables_are_interpolated(weights: Path) -> None:
    native, _, _ = checkpoint_sam(weights, 64, 32)
    larger, config, _ = checkpoint_sam(weights, 128, 32)
    assert config.prompt_encoder_config.image_embedding_size == 16
    assert larger.vision_encoder.pos_embed.shape == (1, 16, 16, 24)
    assert larger.vision_encoder.layers[0].attn.rel_pos_h.shape == (31, 12)
    with torch.no_grad():
        assert larger.encode(torch.zeros(1, 1, 32, 32)).shape == (1, 16, 16, 16)
        assert native.encode(torch.zeros(1, 1, 32, 32)).shape == (1, 16, 8, 8)


def test_interpolation_keeps_a_slope_a_slope() -> None:
    """Relative positions on a line stay on it: 7 entries of step 1 become 15 of step 7 / 15."""
    line = torch.arange(7.0)[:, None].expand(7, 3)
    table = fitted(
        {"layers.0.attn.rel_pos_h": line}, {"layers.0.attn.rel_pos_h": torch.empty(15, 3)}
    )
    inner = table["layers.0.attn.rel_pos_h"][1:-1, 0]
    torch.testing.assert_close(inner.diff(), torch.full((12,), 7.0 / 15.0))
    rows = torch.arange(8.0).view(1, 8, 1, 1).expand(1, 8, 8, 3)
    finer = fitted({"pos_embed": rows}, {"pos_embed": torch.empty(1, 16, 16, 3)})["pos_embed"]
    torch.testing.assert_close(finer[0, 4:-4, 5, 0].diff(), torch.full((7,), 0.5))
    torch.testing.assert_close(finer[:, :, 0], finer[:, :, 9])


def test_a_tied_table_that_the_file_holds_once_is_found() -> None:
    table = torch.ones(2, 8)
    once = {"prompt_encoder.shared_embedding.positional_embedding": table}
    twice = {**once, "shared_image_embedding.positional_embedding": table}
    assert set(fitted(once, twice)) == set(twice)


def test_absent_weights_are_an_error_that_says_how_to_fetch_them() -> None:
    with pytest.raises(ModelError, match=r"downloads nothing.*hf download facebook/sam-vit-base"):
        checkpoint_folder("nobody/no-such-weights")
    with pytest.raises(ModelError, match="hf download"):
        checkpoint_folder("weights/not here")


def test_damaged_or_foreign_weights_are_refused(weights: Path) -> None:
    assert checkpoint_folder(str(weights)) == weights
    with pytest.raises(ModelError, match="lack"):
        fitted({}, {"mask_decoder.iou_token.weight": torch.empty(1)})
    with pytest.raises(ModelError, match="of another network"):
        fitted({"neck": torch.empty(3)}, {"neck": torch.empty(4)})
    with pytest.raises(ModelError, match="multiple of 8"):
        checkpoint_sam(weights, 100, 32)
    (weights / "model.safetensors").write_bytes(b"not weights")
    with pytest.raises(ModelError, match="damaged"):
        checkpoint_sam(weights, 64, 32)
    (weights / "model.safetensors").unlink()
    with pytest.raises(ModelError, match="holds none of"):
        checkpoint_sam(weights, 64, 32)
    (weights / "config.json").write_text("{")
    with pytest.raises(ModelError, match="not that of a SAM"):
        checkpoint_sam(weights, 64, 32)
