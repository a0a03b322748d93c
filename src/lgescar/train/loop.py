"""The one training loop: a task in, averaged weights out, resumable to the bit on CPU."""

from __future__ import annotations

import copy
import dataclasses
import json
import logging
import time
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn
from tqdm import tqdm

from lgescar.core.errors import ModelError
from lgescar.train.checkpoint import (
    Checkpoint,
    optimizer_tensors,
    read_checkpoint,
    restore_optimizer,
    write_checkpoint,
)
from lgescar.train.processes import (
    average_step,
    from_main,
    processes,
    refuse_different_starts,
)
from lgescar.train.recipe import Schedule
from lgescar.train.task import N, Task

log = logging.getLogger(__name__)
MOST_BAD_BATCHES = 10
BEST = "best"
"""Folder, in a run's, of the weights that scored best."""
CURVES = "curves"
"""Folder, in a run's, for TensorBoard."""
TUNE_SLICES = "tune_slices"
"""Name of the pictures there."""


@dataclass
class Progress:
    """What changes while a run goes on; ``stale`` counts checks since the best one."""

    step: int = 0
    bad_batches: int = 0
    best: float = -1.0
    stale: int = 0


def fit(network: N, task: Task[N], run: Path) -> N:
    """Train ``network`` from where the task's folder in ``run`` stands; its averaged weights.

    Batches depend on (seed, step) alone, so a run that was killed and resumed on one machine
    with one number of threads ends with the same weights as one that was not. With ``patience``
    the run ends once so many checks brought no better mean score, and the weights are those of
    the best check. Several processes share each step's batches and end with the same weights.

    Raises:
        ModelError: the loss was NaN or infinite in ten batches, or the device is not here.
    """
    ours, schedule, folder = processes(), task.schedule, run / task.name
    network = network.to(ours.device(schedule.device)).to(memory_format=torch.channels_last)
    average = copy.deepcopy(network).eval()
    optimizer = torch.optim.AdamW(
        network.parameters(), lr=schedule.learning_rate, weight_decay=schedule.weight_decay
    )
    progress = _restored(network, average, optimizer, folder)
    refuse_different_starts(network, progress.step)
    bar = tqdm(total=schedule.steps, initial=progress.step, desc=folder.name, disable=ours.no_bar)
    stand = _Run(network, average, optimizer, task, folder)
    while progress.step < schedule.steps and not _stopped_early(schedule, progress):
        torch.manual_seed(ours.batch(task.seed * 1_000_003 + progress.step))
        for group in optimizer.param_groups:
            share = one_cycle(progress.step / schedule.steps, schedule.warm_up)
            group["lr"] = schedule.learning_rate * share
        value = _step(stand, progress)
        _follow(average, network, min(schedule.average, (1 + progress.step) / (10 + progress.step)))
        progress.step += 1
        bar.update()
        if progress.step % schedule.checkpoint_every == 0 or progress.step == schedule.steps:
            progress, scores = from_main(partial(_check, stand, progress, value))
            bar.set_postfix(loss=f"{value:.3f}", **{k: f"{v:.3f}" for k, v in scores.items()})
    bar.close()
    if schedule.patience:
        average.load_state_dict(averaged_weights(folder))
    return average


@dataclass(frozen=True, slots=True, eq=False)
class _Run:
    """What stays while a run goes on."""

    network: nn.Module
    average: nn.Module
    optimizer: torch.optim.Optimizer
    task: Task[Any]
    folder: Path
    started: float = field(default_factory=time.monotonic)


def _check(run: _Run, progress: Progress, loss: float) -> tuple[Progress, dict[str, float]]:
    """Score the averaged network, log it and store a checkpoint."""
    scores = run.task.check(run.average)
    _store_best(run, scores, progress)
    _record(run, progress, loss, scores)
    if run.task.schedule.curves:
        _draw_curves(run, progress, loss, scores)
    _store(run, progress)
    return progress, scores


def _stopped_early(schedule: Schedule, progress: Progress) -> bool:
    return 0 < schedule.patience <= progress.stale


def _store_best(run: _Run, scores: dict[str, float], progress: Progress) -> None:
    """Count the checks without a better mean score, and store the weights of the best one."""
    if not run.task.schedule.patience or not scores:
        return
    score = sum(scores.values()) / len(scores)
    progress.stale += 1
    if score > progress.best:
        progress.best, progress.stale = score, 0
        tensors = {f"average.{k}": v for k, v in run.average.state_dict().items()}
        write_checkpoint(run.folder / BEST, Checkpoint(tensors, {"step": progress.step}))


