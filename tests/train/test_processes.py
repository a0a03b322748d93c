"""Two real processes on the processor, as torchrun starts them; they speak over loopback.

This file is also what they run: ``torchrun test_processes.py OUT``.
"""

import json
import os
import subprocess
import sys
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path

import pytest
import torch
from torch import Tensor, nn

from lgescar.core.errors import ModelError, UsageError
from lgescar.train.loop import averaged_weights, fit
from lgescar.train.processes import (
    Processes,
    average_step,
    from_main,
    processes,
    refuse_different_starts,
    refuse_several,
)
from lgescar.train.recipe import Schedule
from lgescar.train.task import Task

STEPS, CHECK_EVERY, BAD_BATCH, KILLED_AT = 6, 2, 3, 10

pytestmark = pytest.mark.xdist_group("processes")


class Sometimes(nn.Module):
    """One weight that only odd batches use and one that none does; no batch normalisation."""

    def __init__(self) -> None:
        super().__init__()
        torch.manual_seed(0)
        self.always = nn.Conv2d(1, 3, 3)
        self.odd = nn.Parameter(torch.ones(3, 1, 1))
        self.never = nn.Parameter(torch.ones(2))

    def answer(self, images: Tensor, batch: int) -> Tensor:
        """Called past ``forward``, as the losses of this project do."""
        found: Tensor = self.always(images)
        return found * self.odd if batch % 2 else found


def loss(module: nn.Module, batch: int) -> Tensor:
    assert isinstance(module, Sometimes)
    images = torch.randn(2, 1, 6, 6, generator=torch.Generator().manual_seed(batch))
    value = (module.answer(images, batch) - 1.0).square().mean()
    return value * float("nan") if batch == BAD_BATCH else value


class Killed(Exception):
    pass


class Counted(Task[Sometimes]):
    """Counts its checks; raises in the batch ``dies_at``."""

    checks, dies_at = 0, STEPS * 2

    def loss(self, network: Sometimes, step: int) -> Tensor:
        if step >= self.dies_at:
            raise Killed
        return loss(network, step)

    def check(self, network: Sometimes) -> dict[str, float]:
        self.checks += 1
        return {"size": float(next(network.parameters()).detach().abs().sum())}


def trained(out: Path, accumulate: int) -> None:
    """Six steps, the second with a bad batch, killed in the sixth and resumed from the fourth."""
    schedule = Schedule(STEPS, 2, 0.05, checkpoint_every=CHECK_EVERY, accumulate=accumulate,
                        precision="float32")  # fmt: skip
    task = Counted("run", schedule, seed=5)
    task.dies_at = KILLED_AT
    try:
        fit(Sometimes(), task, out)
    except Killed:
        task.dies_at = STEPS * 2
        end = fit(Sometimes(), task, out)
        torch.save(end.state_dict(), out / f"{processes().number}.pt")
    seen = {"checked": task.checks, **small_things()}
    (out / f"{processes().number}.json").write_text(json.dumps(seen))


def small_things() -> dict[str, object]:
    """What each process sees of the room's functions."""
    ours, norm = processes(), nn.BatchNorm1d(1)
    assert norm.running_mean is not None
    norm.running_mean.fill_(2.0 + ours.number)
    mean_loss = average_step(norm, 1.0 + ours.number, False)
    seen: dict[str, object] = {
        "count": ours.count,
        "shared": from_main(lambda: f"by {ours.number}"),
        "loss": mean_loss,
        "running": float(norm.running_mean),
        "refused": "",
    }
    try:
        refuse_different_starts(norm, step=ours.number)
    except ModelError as error:
        seen["refused"] = str(error)
    norm.weight.data.fill_(float(ours.number))
    try:
        refuse_different_starts(norm, step=0)
        seen["other weights"] = ""
    except ModelError as error:
        seen["other weights"] = str(error)
    try:
        refuse_several("nnU-Net")
        seen["several"] = ""
    except UsageError as error:
        seen["several"] = str(error)
    try:
        from_main(failing)
    except ModelError as error:
        seen["error"] = str(error)
    return seen


def failing() -> None:
    raise ModelError("no room on the disk")


