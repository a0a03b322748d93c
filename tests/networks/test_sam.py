import os

import pytest
import torch
from torch import Tensor

from lgescar.core.box import Box
from lgescar.core.prompt import Point
from lgescar.networks.sam import (
    Mode,
    Sam,
    SamModel,
    SamShape,
    choose_trained,
    encoder_is_frozen,
    fresh_model,
    small_config,
)
from lgescar.prepare.prompt_tokens import prompt_tokens

SHAPE = SamShape(image_px=64, patch_px=8, width=24, layers=2, heads=2, channels=16)
BOX, POINTS = Box(4.0, 6.0, 20.0, 30.0), (Point(8.5, 9.5), Point(18.5, 25.5, inside=False))


def pictures(count: int, size: int) -> Tensor:
    """Bright discs at other places: pictures a network can tell apart."""
    axis = torch.arange(size) + 0.5
    centres = [(0.3 + 0.1 * i) * size for i in range(count)]
    return torch.stack(
        [((axis[:, None] - c) ** 2 + (axis - c) ** 2 < size).float()[None] for c in centres]
    )


def tokens(box: Box | None, points: tuple[Point, ...]) -> tuple[Tensor, Tensor]:
    at, kinds = prompt_tokens(box, points)
    return torch.from_numpy(at)[None, None], torch.from_numpy(kinds)[None, None]


@pytest.mark.parametrize(("boxed", "pointed"), [(True, False), (True, True), (False, True)])
@torch.no_grad()
def test_it_answers_as_the_library_does(boxed: bool, pointed: bool) -> None:
    """Same weights, view as large as the input; the library counts pixel centres from 0."""
    model = fresh_model(small_config(SHAPE)).eval()
    image, points = pictures(1, 64), POINTS if pointed else ()
    ours = Sam(model, 64)(image, *tokens(BOX if boxed else None, points))
    corners = torch.tensor([[[BOX.left, BOX.top, BOX.right, BOX.bottom]]]) - 0.5
    theirs = model(
        pixel_values=image,
        input_boxes=corners if boxed else None,
        input_points=torch.tensor([[[[p.col, p.row] for p in points]]]) - 0.5 if pointed else None,
        input_labels=torch.tensor([[[int(p.inside) for p in points]]]) if pointed else None,
        multimask_output=False,
    ).pred_masks[:, 0]
    expected = torch.nn.functional.interpolate(theirs, (64, 64), mode="bilinear")
    torch.testing.assert_close(ours, expected, rtol=1e-4, atol=1e-5)


@torch.no_grad()
def test_a_batch_of_two_equals_two_batches_of_one(tiny: Sam) -> None:
    images = pictures(2, 32)
    at, kinds = tokens(BOX, POINTS)
    both = tiny(images, at.expand(2, 3, -1, -1), kinds.expand(2, 3, -1))
    alone = torch.cat([tiny(image[None], at, kinds) for image in images])
    assert both.shape == (2, 3, 32, 32)
    for prompt in range(3):
        torch.testing.assert_close(both[:, prompt], alone[:, 0], rtol=1e-4, atol=1e-5)


@torch.no_grad()
def test_fresh_weights_vary_and_places_are_coded_at_scale_1() -> None:
    """The library's own start: encoder weights of 1e-10 and places scaled by half the width."""
    torch.manual_seed(0)
    network = Sam(fresh_model(small_config(SamShape())), 96)
    for block in network.vision_encoder.layers:
        assert float(block.attn.qkv.weight.std()) == pytest.approx(0.02, rel=0.1)
    places = network.prompt_encoder.shared_embedding.positional_embedding
    assert float(places.std()) == pytest.approx(1.0, rel=0.2)
    assert not places.requires_grad
    words = torch.cat([word.weight for word in network.prompt_encoder.point_embed])
    assert float(words.std()) == pytest.approx(1.0, rel=0.2)  # beside sines and cosines of 0.7
    assert float(SamModel(small_config(SHAPE)).shared_image_embedding.scale) == 12.0


def test_the_sizes_agree_everywhere() -> None:
    config = small_config(SamShape(image_px=512, patch_px=16))
    assert config.vision_config.image_size == config.prompt_encoder_config.image_size == 512
    assert config.prompt_encoder_config.image_embedding_size == 32


@torch.no_grad()
def test_with_unit_range_gain_and_pedestal_change_nothing() -> None:
    network = Sam(fresh_model(small_config(SHAPE)), 32, unit_range=True).eval()
    image = pictures(1, 32)
    torch.testing.assert_close(network.encode(image), network.encode(image * 3.0 - 1.0))


TAUGHT: dict[Mode, set[str]] = {
    "decoder": {"mask_decoder"},
    "last-blocks": {"mask_decoder", "vision_encoder.layers.1", "vision_encoder.neck"},
    "full": {"mask_decoder", "vision_encoder", "prompt_encoder"},
}


@pytest.mark.parametrize("mode", TAUGHT)
def test_a_mode_teaches_its_own_weights_and_no_others(tiny: Sam, mode: Mode) -> None:
    choose_trained(tiny, mode, last_blocks=1)
    for name, weight in tiny.named_parameters():
        inside = any(name.startswith(part + ".") for part in TAUGHT[mode])
        assert weight.requires_grad == (inside and "shared_embedding" not in name), name
    assert encoder_is_frozen(tiny) == (mode == "decoder")


def test_lora_changes_nothing_at_first_and_teaches_few_weights(tiny: Sam) -> None:
    image, prompt = pictures(1, 32), tokens(BOX, ())
    with torch.no_grad():
        before = tiny(image, *prompt)
        choose_trained(tiny, "lora", rank=2)
        torch.testing.assert_close(tiny(image, *prompt), before)
    trained = {n for n, w in tiny.vision_encoder.named_parameters() if w.requires_grad}
    assert trained == {
        f"layers.{i}.attn.{layer}.{half}.weight"
        for i in range(2)
        for layer in ("qkv", "proj")
        for half in ("down", "up")
    }


def test_the_library_is_told_to_stay_offline() -> None:
    assert os.environ["HF_HUB_OFFLINE"] == "1"
    assert os.environ["HF_HUB_DISABLE_TELEMETRY"] == "1"
