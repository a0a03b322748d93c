"""Pictures of the scores of small hearts: which are made, and what they show."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import nibabel as nib
import numpy as np
import pytest

from lgescar.cli.main import main
from lgescar.evaluate.cohort import score_cohorts
from lgescar.evaluate.gallery import worst, worst_tiles
from lgescar.evaluate.plots import dice_by_size, differences, scatter

pytest.importorskip("matplotlib")
ONE = {"a": (6, 4), "b": (6, 2), "c": (5, 0), "d": (0, 3), "e": (0, 1), "f": (0, 0)}
"""Columns of scar in reference and prediction, three pixels each."""
GRAMS = 3 * 0.0225 * 1.05


def heart(scar_cols: int) -> Any:
    codes = np.zeros((40, 44, 4), np.uint8)
    codes[14:26, 14:26] = 2
    codes[18:22, 18:22] = 1
    codes[14:17, 14 : 14 + scar_cols, 1] = 3
    return codes


def save(path: Path, voxels: Any) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    nib.save(nib.Nifti1Image(voxels, np.diag([1.5, 1.5, 10.0, 1.0])), path)


@pytest.fixture
def folders(tmp_path: Path) -> tuple[Path, Path]:
    """Predictions and references; images lie beside the latter."""
    for name, (reference, predicted) in ONE.items():
        save(tmp_path / "one/labels" / f"{name}.nii.gz", heart(reference))
        save(tmp_path / "one/images" / f"{name}.nii.gz", heart(reference).astype(np.float32))
        save(tmp_path / "found" / f"{name}.nii.gz", heart(predicted))
    return tmp_path / "found", tmp_path / "one"


def dots(axes: Any) -> dict[str, Any]:
    return {c.get_label(): np.asarray(c.get_offsets()) for c in axes.collections}


def test_the_scatter_shows_every_patient_and_those_without_scar_apart(
    folders: tuple[Path, Path],
) -> None:
    (axes,) = scatter(score_cohorts(*folders).scores, "scar_mass_g", "scar mass, g").axes
    shown = dots(axes)
    expected = GRAMS * np.array([(6, 4), (6, 2), (5, 0)])
    assert shown["one"] == pytest.approx(expected)
    assert shown["one, no scar"] == pytest.approx(GRAMS * np.array([(0, 3), (0, 1), (0, 0)]))
    # Moments over n of (6, 6, 5) and (4, 2, 0).
    ccc = 2 * (6 * 4 + 6 * 2 + 0 - 17 * 6 / 3) / 3 / (2 / 9 + 8 / 3 + (11 / 3) ** 2)
    assert axes.get_title() == f"CCC {ccc:.2f} over 3 patients with scar"


def test_lines_of_bland_and_altman_are_those_of_patients_with_scar(
    folders: tuple[Path, Path],
) -> None:
    (axes,) = differences(score_cohorts(*folders).scores, "scar_mass_g", "scar mass, g").axes
    heights = [float(np.asarray(line.get_ydata())[0]) for line in axes.lines]
    # Differences of −2, −4 and −5 columns.
    bias, sd = -11 / 3, np.std([-2, -4, -5], ddof=1)
    lines = [0, bias, bias + 1.96 * sd, bias - 1.96 * sd]
    assert heights == pytest.approx(GRAMS * np.array(lines))


def test_dice_by_size_leaves_out_patients_without_scar(folders: tuple[Path, Path]) -> None:
    (axes,) = dice_by_size(score_cohorts(*folders).scores).axes
    (shown,) = dots(axes).values()
    assert shown == pytest.approx(
        np.array([(6 * GRAMS, 8 / 10), (6 * GRAMS, 4 / 8), (5 * GRAMS, 0.0)])
    )


def test_the_worst_come_first_and_invented_scar_after_them(folders: tuple[Path, Path]) -> None:
    assert [s.patient for s in worst(score_cohorts(*folders).scores)] == ["c", "b", "a", "d", "e"]


def test_a_tile_is_the_slice_where_most_is_wrong(folders: tuple[Path, Path]) -> None:
    predictions, references = folders
    scores = score_cohorts(*folders).scores
    tiles = worst_tiles(predictions, references, references, scores)
    assert [t.title.splitlines()[0] for t in tiles] == [f"one/{p}, slice 1" for p in "cbade"]
    assert np.count_nonzero(tiles[1].reference) == 18
    assert np.count_nonzero(tiles[1].predicted) == 6
    # The heart, 12 pixels across, with 12 pixels around it.
    assert tiles[1].pixels.shape == (36, 36)


def test_every_picture_is_written_under_out_only(
    folders: tuple[Path, Path], tmp_path: Path
) -> None:
    before = sorted(folders[1].rglob("*"))
    words = ["--predictions", str(folders[0]), "--references", str(folders[1])]
    words += ["--out", str(tmp_path / "out"), "--plots", "--images", str(folders[1])]
    assert main(["evaluate", *words]) == 0
    assert sorted(p.name for p in (tmp_path / "out/plots").iterdir()) == [
        "bland_altman_scar_mass_g.png",
        "bland_altman_scar_percent.png",
        "boxes.png",
        "dice_by_size.png",
        "scatter_scar_mass_g.png",
        "scatter_scar_percent.png",
        "worst.png",
    ]
    assert sorted(folders[1].rglob("*")) == before


def test_an_image_that_is_missing_or_on_another_grid_is_named(
    folders: tuple[Path, Path], tmp_path: Path, capsys: Any
) -> None:
    words = ["--predictions", str(folders[0]), "--references", str(folders[1])]
    words += ["--out", str(tmp_path / "out"), "--plots", "--images", str(folders[1])]
    save(folders[1] / "images/b.nii.gz", heart(6)[:-1].astype(np.float32))
    assert main(["evaluate", *words]) == 3
    assert "image of one/b: its shape is (39, 44, 4)" in capsys.readouterr().err
    moved = nib.load(folders[1] / "images/c.nii.gz")
    affine = moved.affine.copy()
    affine[0, 3] += 5.0  # as large as the reference, 5 mm beside it
    image = nib.Nifti1Image(heart(6).astype(np.float32), affine, moved.header)
    nib.save(image, folders[1] / "images/b.nii.gz")
    assert main(["evaluate", *words]) == 3
    assert "image of one/b" in capsys.readouterr().err
    (folders[1] / "images/b.nii.gz").unlink()
    assert main(["evaluate", *words]) == 2
    assert "no image of one/b" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


def test_images_without_plots_draw_nothing(folders: tuple[Path, Path], tmp_path: Path) -> None:
    words = ["--predictions", str(folders[0]), "--references", str(folders[1])]
    words += ["--out", str(tmp_path / "out"), "--images", str(folders[1])]
    assert main(["evaluate", *words]) == 0
    assert not (tmp_path / "out/plots").exists()
    assert (tmp_path / "out/strata.csv").is_file()
