"""What runs beside nnU-Net: ``python -m lgescar.train.nnunet_steps JOB``.

Started by ``train/nnunet.py`` with an environment that names nnU-Net's folders, since nnU-Net
reads that environment when it is imported.
"""

from __future__ import annotations

import json
import shutil
import sys
from pathlib import Path
from typing import Any

import torch

PLANS, CONFIGURATION, FOLD = "nnUNetPlans", "2d", 0


def main(job: dict[str, Any]) -> None:
    """One step of the baseline."""
    {"train": train, "predict": predict}[job["step"]](job)


def train(job: dict[str, Any]) -> None:
    """Plan and preprocess where that was not done, then train; on from a checkpoint if any."""
    folder = Path(job["root"]) / "preprocessed" / job["dataset"]
    if not (folder / "splits_final.json").is_file():
        _plan(job["dataset"], job["workers"], job["memory_gb"])
        shutil.copyfile(Path(job["root"]) / "splits_final.json", folder / "splits_final.json")
    if (_results(job) / "checkpoint_final.pth").is_file():
        return
    from nnunetv2.run.run_training import get_trainer_from_args, maybe_load_checkpoint

    torch.manual_seed(job["seed"])
    going_on = any(_results(job).glob("checkpoint_*.pth"))
    trainer = get_trainer_from_args(
        job["dataset"],
        CONFIGURATION,
        FOLD,
        plans_identifier=PLANS,
        continue_training=going_on,
        device=_device(),
    )
    trainer.num_epochs = job["epochs"]
    trainer.num_iterations_per_epoch = job["iterations"]
    trainer.num_val_iterations_per_epoch = job["validation_iterations"]
    trainer.save_every = max(1, min(trainer.save_every, job["epochs"] // 10))
    maybe_load_checkpoint(trainer, going_on, False)
    trainer.run_training()


def predict(job: dict[str, Any]) -> None:
    """Masks of ``inputs`` into ``outputs``."""
    from nnunetv2.inference.predict_from_raw_data import nnUNetPredictor

    root = Path(job["root"])
    predictor = nnUNetPredictor(device=_device(), allow_tqdm=False)
    predictor.initialize_from_trained_model_folder(str(_results(job).parent), (FOLD,))
    predictor.predict_from_files_sequential(str(root / "inputs"), str(root / "outputs"))


def _plan(dataset: str, workers: int, memory_gb: float) -> None:
    """nnU-Net's own fingerprint, plan and preprocessing of the 2-D configuration."""
    from nnunetv2.experiment_planning.plan_and_preprocess_api import (
        extract_fingerprints,
        plan_experiments,
        preprocess,
    )

    number = int(dataset[len("Dataset") : len("Dataset") + 3])
    extract_fingerprints([number], num_processes=workers, show_progress_bar=False)
    plan_experiments([number], gpu_memory_target_in_gb=memory_gb)
    preprocess([number], PLANS, (CONFIGURATION,), (workers,), show_progress_bar=False)


def _results(job: dict[str, Any]) -> Path:
    name = f"nnUNetTrainer__{PLANS}__{CONFIGURATION}"
    return Path(job["root"]) / "results" / str(job["dataset"]) / name / f"fold_{FOLD}"


def _device() -> torch.device:
    return torch.device("cuda" if torch.cuda.is_available() else "cpu")


if __name__ == "__main__":
    main(json.loads(sys.argv[1]))
