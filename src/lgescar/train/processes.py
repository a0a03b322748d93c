"""Several processes that train one network together, as ``torchrun`` starts them.

Most runs are alone, and then nothing here does anything. Together, each process has its own share
of every step's batches, gradients are averaged before the step, and process 0 alone, the main one,
checks and writes. ``run_apart`` is for others' training, in a process of its own.
"""

from __future__ import annotations

import atexit
import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any, TypeVar, cast

import torch
from torch import Tensor, nn

from lgescar.core.errors import LgescarError, ModelError, UsageError

LONGEST_WAIT = timedelta(hours=6)
"""For the main process, which scores the tune patients while the others wait."""
SPEAK_OVER = ("GLOO_SOCKET_IFNAME", "NCCL_SOCKET_IFNAME")
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Processes:
    """Which of ``count`` processes this one is; ``here`` is its number on its own machine."""

    number: int = 0
    count: int = 1
    here: int = 0

    @property
    def main(self) -> bool:
        """The one process that checks and writes."""
        return self.number == 0

    @property
    def no_bar(self) -> bool | None:
        """For tqdm: the main process shows bars on a terminal, the others never."""
        return None if self.main else True

    def batch(self, number: int) -> int:
        """The batch that is this process's ``number``-th.

        Together, ``n`` processes see what one that accumulates ``n`` times as often sees.
        """
        return number * self.count + self.number

    def device(self, name: str) -> torch.device:
        """The processor, or a GPU of this process's own.

        Raises:
            ModelError: no GPU is here, or fewer than processes.
        """
        if name != "cuda":
            return torch.device(name)
        if not torch.cuda.is_available():
            raise ModelError('this recipe wants a GPU and none is here; set device = "cpu" in it')
        if self.count == 1:
            return torch.device(name)
        if self.here >= torch.cuda.device_count():
            raise ModelError(
                f"process {self.here} of this machine has no GPU left: "
                f"{torch.cuda.device_count()} here; start no more processes than that"
            )
        torch.cuda.set_device(self.here)
        return torch.device(name, self.here)


@cache
def processes() -> Processes:
    """All that take part in this run; joins them where ``torchrun`` started more than one.

    Raises:
        UsageError: there are several and accelerate is not installed.
    """
    count = int(os.environ.get("WORLD_SIZE", "1"))
    return _joined(count) if count > 1 and "LOCAL_RANK" in os.environ else Processes()


def from_main(make: Callable[[], T]) -> T:
    """What ``make`` gives in the main process, in all of them; it is called nowhere else.

    Raises:
        LgescarError: ``make`` raised it; then every process does.
    """
    if processes().count == 1:
        return make()
    from accelerate.utils import broadcast_object_list

    shared: list[object] = [None, None]
    if processes().main:
        try:
            shared[0] = make()
        except LgescarError as error:
            shared[1] = error
    broadcast_object_list(shared)
    if isinstance(shared[1], LgescarError):
        raise shared[1]
    return cast(T, shared[0])


def average_step(network: nn.Module, loss: float, bad: bool) -> tuple[float, bool]:
    """Average the gradients over the processes; the mean loss, and whether any batch was bad.

    Batch normalisation keeps running statistics of what each process saw: they are averaged too.
    A weight without gradient in one process counts as 0 there, without any it is left alone.
    """
    if processes().count == 1:
        return loss, bad
    trained = [p for p in network.parameters() if p.requires_grad]
    used = torch.tensor([p.grad is not None and not bad for p in trained], dtype=torch.float32)
    stand = torch.tensor([0.0 if bad else loss, float(bad)])
    running = [b for n, b in network.named_buffers() if "running_" in n.rpartition(".")[2]]
    for weight in trained:
        if weight.grad is None or bad:
            weight.grad = torch.zeros_like(weight)
    _average([stand, used, *running, *(p.grad for p in trained if p.grad is not None)])
    for weight, share in zip(trained, used.tolist(), strict=True):
        if share == 0.0:
            weight.grad = None
    return float(stand[0]), bool(stand[1] > 0.0)


def refuse_different_starts(network: nn.Module, step: int) -> None:
    """Refuse processes that begin with other weights, or elsewhere, than the main one.

    How many batches a layer has seen is each process's own: it changes no prediction.

    Raises:
        ModelError: they do: another folder, or other files in it.
    """
    if processes().count == 1:
        return
    weights = (v for v in network.state_dict().values() if v.is_floating_point())
    sums = [float(v.double().sum()) for v in weights]
    if from_main(lambda: (step, sums)) != (step, sums):
        raise ModelError(
            f"process {processes().number} begins at step {step} with other weights than the "
            "first; all need the same run folder and the same software"
        )


def refuse_several(what: str) -> None:
    """Refuse to train by several processes what only one can train.

    Raises:
        UsageError: there are several.
    """
    if processes().count > 1:
        raise UsageError(f"{what} is trained by one process; start it without torchrun")


def run_apart(
    what: str, module: str, job: Mapping[str, Any], settings: Mapping[str, str], folder: Path
) -> None:
    """Run ``python -m module JOB`` to its end, its words in ``log.txt`` of ``folder``.

    Its environment is ours with ``settings``, which ``what`` reads when it is imported.

    Raises:
        ModelError: it failed.
    """
    folder.mkdir(parents=True, exist_ok=True)
    command = [sys.executable, "-m", module, json.dumps(job)]
    with (folder / "log.txt").open("ab") as log:
        done = subprocess.run(
            command, env={**os.environ, **settings}, stdout=log, stderr=subprocess.STDOUT
        )
    if done.returncode != 0:
        raise ModelError(f"{what} stopped with code {done.returncode}; see {folder.name}/log.txt")


def _joined(count: int) -> Processes:
    if find_spec("accelerate") is None:
        raise UsageError("several processes need accelerate: pip install 'lgescar[train]'")
    # The functions of this module have the present group as a default argument. If it is imported
    # after the group was made, as torch's optimizers do, it holds that group to the end: the
    # group's threads then outlive ``destroy_process_group`` and sometimes abort the process.
    import_module("torch.distributed.nn.functional")
    from accelerate import PartialState

    if os.environ.get("LOCAL_WORLD_SIZE") == str(count) and sys.platform == "linux":
        for name in SPEAK_OVER:
            os.environ.setdefault(name, "lo")  # one machine: nothing leaves it
    backend = "cpu:gloo,cuda:nccl" if torch.cuda.is_available() else "gloo"
    torch.distributed.init_process_group(backend, timeout=LONGEST_WAIT)
    state = PartialState(cpu=True)  # takes what was just made, GPUs included
    atexit.register(state.destroy_process_group)
    return Processes(state.process_index, state.num_processes, state.local_process_index)


@torch.no_grad()
def _average(tensors: Iterable[Tensor]) -> None:
    """Put the mean over the processes in place of each tensor, in one exchange."""
    from accelerate.utils import reduce

    parts = list(tensors)
    device = parts[-1].device
    flat = torch.cat([p.to(device, torch.float32).flatten() for p in parts])
    mean = reduce(flat, "mean")
    for part, value in zip(parts, mean.split([p.numel() for p in parts]), strict=True):
        part.copy_(value.view_as(part))
