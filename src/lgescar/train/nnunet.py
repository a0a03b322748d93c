"""The nnU-Net v2 baseline (extra baselines): our patients in, its own plan and training, masks out.

nnU-Net runs in processes of its own, which find their folders in the environment. It plans and
augments by itself; only the number of epochs is ours. It is not reproducible to the bit.

Source: Isensee et al., Nat Methods 2021;18:203.
"""

from __future__ import annotations

import importlib.util
import json
import os
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

import nibabel as nib
import numpy as np
from numpy.typing import NDArray

from lgescar.bundle import Bundle, open_bundle
from lgescar.core.errors import ModelError, UsageError
from lgescar.core.study import Study
from lgescar.core.tissue import LabelMap, Tissue
from lgescar.outline.study import OutlinedStudy
from lgescar.outline.systems import NetworkSystem
from lgescar.read import read_study
from lgescar.read.names import study_name
from lgescar.train.cards import export as export
from lgescar.train.dataset import LabelledPatient
from lgescar.train.kinds import read_any
from lgescar.train.processes import refuse_several, run_apart
from lgescar.train.recipe import NnunetRecipe
from lgescar.train.run import Run
from lgescar.train.task import cohort_dice
from lgescar.write.folder import folder_name, refuse_replacing
from lgescar.write.nifti import label_maps_nifti

DATASET = "Dataset001_scar"
PLACEHOLDER_STEP_MM = 10.0
"""Slice step where the file gives none; a 2-D network does not see it."""
MOST_WORKERS = 12

Window = tuple[slice, slice]
"""Rows and columns of every slice of a study that nnU-Net is given."""


def refuse_unready(recipe: NnunetRecipe) -> None:
    """Refuse before data are read.

    Raises:
        UsageError: nnU-Net is missing, or several processes were started.
    """
    refuse_several("nnU-Net")
    _refuse_without_nnunet()


def train(recipe: NnunetRecipe, run: Run) -> dict[str, float]:
    """Export, plan, train, and predict the tune patients; their mean Dice per cohort.

    Raises:
        ModelError: nnU-Net failed; its words are in ``nnunet/log.txt``.
    """
    root = run.folder / "nnunet"
    cut = cutter(recipe, open_bundle())
    if not (root / "raw" / DATASET / "dataset.json").is_file():
        write_dataset(run.train, run.tune, root, cut)
    _run_step(
        root,
        "train",
        epochs=recipe.epochs,
        iterations=recipe.iterations,
        validation_iterations=recipe.validation_iterations,
        memory_gb=recipe.memory_gb,
        seed=recipe.seed,
    )
    if not run.tune:
        return {}
    spacings = [p.training_spacing_mm for p in run.tune]
    found = predicted(root, [p.study for p in run.tune], spacings, cut)
    masks = (
        ((one.cohort, one.name), _scar(one.labels), _scar(ours))
        for one, ours in zip(run.tune, found, strict=True)
    )
    return cohort_dice(masks, "scar")


def cutter(recipe: NnunetRecipe, bundle: Bundle) -> Callable[[Study, tuple[float, float]], Window]:
    """What of a study with this spacing (mm) nnU-Net is given; the reference is not used."""

    def cut(study: Study, spacing_mm: tuple[float, float]) -> Window:
        if recipe.placed == "slice":
            return slice(None), slice(None)
        centre = OutlinedStudy(study, NetworkSystem(bundle)).heart.frame.centre
        half = [recipe.view_mm / 2.0 / mm for mm in spacing_mm]
        row, col = (
            slice(max(0, round(at - reach)), max(1, round(at + reach)))
            for at, reach in zip(centre, half, strict=True)
        )
        return row, col

    return cut


def predict_nnunet(run: Path, inputs: Iterable[Path], bundle: Bundle, out: Path) -> list[Path]:
    """``OUT/NAME.nii.gz`` for each study, ``OUT/COHORT/NAME.nii.gz`` for those of a cohort.

    An input is whatever ``lgescar.read`` takes, or a cohort's folder with ``images/``, whose
    references are not opened. Where a study gives no spacing, the size of the ventricle that
    ``bundle`` finds sets the scale.

    Raises:
        UsageError: nnU-Net is missing, a cohort holds no image, two inputs share a name, or a
            mask would replace an input.
        InputError: a study cannot be read.
        ModelError: the run is not trained, or nnU-Net failed.
    """
    _refuse_without_nnunet()
    sources = [source for path in inputs for source in _sources(path)]
    _refuse_clashes(sources, out)
    named = {name: read_study(path) for name, path in sources}
    if not any((run / "nnunet" / "results").rglob("checkpoint_final.pth")):
        raise ModelError(f"{run.name} holds no trained nnU-Net; train it first")
    recipe, _, _ = read_any(run / "recipe.toml")
    cut, studies = cutter(recipe, bundle), list(named.values())
    spacings = [_working_spacing(study, bundle) for study in studies]
    written = []
    for name, study, labels in zip(
        named, studies, predicted(run / "nnunet", studies, spacings, cut), strict=True
    ):
        path = out / f"{name}.nii.gz"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(label_maps_nifti(study, labels))
        written.append(path)
    return written


def _refuse_without_nnunet() -> None:
    if importlib.util.find_spec("nnunetv2") is None:
        raise UsageError("nnU-Net needs: pip install 'lgescar[baselines]'")