def one_cycle(fraction: float, warm: float = 0.15) -> float:
    """Share of the peak learning rate: cosine up over ``warm``, cosine down to 1/1000 after.

    Source: Smith and Topin, 2019 (super-convergence), cosine form.
    """
    low = 0.04 if fraction < warm else 1e-3
    at = fraction / warm if fraction < warm else (1.0 - fraction) / (1.0 - warm)
    rise = 0.5 - 0.5 * float(torch.cos(torch.tensor(torch.pi * min(max(at, 0.0), 1.0))))
    return low + (1.0 - low) * rise


def _step(run: _Run, progress: Progress) -> float:
    """One step on this process's share of the batches; the mean loss of all of them."""
    network, schedule, ours = run.network, run.task.schedule, processes()
    network.train()
    run.optimizer.zero_grad(set_to_none=True)
    total, bad = 0.0, False
    for part in range(schedule.accumulate):
        batch = ours.batch(progress.step * schedule.accumulate + part)
        with torch.autocast(schedule.device, torch.bfloat16, enabled=schedule.precision == "bf16"):
            value = run.task.loss(network, batch) / schedule.accumulate
        bad = not bool(torch.isfinite(value))
        if bad:
            break
        value.backward()  # type: ignore[no-untyped-call]
        total += float(value.detach())
    total, bad = average_step(network, total, bad)
    if bad:
        progress.bad_batches += 1
        if ours.main:
            log.warning("step %d: the loss is not finite; batch skipped", progress.step)
        if progress.bad_batches >= MOST_BAD_BATCHES:
            raise ModelError(f"the loss was not finite in {MOST_BAD_BATCHES} batches; stopped")
        return float("nan")
    torch.nn.utils.clip_grad_norm_(network.parameters(), 5.0)
    run.optimizer.step()
    return total


@torch.no_grad()
def _follow(average: nn.Module, network: nn.Module, keep: float) -> None:
    ours, theirs = average.state_dict(), network.state_dict()
    for name, value in ours.items():
        if value.dtype.is_floating_point:
            value.lerp_(theirs[name], 1.0 - keep)  # leaves frozen weights as they are, to the bit
        else:
            value.copy_(theirs[name])


def _store(run: _Run, progress: Progress) -> None:
    tensors = {f"network.{k}": v for k, v in run.network.state_dict().items()}
    tensors |= {f"average.{k}": v for k, v in run.average.state_dict().items()}
    tensors |= optimizer_tensors(run.optimizer)
    write_checkpoint(run.folder, Checkpoint(tensors, dataclasses.asdict(progress)))


def _restored(
    network: nn.Module, average: nn.Module, optimizer: torch.optim.Optimizer, folder: Path
) -> Progress:
    found = read_checkpoint(folder)
    if found is None:
        return Progress()
    for prefix, module in (("network.", network), ("average.", average)):
        module.load_state_dict(_part(found.tensors, prefix))
    restore_optimizer(optimizer, found.tensors)
    return Progress(**found.state)


def averaged_weights(folder: Path) -> dict[str, Tensor]:
    """The averaged weights of a run: the best ones where it stored them, else the last.

    Raises:
        ModelError: the run has no checkpoint.
    """
    found = read_checkpoint(folder / BEST) or read_checkpoint(folder)
    if found is None:
        raise ModelError(f"{folder.name} holds no checkpoint; train it first")
    return _part(found.tensors, "average.")


def _part(tensors: dict[str, Tensor], prefix: str) -> dict[str, Tensor]:
    return {k.removeprefix(prefix): v for k, v in tensors.items() if k.startswith(prefix)}


def _record(run: _Run, progress: Progress, loss: float, scores: dict[str, float]) -> None:
    run.folder.mkdir(parents=True, exist_ok=True)
    seconds = round(time.monotonic() - run.started)
    row = {"step": progress.step, "loss": round(loss, 5), "seconds": seconds, **scores}
    with (run.folder / "log.jsonl").open("a") as file:
        file.write(json.dumps(row) + "\n")


def _draw_curves(run: _Run, progress: Progress, loss: float, scores: dict[str, float]) -> None:
    """One more point of each curve that ``tensorboard --logdir`` shows, and one more picture."""
    from torch.utils.tensorboard import SummaryWriter  # slow to load, and rarely wanted

    writer = SummaryWriter(str(run.folder / CURVES), purge_step=progress.step)
    for name, value in {"loss": loss, **scores}.items():
        writer.add_scalar(name, value, progress.step)
    picture = run.task.picture(run.average)
    if picture is not None:
        writer.add_image(TUNE_SLICES, picture, progress.step, dataformats="HWC")
    writer.close()
