"""The one training loop: batches in, averaged weights out, resumable to the bit on CPU."""

from __future__ import annotations

import copy
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

Loss = Callable[[nn.Module, int], Tensor]
"""Loss of the network on the batch of a step; the step alone decides the batch."""
Check = Callable[[nn.Module], dict[str, float]]
"""Scores of the averaged network on the tune patients."""


@dataclass
class Progress:
    """What changes while a run goes on."""

    step: int = 0
    bad_batches: int = 0


def fit(
    network: nn.Module, loss: Loss, check: Check, schedule: Schedule, folder: Path, *, seed: int
) -> nn.Module:
    """Train ``network`` from where ``folder`` stands and return its averaged weights.

    Batches depend on (seed, step) alone, so a run that was killed and resumed on one machine
    with one number of threads ends with the same weights as one that was not.

    Raises:
        ModelError: the loss was NaN or infinite in ten batches.
    """
    network = network.to(memory_format=torch.channels_last)
    average = copy.deepcopy(network).eval()
    optimizer = torch.optim.AdamW(
        network.parameters(), lr=schedule.learning_rate, weight_decay=schedule.weight_decay
    )
    progress = _restored(network, average, optimizer, folder)
    bar = tqdm(total=schedule.steps, initial=progress.step, desc=folder.name, disable=None)
    started = time.monotonic()
    while progress.step < schedule.steps:
        torch.manual_seed(seed * 1_000_003 + progress.step)
        for group in optimizer.param_groups:
            group["lr"] = schedule.learning_rate * one_cycle(progress.step / schedule.steps)
        value = _step(network, optimizer, loss, schedule, progress)
        _follow(average, network, min(schedule.average, (1 + progress.step) / (10 + progress.step)))
        progress.step += 1
        bar.update()
        if progress.step % schedule.checkpoint_every == 0 or progress.step == schedule.steps:
            scores = check(average)
            _record(folder, progress, value, scores, time.monotonic() - started)
            _store(network, average, optimizer, folder, progress)
            bar.set_postfix(loss=f"{value:.3f}", **{k: f"{v:.3f}" for k, v in scores.items()})
    bar.close()
    return average


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
    with torch.autocast("cpu", torch.bfloat16, enabled=schedule.precision == "bf16"):
        value = loss(network, progress.step)
    if not bool(torch.isfinite(value)):
        progress.bad_batches += 1
        log.warning("step %d: the loss is not finite; batch skipped", progress.step)
        if progress.bad_batches >= MOST_BAD_BATCHES:
            raise ModelError(f"the loss was not finite in {MOST_BAD_BATCHES} batches; stopped")
        return float("nan")
    optimizer.zero_grad(set_to_none=True)
    value.backward()  # type: ignore[no-untyped-call]
    torch.nn.utils.clip_grad_norm_(network.parameters(), 5.0)
    optimizer.step()
    return float(value.detach())


@torch.no_grad()
def _follow(average: nn.Module, network: nn.Module, keep: float) -> None:
    ours, theirs = average.state_dict(), network.state_dict()
    for name, value in ours.items():
        if value.dtype.is_floating_point:
            value.mul_(keep).add_(theirs[name], alpha=1.0 - keep)
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
    state = {"step": progress.step, "bad_batches": progress.bad_batches}
    write_checkpoint(folder, Checkpoint(tensors, state))


def _restored(
    network: nn.Module, average: nn.Module, optimizer: torch.optim.Optimizer, folder: Path
) -> Progress:
    found = read_checkpoint(folder)
    if found is None:
        return Progress()
    for prefix, module in (("network.", network), ("average.", average)):
        module.load_state_dict(_part(found.tensors, prefix))
    restore_optimizer(optimizer, found.tensors)
    return Progress(int(found.state["step"]), int(found.state["bad_batches"]))


def averaged_weights(folder: Path) -> dict[str, Tensor]:
    """The averaged weights of a run.

    Raises:
        ModelError: the run has no checkpoint.
    """
    found = read_checkpoint(folder)
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
