import json
from dataclasses import fields, replace
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import nn

pytest.importorskip("transformers")

from lgescar.networks.sam import Mode, Sam, SamShape
from lgescar.train.augment import Augmentation
from lgescar.train.dataset import LabelledSlice
from lgescar.train.loop import averaged_weights, fit
from lgescar.train.recipe import Data, Schedule
from lgescar.train.sam import SamTask, calibrate_sam, embedding_cache
from lgescar.train.sam_network import NETWORK_FILE, build, stored_network
from lgescar.train.sam_prompts import Prompting
from lgescar.train.sam_recipe import SamNetwork, SamRecipe, SamView

SHAPE = SamShape(
    image_px=64, patch_px=8, width=24, layers=2, heads=2, channels=16, decoder_width=32
)
RECIPE = SamRecipe(
    name="tiny",
    licence="none",
    seed=3,
    data=Data("none", {"made": 1.0}),
    kind="sam",
    schedule=Schedule(
        steps=4, batch=2, learning_rate=3e-3, precision="float32", checkpoint_every=2
    ),
    view=SamView(canvas_px=64, view_px=48),
    network=SamNetwork(shape=SHAPE),
    prompts=Prompting(box=0.6, both=0.2, points=0.2),
)


def healthy(slice_: LabelledSlice) -> LabelledSlice:
    codes = np.where(slice_.codes >= 3, 2, slice_.codes).astype(np.uint8)
    return LabelledSlice("made", "two", slice_.image, slice_.counted, codes)


def network(recipe: SamRecipe) -> Sam:
    torch.manual_seed(recipe.seed)
    return build(recipe.network, recipe.view.view_px)[0]


def run(recipe: SamRecipe, slice_: LabelledSlice, folder: Path) -> Sam:
    slices, begun = [slice_, healthy(slice_)], network(recipe)
    cache = embedding_cache(recipe, begun, folder)
    return fit(begun, SamTask(recipe, (slices, slices), cache), folder)


def same(first: dict[str, torch.Tensor], second: dict[str, torch.Tensor]) -> bool:
    return all(torch.equal(value, second[name]) for name, value in first.items())


@pytest.mark.slow
def test_it_learns_the_scar_it_is_shown(heart_slice: LabelledSlice, tmp_path: Path) -> None:
    """One slice, shown again and again without change: every pixel of it can be known."""
    schedule = replace(RECIPE.schedule, steps=320, batch=4, checkpoint_every=320, average=0.9)
    still = Augmentation(*[0.0] * len(fields(Augmentation)))
    boxes = Prompting(healthy=0.2, jitter_px=1.0)
    recipe = replace(RECIPE, schedule=schedule, prompts=boxes, augmentation=still)
    slices = [heart_slice, healthy(heart_slice)]
    score = SamTask(recipe, (slices, slices)).check(run(recipe, heart_slice, tmp_path))[
        "made_scar_in_boxes"
    ]
    assert score > 0.7


@pytest.mark.parametrize("mode", ["decoder", "last-blocks", "lora", "full"])
def test_training_moves_what_the_mode_trains(
    mode: Mode, heart_slice: LabelledSlice, tmp_path: Path
) -> None:
    settings = replace(RECIPE.network, mode=mode, last_blocks=1, rank=2)
    recipe = replace(RECIPE, network=settings)
    begun = dict(network(recipe).named_parameters())
    ended = run(recipe, heart_slice, tmp_path).state_dict()
    moved = {name for name, w in begun.items() if not torch.equal(w, ended[name])}
    assert moved <= {name for name, w in begun.items() if w.requires_grad}
    assert any(name.startswith("mask_decoder") for name in moved)
    assert any(name.startswith("vision_encoder") for name in moved) == (mode != "decoder")


