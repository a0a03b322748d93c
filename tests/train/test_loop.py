import json
from pathlib import Path

import pytest
import torch
from torch import Tensor, nn

from lgescar.core.errors import ModelError
from lgescar.train.loop import averaged_weights, fit, one_cycle
from lgescar.train.recipe import Schedule

SCHEDULE = Schedule(steps=12, batch=2, learning_rate=0.01, precision="float32", checkpoint_every=4)


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
