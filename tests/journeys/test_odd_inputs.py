"""The table of odd inputs, through the command line: what is refused, noted, and never lost."""

import gzip
import io
import json
import shutil
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import nibabel as nib
import numpy as np
import pydicom
import pytest

from lgescar.cli.main import main

PICKED = slice(2, 9, 3)
"""Three slices of the simulated patient, 24 mm apart: enough for a stack."""


@pytest.fixture(scope="module")
def heart(exams: dict[str, Path]) -> tuple[Any, Any]:
    """Three coarse slices of the simulated patient and their affine, quick to segment."""
    image = nib.load(exams["nifti"])
    step = np.diag([4.0, 4.0, 3.0, 1.0])
    return np.asarray(image.dataobj)[::4, ::4, PICKED], image.affine @ step


@pytest.fixture
def nifti(tmp_path: Path, heart: tuple[Any, Any]) -> Callable[..., Path]:
    """Writes the heart, or other pixels at its place, under a name."""

    def write(name: str = "heart.nii.gz", pixels: Any = None, affine: Any = None) -> Path:
        image = nib.Nifti1Image(
            heart[0] if pixels is None else pixels, heart[1] if affine is None else affine
        )
        image.header.set_xyzt_units("mm")
        nib.save(image, tmp_path / name)
        return tmp_path / name

    return write


@pytest.fixture
def dicom(tmp_path: Path, exams: dict[str, Path]) -> Path:
    """A folder of three slices."""
    folder = tmp_path / "exam"
    folder.mkdir()
    for file in sorted(exams["dicom"].iterdir())[PICKED]:
        shutil.copy(file, folder)
    return folder


def segmented(path: Path, out: Path, *more: str) -> dict[str, Any]:
    assert main(["segment", str(path), "--out", str(out), *more]) == 0
    (report,) = out.glob("*/report.json")
    answer: dict[str, Any] = json.loads(report.read_text())
    return answer


def refused(path: Path, out: Path, capsys: pytest.CaptureFixture[str], *more: str) -> str:
    """The one sentence of a refused input, which leaves nothing behind."""
    assert main(["segment", str(path), "--out", str(out), *more]) == 3
    assert not out.exists()
    sentence = capsys.readouterr().err
    assert sentence.count("\n") == 1
    return sentence


def codes(report: dict[str, Any]) -> set[str]:
    return {note["code"] for note in report["notes"]}


@pytest.mark.parametrize("scale", [1e6, 600.0, 1e-6])
def test_distances_of_no_heart_are_refused_and_fill_no_memory(
    nifti: Callable[..., Path], heart: tuple[Any, Any], tmp_path: Path,
    capsys: pytest.CaptureFixture[str], scale: float,
) -> None:  # fmt: skip
    path = nifti(affine=heart[1] @ np.diag([scale, scale, 1.0, 1.0]))
    assert "unit" in refused(path, tmp_path / "out", capsys)


@pytest.mark.parametrize(("blank", "whole"), [(1, False), (2, True)])
def test_grams_are_withheld_only_where_a_blank_slice_lies_between_pictures(
    nifti: Callable[..., Path], heart: tuple[Any, Any], tmp_path: Path, blank: int, whole: bool
) -> None:
    pixels = heart[0].astype(np.float32)
    pixels[..., blank] = np.nan
    report = segmented(nifti(pixels=pixels), tmp_path / "out")
    assert {"slices-blank", "nonfinite-pixels"} <= codes(report)
    assert (report["quantities"]["scar_mass_g"] is not None) == whole
    assert report["quantities"]["scar_percent_of_lv"] is not None


def test_a_damaged_slice_in_a_folder_takes_the_grams_with_it(dicom: Path, tmp_path: Path) -> None:
    last = sorted(dicom.iterdir())[-1]
    last.write_bytes(last.read_bytes()[:900])
    report = segmented(dicom, tmp_path / "out")
    assert {"files-skipped", "incomplete-stack"} <= codes(report)
    assert report["quantities"]["lv_mass_g"] is None


