"""Where a run stands, on disk: whole, checked, two generations."""

from __future__ import annotations

import hashlib
import json
import logging
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import load, save
from torch import Tensor

from lgescar.core.atomic import write_file
from lgescar.core.errors import ModelError

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """Tensors by name and a JSON-able state (at least ``step``)."""

    tensors: dict[str, Tensor]
    state: dict[str, Any]


def write_checkpoint(folder: Path, checkpoint: Checkpoint) -> None:
    """Replace the older of two generations; a kill at any moment leaves one whole.

    A generation is ``a`` or ``b``: ``a.safetensors`` and then ``a.json``, which holds its
    checksum. A json without its tensors, or the reverse, fails the check and is not used.
    """
    folder.mkdir(parents=True, exist_ok=True)
    steps = {name: _step(folder, name) for name in "ab"}
    name = min(steps, key=lambda n: steps[n])
    (folder / f"{name}.json").unlink(missing_ok=True)
    payload = save({k: v.detach().contiguous() for k, v in checkpoint.tensors.items()})
    write_file(folder / f"{name}.safetensors", payload)
    state = {**checkpoint.state, "sha256": hashlib.sha256(payload).hexdigest()}
    write_file(folder / f"{name}.json", json.dumps(state, indent=1).encode())


def read_checkpoint(folder: Path) -> Checkpoint | None:
    """The newest whole generation, or None where the run has not written one.

    Raises:
        ModelError: checkpoints are there and every one of them is damaged.
    """
    present = [n for n in "ab" if (folder / f"{n}.safetensors").exists()]
    whole = [found for n in present if (found := _generation(folder, n)) is not None]
    if len(whole) < len(present):
        log.warning("a checkpoint of %s is damaged; falling back to the one before", folder.name)
    if present and not whole:
        raise ModelError(f"every checkpoint in {folder} is damaged; train again without --resume")
    return max(whole, key=lambda c: int(c.state["step"]), default=None)


def _generation(folder: Path, name: str) -> Checkpoint | None:
    """One generation, or None where it is damaged."""
    try:
        state = json.loads((folder / f"{name}.json").read_text())
        payload = (folder / f"{name}.safetensors").read_bytes()
        if hashlib.sha256(payload).hexdigest() != state.pop("sha256"):
            return None
        return Checkpoint(load(payload), state)
    except (OSError, ValueError, KeyError):
        return None


def optimizer_tensors(optimizer: torch.optim.Optimizer) -> dict[str, Tensor]:
    """Moments of an Adam-like optimizer as flat named tensors."""
    state = optimizer.state_dict()["state"]
    return {
        f"optimizer.{index}.{key}": torch.as_tensor(value)
        for index, entry in state.items()
        for key, value in entry.items()
    }


def restore_optimizer(optimizer: torch.optim.Optimizer, tensors: dict[str, Tensor]) -> None:
    """Put back what ``optimizer_tensors`` took."""
    whole = optimizer.state_dict()
    entries: dict[int, dict[str, Tensor]] = {}
    for name, value in tensors.items():
        if name.startswith("optimizer."):
            _, index, key = name.split(".", 2)
            entries.setdefault(int(index), {})[key] = value
    whole["state"] = entries
    optimizer.load_state_dict(whole)


def _step(folder: Path, name: str) -> int:
    try:
        return int(json.loads((folder / f"{name}.json").read_text())["step"])
    except (OSError, ValueError, KeyError):
        return -1
