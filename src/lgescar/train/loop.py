"""The one training loop: batches in, averaged weights out, resumable to the bit on CPU."""

from __future__ import annotations

import copy
import dataclasses
import json
import logging
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

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
from lgescar.train.recipe import Schedule

log = logging.getLogger(__name__)
MOST_BAD_BATCHES = 10
BEST = "best"
"""Folder, in a run's, of the weights that scored best."""

Loss = Callable[[nn.Module, int], Tensor]
"""Loss of the network on the batch of a step; the step alone decides the batch."""
Check = Callable[[nn.Module], dict[str, float]]
"""Scores of the averaged network on the tune patients."""


@dataclass
class Progress:
    """What changes while a run goes on; ``stale`` counts checks since the best one."""

    step: int = 0
    bad_batches: int = 0
    best: float = -1.0
    stale: int = 0


def fit(
    network: nn.Module, loss: Loss, check: Check, schedule: Schedule, folder: Path, *, seed: int
) -> nn.Module:
    """Train ``network`` from where ``folder`` stands and return its averaged weights.

    Batches depend on (seed, step) alone, so a run that was killed and resumed on one machine
    with one number of threads ends with the same weights as one that was not. With ``patience``
    the run ends once so many checks brought no better mean score, and the weights are those of
    the best check.

    Raises:
        ModelError: the loss was NaN or infinite in ten batches, or the device is not here.
    """
    network = network.to(_device(schedule)).to(memory_format=torch.channels_last)
    average = copy.deepcopy(network).eval()
    optimizer = torch.optim.AdamW(
        network.parameters(), lr=schedule.learning_rate, weight_decay=schedule.weight_decay
    )
    progress = _restored(network, average, optimizer, folder)
    bar = tqdm(total=schedule.steps, initial=progress.step, desc=folder.name, disable=None)
    started = time.monotonic()
    while progress.step < schedule.steps and not _given_up(schedule, progress):
        torch.manual_seed(seed * 1_000_003 + progress.step)
        for group in optimizer.param_groups:
            share = one_cycle(progress.step / schedule.steps, schedule.warm_up)
            group["lr"] = schedule.learning_rate * share
        value = _step(network, optimizer, loss, schedule, progress)
        _follow(average, network, min(schedule.average, (1 + progress.step) / (10 + progress.step)))
        progress.step += 1
        bar.update()
        if progress.step % schedule.checkpoint_every == 0 or progress.step == schedule.steps:
            scores = check(average)
            _judge(average, scores, folder, schedule, progress)
            _record(folder, progress, value, scores, time.monotonic() - started)
            if schedule.curves:
                _draw_curves(folder, progress, value, scores)
            _store(network, average, optimizer, folder, progress)
            bar.set_postfix(loss=f"{value:.3f}", **{k: f"{v:.3f}" for k, v in scores.items()})
    bar.close()
    if schedule.patience:
        average.load_state_dict(averaged_weights(folder))
    return average


def _device(schedule: Schedule) -> torch.device:
    if schedule.device == "cuda" and not torch.cuda.is_available():
        raise ModelError('this recipe wants a GPU and none is here; set device = "cpu" in it')
    return torch.device(schedule.device)


def _given_up(schedule: Schedule, progress: Progress) -> bool:
    return 0 < schedule.patience <= progress.stale


def _judge(
    average: nn.Module,
    scores: dict[str, float],
    folder: Path,
    schedule: Schedule,
    progress: Progress,
) -> None:
    """Count the checks without a better mean score, and keep the weights of the best one."""
    if not schedule.patience or not scores:
        return
    score = sum(scores.values()) / len(scores)
    progress.stale += 1
    if score > progress.best:
        progress.best, progress.stale = score, 0
        tensors = {f"average.{k}": v for k, v in average.state_dict().items()}
        write_checkpoint(folder / BEST, Checkpoint(tensors, {"step": progress.step}))


def one_cycle(fraction: float, warm: float = 0.15) -> float:
    """Share of the peak learning rate: cosine up over ``warm``, cosine down to 1/1000 after.

    Source: Smith and Topin, 2019 (super-convergence), cosine form.
    """
    low = 0.04 if fraction < warm else 1e-3
    at = fraction / warm if fraction < warm else (1.0 - fraction) / (1.0 - warm)
    rise = 0.5 - 0.5 * float(torch.cos(torch.tensor(torch.pi * min(max(at, 0.0), 1.0))))
    return low + (1.0 - low) * rise


def _step(
    network: nn.Module,
    optimizer: torch.optim.Optimizer,
    loss: Loss,
    schedule: Schedule,
    progress: Progress,
) -> float:
    network.train()
    optimizer.zero_grad(set_to_none=True)
    total = 0.0
    for part in range(schedule.accumulate):
        with torch.autocast(schedule.device, torch.bfloat16, enabled=schedule.precision == "bf16"):
            value = loss(network, progress.step * schedule.accumulate + part) / schedule.accumulate
        if not bool(torch.isfinite(value)):
            progress.bad_batches += 1
            log.warning("step %d: the loss is not finite; batch skipped", progress.step)
            if progress.bad_batches >= MOST_BAD_BATCHES:
                raise ModelError(f"the loss was not finite in {MOST_BAD_BATCHES} batches; stopped")
            return float("nan")
        value.backward()  # type: ignore[no-untyped-call]
        total += float(value.detach())
    torch.nn.utils.clip_grad_norm_(network.parameters(), 5.0)
    optimizer.step()
    return total


@torch.no_grad()
def _follow(average: nn.Module, network: nn.Module, keep: float) -> None:
    ours, theirs = average.state_dict(), network.state_dict()
    for name, value in ours.items():
        if value.dtype.is_floating_point:
            value.lerp_(theirs[name], 1.0 - keep)  # leaves frozen weights as they are, to the bit
        else:
            value.copy_(theirs[name])


def _store(
    network: nn.Module,
    average: nn.Module,
    optimizer: torch.optim.Optimizer,
    folder: Path,
    progress: Progress,
) -> None:
    tensors = {f"network.{k}": v for k, v in network.state_dict().items()}
    tensors |= {f"average.{k}": v for k, v in average.state_dict().items()}
    tensors |= optimizer_tensors(optimizer)
    write_checkpoint(folder, Checkpoint(tensors, dataclasses.asdict(progress)))


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
    """The averaged weights of a run: the best ones where it kept them, else the last.

    Raises:
        ModelError: the run has no checkpoint.
    """
    found = read_checkpoint(folder / BEST) or read_checkpoint(folder)
    if found is None:
        raise ModelError(f"{folder.name} holds no checkpoint; train it first")
    return _part(found.tensors, "average.")


def _part(tensors: dict[str, Tensor], prefix: str) -> dict[str, Tensor]:
    return {k.removeprefix(prefix): v for k, v in tensors.items() if k.startswith(prefix)}


def _record(
    folder: Path, progress: Progress, loss: float, scores: dict[str, float], seconds: float
) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    row = {"step": progress.step, "loss": round(loss, 5), "seconds": round(seconds), **scores}
    with (folder / "log.jsonl").open("a") as file:
        file.write(json.dumps(row) + "\n")


def _draw_curves(folder: Path, progress: Progress, loss: float, scores: dict[str, float]) -> None:
    """One more point of each curve that ``tensorboard --logdir`` shows."""
    from torch.utils.tensorboard import SummaryWriter  # slow to load, and rarely wanted

    writer = SummaryWriter(str(folder / "curves"), purge_step=progress.step)
    for name, value in {"loss": loss, **scores}.items():
        writer.add_scalar(name, value, progress.step)
    writer.close()
