import dataclasses
import json
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from torch import Tensor, nn

from lgescar.core.errors import ModelError
from lgescar.train.loop import averaged_weights, one_cycle
from lgescar.train.loop import fit as fit_task
from lgescar.train.recipe import Schedule
from lgescar.train.task import Task

SCHEDULE = Schedule(steps=12, batch=2, learning_rate=0.01, precision="float32", checkpoint_every=4)


Loss = Callable[[nn.Module, int], Tensor]
Check = Callable[[nn.Module], dict[str, float]]


class Plain(Task[nn.Module]):
    """A task of a loss and a check that stand here."""

    def __init__(self, name: str, schedule: Schedule, seed: int, loss: Loss, check: Check) -> None:
        super().__init__(name, schedule, seed)
        self._loss, self._check = loss, check

    def loss(self, network: nn.Module, step: int) -> Tensor:
        return self._loss(network, step)

    def check(self, network: nn.Module) -> dict[str, float]:
        return self._check(network)


def fit(
    module: nn.Module, loss: Loss, check: Check, schedule: Schedule, folder: Path, *, seed: int
) -> nn.Module:
    return fit_task(module, Plain(folder.name, schedule, seed, loss, check), folder.parent)


def network() -> nn.Module:
    torch.manual_seed(0)
    return nn.Sequential(nn.Conv2d(1, 3, 3), nn.BatchNorm2d(3), nn.Dropout2d(0.5), nn.Flatten())


def loss(module: nn.Module, step: int) -> Tensor:
    images = torch.randn(4, 1, 6, 6, generator=torch.Generator().manual_seed(step))
    return (module(images) - 1.0).square().mean()


def no_check(module: nn.Module) -> dict[str, float]:
    return {}


class Killed(Exception):
    pass


def test_a_killed_and_resumed_run_ends_with_the_same_weights_to_the_bit(tmp_path: Path) -> None:
    fit(network(), loss, no_check, SCHEDULE, tmp_path / "whole", seed=5)

    def dies_at_7(module: nn.Module, step: int) -> Tensor:
        if step == 7:
            raise Killed
        return loss(module, step)

    with pytest.raises(Killed):
        fit(network(), dies_at_7, no_check, SCHEDULE, tmp_path / "killed", seed=5)
    fit(network(), loss, no_check, SCHEDULE, tmp_path / "killed", seed=5)
    whole, resumed = averaged_weights(tmp_path / "whole"), averaged_weights(tmp_path / "killed")
    assert whole.keys() == resumed.keys()
    assert all(torch.equal(whole[k], resumed[k]) for k in whole)


def test_training_lowers_the_loss_and_logs_it(tmp_path: Path) -> None:
    trained = fit(network(), loss, no_check, SCHEDULE, tmp_path, seed=5)
    rows = [json.loads(line) for line in (tmp_path / "log.jsonl").read_text().splitlines()]
    assert [row["step"] for row in rows] == [4, 8, 12]
    with torch.no_grad():
        assert float(loss(trained.eval(), 99)) < float(loss(network().eval(), 99))


def test_ten_batches_without_a_finite_loss_stop_the_run(tmp_path: Path) -> None:
    def never_finite(module: nn.Module, step: int) -> Tensor:
        return loss(module, step) * float("nan")

    with pytest.raises(ModelError, match="10 batches"):
        fit(network(), never_finite, no_check, SCHEDULE, tmp_path, seed=5)


def test_a_single_bad_batch_is_skipped_and_counted(tmp_path: Path) -> None:
    def once_bad(module: nn.Module, step: int) -> Tensor:
        return loss(module, step) * (float("inf") if step == 2 else 1.0)

    fit(network(), once_bad, no_check, SCHEDULE, tmp_path, seed=5)
    states = [json.loads(p.read_text()) for p in tmp_path.glob("?.json")]
    assert {s["bad_batches"] for s in states} == {1}
    assert all(bool(torch.isfinite(v).all()) for v in averaged_weights(tmp_path).values())