def test_a_killed_and_resumed_run_with_stored_embeddings_ends_the_same_to_the_bit(
    heart_slice: LabelledSlice, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    recipe = replace(RECIPE, network=replace(RECIPE.network, mode="decoder", cached_views=2))
    run(recipe, heart_slice, tmp_path / "whole")
    kept = list((tmp_path / "whole" / "embeddings").glob("*.npy"))
    # two views of two slices to learn from, and the two tune slices
    assert 2 < len(kept) <= 6

    class Killed(Exception):
        pass

    decode = Sam.decode

    def dies_late(self: Sam, *args: torch.Tensor) -> torch.Tensor:
        if self.training and (tmp_path / "killed" / "segmenter" / "a.json").exists():
            raise Killed
        return decode(self, *args)

    monkeypatch.setattr(Sam, "decode", dies_late)
    with pytest.raises(Killed):
        run(recipe, heart_slice, tmp_path / "killed")
    monkeypatch.undo()
    run(recipe, heart_slice, tmp_path / "killed")
    whole, resumed = (averaged_weights(tmp_path / n / "segmenter") for n in ("whole", "killed"))
    assert same(whole, resumed)


def test_a_frozen_encoder_is_not_moved_by_the_averaging_of_weights(
    heart_slice: LabelledSlice, tmp_path: Path
) -> None:
    recipe = replace(RECIPE, network=replace(RECIPE.network, mode="decoder"))
    before = network(recipe).vision_encoder.state_dict()
    assert same(before, run(recipe, heart_slice, tmp_path).vision_encoder.state_dict())


@pytest.mark.parametrize("mode", ["lora", "full"])
def test_a_run_opens_again_without_the_weights_it_began_with(
    mode: Mode, heart_slice: LabelledSlice, tmp_path: Path
) -> None:
    recipe = replace(RECIPE, network=replace(RECIPE.network, mode=mode))
    trained = run(recipe, heart_slice, tmp_path)
    _, about = build(recipe.network, recipe.view.view_px)
    (tmp_path / NETWORK_FILE).write_text(json.dumps(about))
    again, _ = stored_network(tmp_path, recipe)
    assert same(trained.state_dict(), again.state_dict())


def test_the_score_counts_what_is_invented_in_slices_without_scar(
    heart_slice: LabelledSlice,
) -> None:
    class Everything(Sam):
        def decode(self, *args: torch.Tensor) -> torch.Tensor:
            return torch.ones(1, args[1].shape[1], 48, 48)

    sam = network(RECIPE)
    sam.__class__ = Everything
    assert isinstance(sam, nn.Module)
    clean = LabelledSlice(
        "made", "one", heart_slice.image, heart_slice.counted, healthy(heart_slice).codes
    )
    scar = float((heart_slice.codes[8:-8, 8:-8] >= 3).sum())
    for slices, found in (([heart_slice], 48**2), ([heart_slice, clean], 2 * 48**2)):
        score = SamTask(RECIPE, (slices, slices)).check(sam)["made_scar_in_boxes"]
        assert score == pytest.approx(2.0 * scar / (scar + found), abs=1e-4)


@pytest.mark.parametrize(
    ("sign", "temperature", "cutoff"), [(1.0, np.exp(-1.5), 0.25), (-1.0, np.exp(1.5), 0.1)]
)
def test_calibration_trusts_a_network_that_is_right_and_doubts_one_that_is_wrong(
    heart_slice: LabelledSlice, sign: float, temperature: float, cutoff: float
) -> None:
    """Scar at chance 0.8 and the rest at 0.2, or the other way round.

    The temperature goes to the end of its range, exp(-1.5) or exp(1.5). Right, every cutoff
    above 0.2 is best, the first is 0.25; wrong, only those that take all near the box find scar.
    """
    scar = torch.from_numpy(heart_slice.codes[8:-8, 8:-8] >= 3)
    answer = sign * float(np.log(4.0)) * torch.where(scar, 1.0, -1.0)

    class Knowing(Sam):
        def decode(self, *args: torch.Tensor) -> torch.Tensor:
            return answer.expand(1, args[1].shape[1], 48, 48)

    sam = network(RECIPE)
    sam.__class__ = Knowing
    found = calibrate_sam(sam, [heart_slice], RECIPE)
    assert found["temperature"] == pytest.approx(temperature, rel=0.01)
    assert found["scar_cutoff"] == cutoff
    assert calibrate_sam(sam, [], RECIPE) == {"temperature": 1.0, "scar_cutoff": 0.5}
