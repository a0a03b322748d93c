"""nnU-Net: what goes in, what comes out, and a whole tiny run where it is installed."""

import json
from collections.abc import Callable
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path

import nibabel as nib
import numpy as np
import pytest

from lgescar.bundle import open_bundle
from lgescar.cli.main import main
from lgescar.core.errors import ModelError, UsageError
from lgescar.core.study import Study
from lgescar.read.cohort import read_case
from lgescar.read.labels import label_maps, read_label_volume
from lgescar.train.cards import export as export_single
from lgescar.train.cohorts import Cohorts
from lgescar.train.dataset import LabelledPatient
from lgescar.train.kinds import train
from lgescar.train.nnunet import (
    DATASET,
    cutter,
    predict_nnunet,
    read_volume,
    write_dataset,
    write_volume,
)
from lgescar.train.recipe import Data, NnunetRecipe

Recipe = Callable[..., Path]
NNUNET = NnunetRecipe(name="n", licence="none", seed=1, data=Data(split="", share={}))


def whole(study: Study, spacing_mm: tuple[float, float]) -> tuple[slice, slice]:
    return slice(None), slice(None)


def patients(cohort: Path, *names: str) -> list[LabelledPatient]:
    return list(Cohorts.of([cohort]).read([f"simulated/{name}" for name in names]))


def test_a_volume_comes_back_as_it_went_with_its_spacing(tmp_path: Path) -> None:
    stack = np.arange(2 * 3 * 4, dtype=np.uint8).reshape(2, 3, 4)
    write_volume(stack, (1.5, 1.25), tmp_path / "a.nii.gz")
    assert np.array_equal(read_volume(tmp_path / "a.nii.gz"), stack)
    # columns come first in the file: 1.25 mm, then rows of 1.5 mm
    assert nib.load(tmp_path / "a.nii.gz").header.get_zooms()[:2] == (1.25, 1.5)


def test_the_dataset_has_our_patients_our_labels_and_our_split(
    cohort: Path, tmp_path: Path
) -> None:
    training, tuning = patients(cohort, "one", "two"), patients(cohort, "three")
    write_dataset(training, tuning, tmp_path, whole)
    raw = tmp_path / "raw" / DATASET
    about = json.loads((raw / "dataset.json").read_text())
    assert about["labels"]["mvo"] == 4
    assert about["numTraining"] == 3
    split = json.loads((tmp_path / "splits_final.json").read_text())
    assert split == [{"train": ["case0000", "case0001"], "val": ["case0002"]}]
    codes = read_volume(raw / "labelsTr" / "case0002.nii.gz")
    _, reference = read_case(cohort, "three")
    assert np.array_equal(codes, np.stack([m.codes for m in reference]))
    image = read_volume(raw / "imagesTr" / "case0000_0000.nii.gz")
    assert image.shape[0] == len(training[0].study.slices)
    # no name of a patient leaves our folders
    assert not [p for p in raw.rglob("*") if "one" in p.name]


def test_round_the_heart_it_is_given_a_square_with_the_whole_ventricle_in_it(
    cohort: Path,
) -> None:
    patient = patients(cohort, "three")[0]
    spacing = patient.training_spacing_mm
    recipe = replace(NNUNET, placed="heart", view_mm=120.0)
    rows, cols = cutter(recipe, open_bundle())(patient.study, spacing)
    for cut, mm in zip((rows, cols), spacing, strict=True):
        assert (cut.stop - cut.start) * mm == pytest.approx(120.0, abs=1.01 * mm)
    heart = np.any([m.wall | m.blood_pool for m in patient.labels], axis=0)
    assert heart.any()
    assert np.count_nonzero(heart[rows, cols]) == np.count_nonzero(heart)
    assert cutter(NNUNET, open_bundle())(patient.study, spacing) == (slice(None), slice(None))


def test_a_run_of_nnunet_has_nothing_to_export(shortened: Recipe, tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="nnunet has no graph"):
        export_single(shortened("nnunet").parent, tmp_path / "out")


@pytest.mark.slow
def test_nnunet_plans_trains_two_batches_and_predicts_on_the_input_grid(
    shortened: Recipe, cohort: Path, tmp_path: Path
) -> None:
    if find_spec("nnunetv2") is None:
        pytest.skip("nnunetv2 is not installed")
    run = tmp_path / "run"
    scores = train(shortened("nnunet"), [cohort], run, resume=False)
    assert 0.0 <= scores["simulated_scar"] <= 1.0
    command = ["train", "predict", "--run", str(run), "--data", str(cohort)]
    assert main([*command, "--out", str(tmp_path / "out")]) == 0
    study, _ = read_case(cohort, "three")
    volume = read_label_volume(tmp_path / "out" / "simulated" / "three.nii.gz")
    assert len(label_maps(volume, study)) == len(study.slices)


def test_a_mask_never_takes_the_place_of_an_input_or_of_another_mask(
    cohort: Path, tmp_path: Path
) -> None:
    image = cohort / "images" / "three.nii.gz"
    with pytest.raises(UsageError, match="would replace the input 'three'"):
        predict_nnunet(tmp_path, [image], open_bundle(), image.parent)
    with pytest.raises(UsageError, match="both be written to 'three'"):
        predict_nnunet(tmp_path, [image, image], open_bundle(), tmp_path)
    (tmp_path / "images").mkdir()
    with pytest.raises(UsageError, match=r"images holds no NAME\.nii\.gz"):
        predict_nnunet(tmp_path, [tmp_path], open_bundle(), tmp_path / "out")


def test_prediction_by_an_untrained_run_is_refused(cohort: Path, tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="holds no trained nnU-Net"):
        predict_nnunet(tmp_path, [cohort], open_bundle(), tmp_path / "out")