def test_the_learning_rate_rises_to_its_peak_and_falls_to_a_thousandth() -> None:
    assert one_cycle(0.0) == pytest.approx(0.04)
    assert one_cycle(0.15) == pytest.approx(1.0)
    assert one_cycle(1.0) == pytest.approx(1e-3)
    falling = [one_cycle(0.15 + 0.05 * i) for i in range(18)]
    assert falling == sorted(falling, reverse=True)


def test_a_step_adds_up_its_batches(tmp_path: Path) -> None:
    """Two half-size batches accumulated are one batch: the loss is a mean."""

    def of(images: Tensor, module: nn.Module) -> Tensor:
        return (module(images) - 1.0).square().mean()

    def batch(number: int) -> Tensor:
        return torch.randn(2, 1, 6, 6, generator=torch.Generator().manual_seed(number))

    def plain() -> nn.Module:
        torch.manual_seed(0)
        return nn.Sequential(nn.Conv2d(1, 3, 3), nn.Flatten())

    twice = dataclasses.replace(SCHEDULE, accumulate=2)
    fit(plain(), lambda m, i: of(batch(i), m), no_check, twice, tmp_path / "parts", seed=1)
    fit(
        plain(),
        lambda m, i: of(torch.cat([batch(2 * i), batch(2 * i + 1)]), m),
        no_check,
        SCHEDULE,
        tmp_path / "whole",
        seed=1,
    )
    parts, whole = averaged_weights(tmp_path / "parts"), averaged_weights(tmp_path / "whole")
    for name, value in parts.items():
        torch.testing.assert_close(value, whole[name])
    logs = [(tmp_path / n / "log.jsonl").read_text().splitlines() for n in ("parts", "whole")]
    losses = [[json.loads(line)["loss"] for line in log] for log in logs]
    assert losses[0] == pytest.approx(losses[1], abs=2e-5)  # rounded to 5 places


def falling(scores: dict[int, float]) -> Check:
    """Scores by the number of the check."""
    count = iter(range(100))
    return lambda module: {"dice": scores.get(next(count), 0.0)}


def test_a_run_stops_when_it_gets_no_better_and_keeps_its_best_weights(tmp_path: Path) -> None:
    patient = dataclasses.replace(SCHEDULE, steps=40, patience=2, checkpoint_every=4)
    best = fit(network(), loss, falling({0: 0.1, 1: 0.5}), patient, tmp_path, seed=5)
    rows = [json.loads(line) for line in (tmp_path / "log.jsonl").read_text().splitlines()]
    assert [row["step"] for row in rows] == [4, 8, 12, 16]  # best at 8, two more for nothing
    assert all(torch.equal(v, best.state_dict()[k]) for k, v in averaged_weights(tmp_path).items())
    shorter = dataclasses.replace(patient, patience=1)
    at_8 = fit(network(), loss, falling({0: 0.1, 1: 0.5}), shorter, tmp_path / "again", seed=5)
    assert all(torch.equal(v, at_8.state_dict()[k]) for k, v in best.state_dict().items())
    fit(network(), loss, falling({}), patient, tmp_path, seed=5)  # resumed, it stays stopped
    assert len((tmp_path / "log.jsonl").read_text().splitlines()) == 4


def test_without_a_gpu_a_recipe_that_wants_one_is_refused(tmp_path: Path) -> None:
    if torch.cuda.is_available():
        pytest.skip("a GPU is here")
    wanted = dataclasses.replace(SCHEDULE, device="cuda")
    with pytest.raises(ModelError, match='set device = "cpu"'):
        fit(network(), loss, no_check, wanted, tmp_path, seed=5)


def test_the_warm_up_is_as_long_as_the_recipe_says() -> None:
    assert one_cycle(0.05, 0.05) == pytest.approx(1.0)
    assert one_cycle(0.05, 0.10) < 0.6
    assert one_cycle(0.0, 0.0) == pytest.approx(1.0)