def test_a_zip_with_a_wrong_checksum_is_refused(
    dicom: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    archive = tmp_path / "exam.zip"
    with zipfile.ZipFile(archive, "w") as file:
        for slice_file in dicom.iterdir():
            file.write(slice_file, slice_file.name)
    content = bytearray(archive.read_bytes())
    content[50_000] ^= 0xFF
    archive.write_bytes(content)
    assert "zip is damaged" in refused(archive, tmp_path / "out", capsys)


def test_files_that_are_no_images_are_named_and_litter_is_not(dicom: Path, tmp_path: Path) -> None:
    (dicom / "readme.txt").write_text("hello")
    (dicom / "empty.dcm").write_bytes(b"")
    (dicom / ".DS_Store").write_bytes(b"x")
    (note,) = (
        note["message"]
        for note in segmented(dicom, tmp_path / "out")["notes"]
        if note["code"] == "files-skipped"
    )
    assert note.startswith("2 files")
    assert all(name in note for name in ("readme.txt", "empty.dcm"))
    assert "DS_Store" not in note


def test_several_series_are_told_by_the_uids_that_choose_them(
    dicom: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for number, file in enumerate(sorted(dicom.iterdir())):
        data = pydicom.dcmread(file)
        data.SeriesInstanceUID = "1.2.3.4"
        data.SOPInstanceUID = data.file_meta.MediaStorageSOPInstanceUID = f"1.2.3.5.{number}"
        data.save_as(dicom / f"again{number}.dcm")
    assert "1.2.3.4" in refused(dicom, tmp_path / "out", capsys, "--strict")
    assert "SeriesInstanceUID" in refused(dicom, tmp_path / "out", capsys, "--series", "9.9")
    assert "series-chosen" in codes(segmented(dicom, tmp_path / "both"))
    assert segmented(dicom, tmp_path / "one", "--series", "1.2.3.4")["study"]["series_uid"] == (
        "1.2.3.4"
    )


def test_names_in_any_script_have_results_of_their_own(
    nifti: Callable[..., Path], tmp_path: Path
) -> None:
    paths = [str(nifti(name)) for name in ("患者一.nii.gz", "患者二.nii.gz", "<b>&.nii.gz")]
    assert main(["segment", *paths, "--out", str(tmp_path / "out")]) == 0
    assert {p.name for p in (tmp_path / "out").iterdir()} == {"患者一", "患者二", "b"}


def test_a_terminal_that_knows_ascii_only_is_written_to(
    nifti: Callable[..., Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    terminal = io.TextIOWrapper(io.BytesIO(), encoding="ascii")
    monkeypatch.setattr("sys.stdout", terminal)
    assert main(["segment", str(nifti("患者.nii.gz")), "--out", str(tmp_path / "out")]) == 0
    assert b"cm?" in terminal.buffer.getvalue()  # type: ignore[attr-defined]


def test_a_result_never_takes_the_place_of_an_input(
    dicom: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (dicom / "report.json").write_text('{"format": "lgescar-report/1"}')
    before = sorted(dicom.iterdir())
    assert main(["segment", str(dicom), "--out", str(dicom.parent)]) == 2
    assert "replace the input" in capsys.readouterr().err
    assert sorted(dicom.iterdir()) == before


@pytest.mark.parametrize("text", ["[" * 100_000, '{"1": [[' + "9" * 400 + ", 1, 2, 3]]}"])
def test_boxes_too_deep_or_too_large_end_with_4(
    nifti: Callable[..., Path], tmp_path: Path, capsys: pytest.CaptureFixture[str], text: str
) -> None:
    boxes = tmp_path / "boxes.json"
    boxes.write_text(text)
    out = tmp_path / "out"
    assert main(["segment", str(nifti()), "--out", str(out), "--boxes", str(boxes)]) == 4
    assert not out.exists()
    assert "does not hold boxes" in capsys.readouterr().err


def test_no_word_about_the_patient_leaves_the_headers(
    dicom: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    secret = "ZZNAME"
    keywords = ("PatientName", "PatientID", "StudyDescription", "InstitutionName",
                "PatientComments", "ImageComments")  # fmt: skip
    for file in dicom.iterdir():
        data = pydicom.dcmread(file)
        data.SeriesDescription = f"PSIR <script>{secret}"
        for keyword in keywords:
            setattr(data, keyword, secret)
        data.save_as(file)
    segmented(dicom, tmp_path / "out")
    written = [path for path in (tmp_path / "out").rglob("*") if path.is_file()]
    assert len(written) == 8
    for path in written:
        content = path.read_bytes()
        plain = gzip.decompress(content) if path.suffix == ".gz" else content
        assert secret.encode() not in plain, path.name
    assert secret not in "".join(capfd.readouterr())


@pytest.mark.parametrize("change", ["shape", "affine", "foreign", "fraction"])
def test_measure_refuses_labels_that_are_not_of_the_image(
    nifti: Callable[..., Path], heart: tuple[Any, Any], capsys: pytest.CaptureFixture[str],
    change: str,
) -> None:  # fmt: skip
    codes_of = np.zeros(heart[0].shape, np.float32)
    codes_of[20:30, 20:30] = {"foreign": 7.0, "fraction": 2.5}.get(change, 2.0)
    labels = nifti(
        "labels.nii.gz",
        codes_of[:-1] if change == "shape" else codes_of,
        heart[1] @ np.diag([1.0, 1.0, 1.2, 1.0]) if change == "affine" else None,
    )
    assert main(["measure", str(nifti()), str(labels)]) == 3
    assert capsys.readouterr().err.count("\n") == 1


def test_an_empty_label_map_measures_nothing_of_scar(
    nifti: Callable[..., Path], heart: tuple[Any, Any], capsys: pytest.CaptureFixture[str]
) -> None:
    labels = nifti("labels.nii.gz", np.zeros(heart[0].shape, np.uint8))
    assert main(["measure", str(nifti()), str(labels), "--json"]) == 0
    quantities = json.loads(capsys.readouterr().out)["quantities"]
    assert quantities["scar_volume_ml"] == 0.0
    assert quantities["scar_percent_of_lv"] == 0.0
    assert quantities["lv_mass_g"] is None
