"""Trains the default bundle: localizer, segmenter, prompt decoder, then its cutoffs."""

from __future__ import annotations

import tempfile
from pathlib import Path

import torch

from lgescar.bundle import open_bundle
from lgescar.networks.localizer import Localizer
from lgescar.networks.promptable import Promptable
from lgescar.train.calibrate import store_calibration
from lgescar.train.dataset import LabelledPatient, disc_slices
from lgescar.train.export import export as export
from lgescar.train.held_out import calibrate, predict_held_out
from lgescar.train.localizer import LocalizerTask
from lgescar.train.loop import fit
from lgescar.train.processes import from_main
from lgescar.train.prompter import PrompterTask, first_decoder
from lgescar.train.recipe import Recipe
from lgescar.train.run import Run
from lgescar.train.segmenter import SegmenterTask, build


def refuse_unready(recipe: Recipe) -> None:
    """Nothing but torch is needed."""


def train(recipe: Recipe, run: Run) -> dict[str, float]:
    """Train the networks one after the other and calibrate; scores on the tune patients."""
    coarse = recipe.localizer
    localizing = LocalizerTask(recipe, run.canvases(coarse.pixel_mm, coarse.canvas_px))
    torch.manual_seed(recipe.seed)
    fit(Localizer(coarse.widths), localizing, run.folder)
    tune, train = ([s for p in part for s in disc_slices(p)] for part in (run.tune, run.train))
    task = SegmenterTask(recipe, (train, tune))
    torch.manual_seed(recipe.seed)
    network = fit(build(recipe.segmenter), task, run.folder)
    if recipe.prompter is not None:
        _fit_prompter(recipe, network, task, run.folder)
    scores = task.check(network)
    return {**scores, **from_main(lambda: _calibrated(run.tune, run.folder))}


def _fit_prompter(
    recipe: Recipe, network: Promptable, segmenting: SegmenterTask, folder: Path
) -> None:
    """Train the decoder of ``network`` further, or a new one in its place."""
    assert recipe.prompter is not None  # the caller checked it
    task = PrompterTask(recipe, recipe.prompter, network.encoder, segmenting.train)
    torch.manual_seed(task.seed)
    decoder = first_decoder(network, recipe.segmenter, recipe.prompter)
    network.decoder = fit(decoder, task, folder)


def _calibrated(tuning: list[LabelledPatient], folder: Path) -> dict[str, float]:
    predictions = []
    if tuning:
        with tempfile.TemporaryDirectory() as scratch:
            export(folder, Path(scratch))
            bundle = open_bundle(Path(scratch))
            predictions = [predict_held_out(bundle, patient) for patient in tuning]
    found = calibrate(predictions)
    store_calibration(found, folder)
    return found