def _sources(path: Path) -> list[tuple[str, Path]]:
    """An input, or the images of a cohort, each after the name its mask gets."""
    images = path / "images"
    if not images.is_dir():
        return [(folder_name(study_name(path)), path)]
    found = sorted(images.glob("*.nii.gz"))
    if not found:
        raise UsageError(f"{path.resolve().name}/images holds no NAME.nii.gz")
    cohort = folder_name(path.resolve().name)
    return [(f"{cohort}/{folder_name(study_name(image))}", image) for image in found]


def _refuse_clashes(sources: Sequence[tuple[str, Path]], out: Path) -> None:
    """No mask may take the place of another's, or of an input."""
    refuse_replacing([path for _, path in sources], [out / f"{name}.nii.gz" for name, _ in sources])
    names = [name for name, _ in sources]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise UsageError(f"two inputs would both be written to {twice[0]!r}; rename one of them")


def write_dataset(
    train: Sequence[LabelledPatient],
    tune: Sequence[LabelledPatient],
    root: Path,
    cut: Callable[[Study, tuple[float, float]], Window],
) -> None:
    """Images, labels, ``dataset.json`` and our split, as nnU-Net wants them; cases are numbered."""
    raw = root / "raw" / DATASET
    names: dict[str, list[str]] = {"train": [], "val": []}
    for part, patients in (("train", train), ("val", tune or train[:1])):
        for patient in patients:
            name = f"case{sum(map(len, names.values())):04}"
            spacing = patient.training_spacing_mm
            rows, cols = cut(patient.study, spacing)
            pixels = _pixels(patient.study)[:, rows, cols]
            write_volume(pixels, spacing, raw / "imagesTr" / f"{name}_0000.nii.gz")
            codes = np.stack([m.codes[rows, cols] for m in patient.labels])
            write_volume(codes, spacing, raw / "labelsTr" / f"{name}.nii.gz")
            names[part].append(name)
    labels = {t.name.lower(): int(t) for t in Tissue}
    about = {
        "channel_names": {"0": "LGE"},
        "labels": labels,
        "numTraining": sum(map(len, names.values())),
        "file_ending": ".nii.gz",
    }
    (root / "splits_final.json").write_text(json.dumps([names]), encoding="utf-8")
    (raw / "dataset.json").write_text(json.dumps(about, indent=1), encoding="utf-8")


def predicted(
    root: Path,
    studies: Sequence[Study],
    spacings: Sequence[tuple[float, float]],
    cut: Callable[[Study, tuple[float, float]], Window],
) -> list[tuple[LabelMap, ...]]:
    """The trained network's label maps of each study.

    Raises:
        ModelError: nnU-Net failed, or gave no mask of a study.
    """
    inputs, outputs = root / "inputs", root / "outputs"
    for folder in (inputs, outputs):
        folder.mkdir(parents=True, exist_ok=True)
        for old in folder.glob("*.nii.gz"):
            old.unlink()
    windows = [cut(study, mm) for study, mm in zip(studies, spacings, strict=True)]
    for i, (study, spacing, window) in enumerate(zip(studies, spacings, windows, strict=True)):
        pixels = _pixels(study)[:, window[0], window[1]]
        write_volume(pixels, spacing, inputs / f"case{i:04}_0000.nii.gz")
    _run_step(root, "predict")
    found = []
    for i, (study, window) in enumerate(zip(studies, windows, strict=True)):
        path = outputs / f"case{i:04}.nii.gz"
        if not path.is_file():
            raise ModelError(f"nnU-Net gave no mask of {study.name}; see nnunet/log.txt")
        codes = np.zeros((len(study.slices), *study.slices[0].shape), np.uint8)
        codes[:, window[0], window[1]] = read_volume(path)
        found.append(tuple(LabelMap(plane) for plane in codes))
    return found


def write_volume(stack: NDArray[Any], spacing_mm: tuple[float, float], path: Path) -> None:
    """A stack (slices, rows, cols) as NIfTI (cols, rows, slices), with spacing and no position."""
    path.parent.mkdir(parents=True, exist_ok=True)
    affine = np.diag([spacing_mm[1], spacing_mm[0], PLACEHOLDER_STEP_MM, 1.0])
    nifti: Any = nib.Nifti1Image  # nibabel's classes carry no types
    nib.save(nifti(stack.transpose(2, 1, 0), affine), path)


def read_volume(path: Path) -> NDArray[np.uint8]:
    """The codes (slices, rows, cols) of a file that nnU-Net wrote."""
    image: Any = nib.load(path)
    return np.asarray(image.dataobj).transpose(2, 1, 0).astype(np.uint8)


def _run_step(root: Path, step: str, **job: Any) -> None:
    workers = max(1, min(MOST_WORKERS, (os.cpu_count() or 1) - 1))
    settings = {
        "nnUNet_raw": str(root / "raw"),
        "nnUNet_preprocessed": str(root / "preprocessed"),
        "nnUNet_results": str(root / "results"),
        "nnUNet_def_n_proc": str(workers),
        "nnUNet_n_proc_DA": str(workers),
        "nnUNet_wandb_enabled": "0",
    }
    job |= {"step": step, "dataset": DATASET, "root": str(root), "workers": workers}
    run_apart("nnU-Net", "lgescar.train.nnunet_steps", job, settings, root)


def _working_spacing(study: Study, bundle: Bundle) -> tuple[float, float]:
    if study.spacing_mm is not None:
        return study.spacing_mm
    rows, cols = OutlinedStudy(study, NetworkSystem(bundle)).heart.px_per_mm
    return 1.0 / rows, 1.0 / cols


def _pixels(study: Study) -> NDArray[np.float32]:
    return np.stack([s.pixels for s in study.slices])


def _scar(labels: Sequence[LabelMap]) -> NDArray[np.bool_]:
    return np.stack([m.scar for m in labels])
