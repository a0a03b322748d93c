"""The command line on studies as users hold them: written by the simulator, read from disk."""

import hashlib
import json
import shutil
import subprocess
import sys
from pathlib import Path

import nibabel as nib
import numpy as np
import pytest

from lgescar.cli.main import main


def segmented(path: Path, out: Path, *more: str) -> dict:
    code = main(["segment", str(path), "--out", str(out), *more])
    assert code == 0
    name = path.name.removesuffix(".nii.gz").removesuffix(".zip")
    return json.loads((out / name / "report.json").read_text())


@pytest.fixture(scope="module")
def nifti_report(exams: dict[str, Path], tmp_path_factory: pytest.TempPathFactory) -> dict:
    return segmented(exams["nifti"], tmp_path_factory.mktemp("nifti-out"))


@pytest.mark.parametrize("kind", ["dicom", "dicom-enhanced"])
def test_dicom_and_nifti_of_one_patient_hold_the_same_millilitres(
    exams: dict[str, Path], nifti_report: dict, tmp_path: Path, kind: str
) -> None:
    report = segmented(exams[kind], tmp_path)
    for key in ("scar_volume_ml", "lv_mass_g", "scar_percent_of_lv"):
        assert report["quantities"][key] == pytest.approx(nifti_report["quantities"][key], rel=0.01)
    assert report["quantities"]["scar_volume_ml"] > 1.0


def test_every_file_of_the_contract_is_written(exams: dict[str, Path], tmp_path: Path) -> None:
    report = segmented(exams["nifti"], tmp_path)
    name = exams["nifti"].name.removesuffix(".nii.gz")
    found = {p.relative_to(tmp_path / name).as_posix() for p in (tmp_path / name).rglob("*.*")}
    slices = report["study"]["slices"]
    assert {
        "labels.nii.gz", "scar_probability.nii.gz", "report.json", "slices.csv", "report.html"
    } <= found  # fmt: skip
    assert len([f for f in found if f.startswith("overlays/")]) == slices
    labels = nib.load(tmp_path / name / "labels.nii.gz")
    image = nib.load(exams["nifti"])
    assert labels.shape == image.shape
    assert np.allclose(labels.affine, image.affine, atol=1e-4)
    counted = sum(s["scar_px"] for s in report["slices"])
    assert counted == int((np.asarray(labels.dataobj) >= 3).sum())


def test_a_zip_of_the_series_gives_what_the_folder_gives(
    exams: dict[str, Path], nifti_report: dict, tmp_path: Path
) -> None:
    archive = Path(shutil.make_archive(str(tmp_path / "exam"), "zip", exams["dicom"]))
    report = segmented(archive, tmp_path / "out")
    assert report["quantities"]["scar_volume_ml"] == pytest.approx(
        nifti_report["quantities"]["scar_volume_ml"], rel=0.01
    )


def test_boxes_from_a_file_replace_the_detectors(exams: dict[str, Path], tmp_path: Path) -> None:
    boxes = tmp_path / "boxes.json"
    boxes.write_text("{}")
    report = segmented(exams["nifti"], tmp_path / "none", "--boxes", str(boxes))
    assert report["quantities"]["scar_mass_g"] == 0.0
    assert report["provenance"]["settings"]["boxes"] == "given"


@pytest.mark.parametrize(
    "text", ["[]", "{", '{"a": []}', '{"0": [[1, 2, 3]]}', '{"0": [[5, 5, 1, 1]]}', '{"0": 3}']
)
def test_a_file_that_holds_no_boxes_ends_with_4(
    exams: dict[str, Path], tmp_path: Path, text: str, capsys: pytest.CaptureFixture[str]
) -> None:
    boxes = tmp_path / "boxes.json"
    boxes.write_text(text)
    command = [
        "segment",
        str(exams["nifti"]),
        "--out",
        str(tmp_path / "out"),
        "--boxes",
        str(boxes),
    ]
    assert main(command) == 4
    assert not (tmp_path / "out").exists()
    assert capsys.readouterr().err.count("\n") == 1


