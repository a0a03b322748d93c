import logging
from pathlib import Path

import pytest
import torch

from lgescar.core.errors import ModelError
from lgescar.train.checkpoint import Checkpoint, read_checkpoint, write_checkpoint


def at_step(step: int) -> Checkpoint:
    return Checkpoint({"w": torch.full((3,), float(step))}, {"step": step})


def test_a_fresh_folder_holds_no_checkpoint(tmp_path: Path) -> None:
    assert read_checkpoint(tmp_path) is None


def test_the_newest_of_two_generations_is_read(tmp_path: Path) -> None:
    for step in (1, 2, 3):
        write_checkpoint(tmp_path, at_step(step))
    found = read_checkpoint(tmp_path)
    assert found is not None
    assert found.state["step"] == 3
    assert (found.tensors["w"] == 3.0).all()
    assert len(list(tmp_path.glob("*.safetensors"))) == 2


@pytest.mark.parametrize("broken", ["tensors", "state", "half"])
def test_a_damaged_newest_generation_falls_back_to_the_one_before(
    tmp_path: Path, broken: str, caplog: pytest.LogCaptureFixture
) -> None:
    write_checkpoint(tmp_path, at_step(1))
    older = {p.name for p in tmp_path.iterdir()}
    write_checkpoint(tmp_path, at_step(2))
    tensors, state = (
        next(p for p in tmp_path.glob(f"*.{kind}") if p.name not in older)
        for kind in ("safetensors", "json")
    )
    if broken == "tensors":
        payload = bytearray(tensors.read_bytes())
        payload[-1] ^= 1
        tensors.write_bytes(payload)
    elif broken == "state":
        state.write_text("{")
    else:
        state.unlink()
    with caplog.at_level(logging.WARNING):
        found = read_checkpoint(tmp_path)
    assert found is not None
    assert found.state["step"] == 1
    assert "damaged" in caplog.text


def test_when_every_generation_is_damaged_the_run_says_so(tmp_path: Path) -> None:
    write_checkpoint(tmp_path, at_step(1))
    for path in tmp_path.glob("*.safetensors"):
        path.write_bytes(b"nothing")
    with pytest.raises(ModelError, match="damaged"):
        read_checkpoint(tmp_path)