def run(command: Sequence[str], count: int) -> "subprocess.CompletedProcess[str]":
    """``python COMMAND`` in ``count`` processes of this machine."""
    launch = ["-m", "torch.distributed.run", "--nproc-per-node", str(count)]
    launch += ["--rdzv-backend", "c10d", "--rdzv-endpoint", "127.0.0.1:0"]
    launch += ["--local-addr", "127.0.0.1"]
    env = {**os.environ, "GLOO_SOCKET_IFNAME": "lo", "OMP_NUM_THREADS": "1"}
    words = [sys.executable, *launch, *command]
    done = subprocess.run(words, env=env, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done


@pytest.fixture(scope="module")
def outs(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """What two processes left, and what one that accumulates two batches left."""
    folders = tmp_path_factory.mktemp("two"), tmp_path_factory.mktemp("one")
    run([__file__, str(folders[0]), "1"], 2)
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(sys.modules, "accelerate", None)  # whoever imports it alone fails
        trained(folders[1], 2)
    return folders


def seen(folder: Path, number: int) -> dict[str, object]:
    found: dict[str, object] = json.loads((folder / f"{number}.json").read_text())
    return found


def test_two_processes_are_one_that_accumulates_twice(outs: tuple[Path, Path]) -> None:
    two, one = (averaged_weights(folder / "run") for folder in outs)
    assert two.keys() == one.keys() == Sometimes().state_dict().keys()
    for name, value in two.items():
        torch.testing.assert_close(value, one[name])
    assert not torch.equal(two["odd"], torch.ones(3, 1, 1))
    assert torch.equal(two["never"], torch.ones(2))  # no gradient anywhere: not decayed either
    logs = [(folder / "run" / "log.jsonl").read_text().splitlines() for folder in outs]
    rows = [[json.loads(line) for line in log] for log in logs]
    assert [row["step"] for row in rows[0]] == [2, 4, 6]  # once each: only one process writes
    assert rows[0][0]["loss"] != rows[0][0]["loss"]  # batch 3 is of step 2, which both skipped
    for ours, theirs in zip(rows[0][1:], rows[1][1:], strict=True):
        assert ours["loss"] == pytest.approx(theirs["loss"], abs=2e-5)  # rounded to 5 places
    for folder in outs:
        assert {json.loads(p.read_text())["bad_batches"] for p in (folder / "run").glob("?.json")} \
            == {1}  # fmt: skip


def test_both_processes_end_with_the_same_weights(outs: tuple[Path, Path]) -> None:
    ends = [torch.load(outs[0] / f"{number}.pt") for number in (0, 1)]
    assert all(torch.equal(value, ends[1][name]) for name, value in ends[0].items())


def test_only_the_first_process_checks_and_both_get_the_result(outs: tuple[Path, Path]) -> None:
    first, second = (seen(outs[0], number) for number in (0, 1))
    assert (first["count"], second["count"]) == (2, 2)
    assert (first["checked"], second["checked"]) == (3, 0)
    assert first["shared"] == second["shared"] == "by 0"
    assert first["error"] == second["error"] == "no room on the disk"


def test_losses_and_running_statistics_are_means(outs: tuple[Path, Path]) -> None:
    for number in (0, 1):
        assert seen(outs[0], number)["loss"] == [1.5, False]  # of 1 and 2
        assert seen(outs[0], number)["running"] == 2.5  # of 2 and 3


def test_a_process_that_begins_elsewhere_is_refused(outs: tuple[Path, Path]) -> None:
    assert seen(outs[0], 0)["refused"] == ""
    assert "step 1" in str(seen(outs[0], 1)["refused"])
    assert seen(outs[0], 0)["other weights"] == ""
    assert "weights" in str(seen(outs[0], 1)["other weights"])


def test_what_one_process_trains_is_refused_to_several(outs: tuple[Path, Path]) -> None:
    assert "without torchrun" in str(seen(outs[0], 1)["several"])
    assert seen(outs[1], 0)["several"] == ""


def test_processes_take_every_batch_once() -> None:
    taken = [Processes(number, 3).batch(i) for i in range(4) for number in range(3)]
    assert taken == list(range(12))
    assert [Processes().batch(i) for i in range(3)] == [0, 1, 2]


def test_alone_nothing_is_exchanged(outs: tuple[Path, Path]) -> None:
    alone = seen(outs[1], 0)
    assert (alone["count"], alone["shared"]) == (1, "by 0")
    assert (alone["loss"], alone["running"]) == ([1.0, False], 2.0)
    assert alone["error"] == "no room on the disk"


def test_the_command_line_trains_by_two_processes(
    shortened: Callable[[str], Path], cohort: Path, tmp_path: Path
) -> None:
    recipe, out = shortened("default"), tmp_path / "run"
    command = ["-m", "lgescar", "train", "run", "--recipe", str(recipe)]
    done = run([*command, "--data", str(cohort), "--out", str(out)], 2)
    assert done.stdout.count("trained:") == 1
    assert done.stderr.count("| cohort") == 1
    for stage in ("localizer", "segmenter", "prompter"):
        rows = (out / stage / "log.jsonl").read_text().splitlines()
        assert [json.loads(row)["step"] for row in rows] == [2]
        assert all(bool(torch.isfinite(w).all()) for w in averaged_weights(out / stage).values())
    assert (out / "calibration.json").exists()
    assert (out / "recipe.toml").read_bytes() == recipe.read_bytes()


def test_no_thread_of_the_group_outlives_it(outs: tuple[Path, Path]) -> None:
    if sys.platform != "linux":
        pytest.skip("threads are named in /proc")
    for number in (0, 1):
        during, after = (seen(outs[0], number)[key] for key in ("threads", "threads after"))
        assert any("gloo" in str(name) for name in list(during))
        assert not any("gloo" in str(name) for name in list(after))


def threads() -> list[str]:
    """Names of the threads of this process, those of C++ included."""
    found = []
    for task in Path("/proc/self/task").glob("*/comm"):
        with suppress(FileNotFoundError):  # it ended
            found.append(task.read_text().strip())
    return found


if __name__ == "__main__":
    folder = Path(sys.argv[1])
    trained(folder, int(sys.argv[2]))
    file = folder / f"{processes().number}.json"
    during = threads()
    torch.distributed.destroy_process_group()
    file.write_text(
        json.dumps({**json.loads(file.read_text()), "threads": during, "threads after": threads()})
    )