def test_one_refused_input_does_not_stop_the_others(
    exams: dict[str, Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    broken = tmp_path / "broken.nii.gz"
    broken.write_bytes(exams["nifti"].read_bytes()[:500])
    out = tmp_path / "out"
    assert main(["segment", str(broken), str(exams["nifti"]), "--out", str(out)]) == 3
    assert [p.name for p in out.iterdir()] == [exams["nifti"].name.removesuffix(".nii.gz")]
    assert "broken" in capsys.readouterr().err


def test_inputs_of_one_name_get_folders_of_their_own(
    exams: dict[str, Path], tmp_path: Path
) -> None:
    paths = [tmp_path / day / "heart.nii.gz" for day in ("monday", "friday")]
    for path in paths:
        path.parent.mkdir()
        path.write_bytes(exams["nifti"].read_bytes())
    out = tmp_path / "out"
    assert main(["segment", *map(str, paths), "--out", str(out), "--system", "otsu"]) == 0
    assert sorted(p.name for p in out.iterdir()) == ["heart", "heart-2"]
    assert (out / "heart-2" / "report.json").is_file()


def test_a_missing_model_ends_with_5_and_writes_nothing(
    exams: dict[str, Path], tmp_path: Path
) -> None:
    out = tmp_path / "out"
    assert main(["segment", str(exams["nifti"]), "--out", str(out), "--bundle", "nowhere"]) == 5
    assert not out.exists()


def test_json_on_standard_output_is_the_report_alone(
    exams: dict[str, Path], nifti_report: dict, tmp_path: Path
) -> None:
    run = subprocess.run(
        [sys.executable, "-m", "lgescar", "segment", str(exams["nifti"]), "--out", str(tmp_path),
         "--json"],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert json.loads(run.stdout)["quantities"] == nifti_report["quantities"]


def test_grams_come_with_spacing_given_by_hand(exams: dict[str, Path], tmp_path: Path) -> None:
    pictures = tmp_path / "pictures"
    pictures.mkdir()
    from PIL import Image

    volume = np.asarray(nib.load(exams["nifti"]).dataobj).astype(float)
    scaled = 65535 * (volume - volume.min()) / (volume.max() - volume.min())
    for index in range(volume.shape[2]):
        plane = Image.fromarray(scaled[..., index].astype(np.uint16))
        plane.save(pictures / f"slice{index:02d}.png")
    bare = segmented(pictures, tmp_path / "bare")
    assert bare["quantities"]["scar_mass_g"] is None
    assert "spacing-unknown" in {n["code"] for n in bare["notes"]}
    sizes = nib.load(exams["nifti"]).header.get_zooms()[:3]
    known = segmented(
        pictures, tmp_path / "known", "--spacing", ",".join(f"{s:.4f}" for s in sizes)
    )
    assert known["quantities"]["lv_mass_g"] > 30.0
    assert "spacing-given" in {n["code"] for n in known["notes"]}


def test_a_detector_and_a_segmenter_of_ones_own_from_the_command_line(
    exams: dict[str, Path], models: dict[str, Path], nifti_report: dict, tmp_path: Path
) -> None:
    name = f"{models['detector']}+{models['sam']}"
    report = segmented(exams["nifti"], tmp_path, "--system", name)
    settings = report["provenance"]["settings"]
    sha256 = {
        "detector": hashlib.sha256((models["detector"] / "model.json").read_bytes()).hexdigest(),
        "segmenter": hashlib.sha256((models["sam"] / "card.json").read_bytes()).hexdigest(),
    }
    assert {role: settings[role]["sha256"] for role in sha256} == sha256
    assert settings["segmenter"] | {"sha256": ""} == {
        "name": "made-sam", "sha256": "", "cutoff": 0.6, "temperature": 1.0
    }  # fmt: skip
    assert report["quantities"]["scar_mass_g"] > 0.0
    assert report["quantities"] != nifti_report["quantities"]
    assert all(len(s["boxes"]) == 1 and s["boxes"][0]["score"] == 0.75 for s in report["slices"])
    folder = tmp_path / exams["nifti"].name.removesuffix(".nii.gz")
    page = (folder / "report.html").read_text()
    assert "made-detector" in page
    assert "made-sam" in page
    assert all(digest in page for digest in sha256.values())
    labels = np.asarray(nib.load(folder / "labels.nii.gz").dataobj)
    chance = np.asarray(nib.load(folder / "scar_probability.nii.gz").dataobj)
    np.testing.assert_array_equal(labels >= 3, chance >= 0.6)


def test_a_threshold_from_the_command_line(exams: dict[str, Path], tmp_path: Path) -> None:
    report = segmented(exams["nifti"], tmp_path, "--system", "fwhm-remote")
    assert report["provenance"]["settings"]["segmenter"] == {"name": "fwhm-remote", "cutoff": 0.5}
    assert report["quantities"]["scar_volume_ml"] > 1.0


def test_boxes_beside_a_detector_end_with_2(
    exams: dict[str, Path],
    models: dict[str, Path],
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    command = ["segment", str(exams["nifti"]), "--out", str(tmp_path / "out"), "--boxes", "b.json"]
    assert main([*command, "--detector", str(models["detector"])]) == 2
    said = capsys.readouterr().err
    assert "--boxes" in said
    assert said.count("\n") == 1


def test_the_old_options_still_work_and_say_what_took_their_place(
    exams: dict[str, Path],
    models: dict[str, Path],
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    name = f"{models['detector']}+otsu"
    new = segmented(exams["nifti"], tmp_path / "new", "--system", name)
    capsys.readouterr()
    old = ["--detector", str(models["detector"]), "--segmenter", "otsu"]
    command = ["segment", str(exams["nifti"]), "--out", str(tmp_path / "old"), "--json", *old]
    assert main(command) == 0
    shown = capsys.readouterr()
    assert shown.err == f"lgescar: --detector and --segmenter are old: use --system {name}\n"
    assert json.loads(shown.out)["quantities"] == new["quantities"]
    assert main([*command, "--system", "otsu"]) == 2


@pytest.mark.parametrize(
    ("option", "kind", "said"),
    [
        ("--bundle", "sam", "it belongs to --system, not to --bundle"),
        ("--system", "boxed+otsu", "one detector and then one segmenter"),
    ],
)
def test_a_model_where_it_does_not_fit_ends_with_5_and_one_sentence(
    exams: dict[str, Path],
    models: dict[str, Path],
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    option: str,
    kind: str,
    said: str,
) -> None:
    out = tmp_path / "out"
    model, plus, rest = kind.partition("+")
    name = f"{models[model]}{plus}{rest}"
    assert main(["segment", str(exams["nifti"]), "--out", str(out), option, name]) == 5
    assert not out.exists()
    shown = capsys.readouterr().err
    assert said in shown
    assert shown.count("\n") == 1


def test_spacing_and_series_that_are_not_needed_are_named(
    exams: dict[str, Path], tmp_path: Path
) -> None:
    more = ("--spacing", "3,3,3", "--series", "1.2.3", "--system", "otsu")
    report = segmented(exams["nifti"], tmp_path, *more)
    assert {"spacing-ignored", "series-ignored"} <= {n["code"] for n in report["notes"]}
