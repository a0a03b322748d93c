"""Signal, contrast and sharpness of pictures whose noise and blur are drawn."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy import ndimage
from scipy.special import ndtr

from lgescar.core.quality import INDICES, Quality
from lgescar.core.study import Study
from lgescar.core.tissue import LabelMap
from lgescar.measure import quality, quality_notes
from lgescar.measure.edge import edge_width_mm
from lgescar.measure.grade import DECILES, better_than_percent, grade_of
from lgescar.measure.noise import noise_sd
from lgescar.simulate import simulate_patient

LEVELS = np.array([0.0, 300.0, 20.0, 400.0, 100.0])
"""Background, blood pool, viable wall, scar, MVO."""
SD = 10.0


def quarter(radius: Any, degrees: Any) -> Any:
    return (degrees < 90) & (radius < 23)


def pictured(
    stack: Any, planes: Any, *, levels: Any = LEVELS, sd: float = SD, **changes: Any
) -> tuple[Study, tuple[LabelMap, ...]]:
    """The stack of these label codes, painted with their levels and Gaussian noise."""
    study, labels = stack(planes, **changes)
    rng = np.random.default_rng(1)
    slices = tuple(
        replace(s, pixels=(levels[m.codes] + rng.normal(0.0, sd, s.shape)).astype(np.float32))
        for s, m in zip(study.slices, labels, strict=True)
    )
    return replace(study, slices=slices), labels


def with_pixels(study: Study, change: Any) -> Study:
    return replace(
        study,
        slices=tuple(replace(s, pixels=change(s.pixels).astype(np.float32)) for s in study.slices),
    )


def indices(found: Quality) -> dict[str, float | None]:
    return {name: getattr(found, name) for name in INDICES}


def edge(sd_mm: float, spacing_mm: float) -> tuple[Any, LabelMap]:
    """A pool of radius 20 mm in a wall 11 mm thick, its edge blurred by a Gaussian."""
    count = int(90.0 / spacing_mm)
    away = np.hypot(*(np.indices((count, count)) - (count - 1) / 2.0)) * spacing_mm
    codes = np.where(away < 20.0, 1, np.where(away < 31.0, 2, 0)).astype(np.uint8)
    return (20.0 + 100.0 * ndtr((20.0 - away) / sd_mm)).astype(np.float32), LabelMap(codes)


def test_contrast_and_signal_are_the_levels_over_the_noise(stack: Any, ring: Any) -> None:
    found = quality(*pictured(stack, [ring(quarter)] * 5))
    # Levels 300, 20 and 400 in noise of 10, the median of five estimates of about 6 % each.
    assert found.cnr_blood_pool_remote == pytest.approx(28.0, rel=0.1)
    assert found.cnr_scar_remote == pytest.approx(38.0, rel=0.1)
    assert found.cnr_scar_blood_pool == pytest.approx(10.0, rel=0.1)
    assert found.snr == pytest.approx(30.0, rel=0.1)
    assert [s.noise_sd for s in found.slices] == pytest.approx([SD] * 5, rel=0.2)


def test_mvo_is_no_part_of_the_scars_level(stack: Any, ring: Any) -> None:
    plane = ring(quarter)
    rows, cols = np.nonzero(plane == 3)
    plane[rows, cols] = np.where(np.arange(rows.size) % 3, 4, 3)
    found = quality(*pictured(stack, [plane] * 3))
    assert found.cnr_scar_remote == pytest.approx(38.0, rel=0.15)


def test_scale_and_offset_of_the_intensities_change_no_contrast(stack: Any, ring: Any) -> None:
    study, labels = pictured(stack, [ring(quarter)] * 3)
    whole, moved = quality(study, labels), quality(with_pixels(study, lambda p: p * 3 + 70), labels)
    for name in ("cnr_scar_remote", "cnr_scar_blood_pool", "cnr_blood_pool_remote"):
        assert getattr(moved, name) == pytest.approx(getattr(whole, name), rel=1e-4)
    assert moved.edge_width_mm == pytest.approx(whole.edge_width_mm, rel=1e-3)


def test_a_slope_of_the_intensity_is_no_noise() -> None:
    rows, cols = np.indices((60, 60))
    rng = np.random.default_rng(2)
    noise = rng.normal(0.0, 5.0, rows.shape)
    everywhere = np.ones(rows.shape, bool)
    flat = noise_sd(noise.astype(np.float32), everywhere, (1.5, 1.5))
    shaded = (noise + 8.0 * rows - 3.0 * cols + 3.0 * rows**2).astype(np.float32)
    # 60 x 60 pixels: an estimate errs by 2 %, and a bend cancels as a slope does.
    assert flat == pytest.approx(5.0, rel=0.05)
    assert noise_sd(shaded, everywhere, (1.5, 1.5)) == pytest.approx(flat, rel=1e-3)


def test_noise_of_an_interpolated_image_is_compared_further_away() -> None:
    rng = np.random.default_rng(3)
    acquired = np.fft.fftshift(np.fft.fft2(rng.normal(0.0, 5.0, (48, 48))))
    filled = np.pad(acquired, 24) * 4.0
    fine = np.fft.ifft2(np.fft.ifftshift(filled)).real.astype(np.float32)
    everywhere = np.ones(fine.shape, bool)
    # Twice the matrix in the same field: pixels of 0.75 mm, two of which are one acquired pixel.
    known, unknown = (noise_sd(fine, everywhere, s) for s in ((0.75, 0.75), None))
    assert known == pytest.approx(5.0, rel=0.1)
    assert unknown < 0.5 * known


@pytest.mark.parametrize("spacing_mm", [0.75, 1.5])
@pytest.mark.parametrize("sd_mm", [1.0, 1.5, 2.5])
def test_the_edge_is_as_wide_as_the_gaussian_that_blurs_it(sd_mm: float, spacing_mm: float) -> None:
    # 10 and 90 % quantiles of a normal distribution lie 1.2816 SD from its middle.
    width = edge_width_mm(*edge(sd_mm, spacing_mm), (spacing_mm, spacing_mm))
    assert width == pytest.approx(2 * 1.2816 * sd_mm, rel=0.05)


def test_the_width_grows_with_the_pixel() -> None:
    pixels, labels = edge(1.5, 1.0)
    once, twice = (edge_width_mm(pixels, labels, (s, s)) for s in (1.0, 1.5))
    assert once is not None
    assert twice == pytest.approx(1.5 * once, rel=0.03)


def test_pixels_that_are_not_square_change_no_width() -> None:
    pixels, labels = edge(2.0, 1.0)
    tall = edge_width_mm(pixels[::2], LabelMap(labels.codes[::2]), (2.0, 1.0))
    assert tall == pytest.approx(2 * 1.2816 * 2.0, rel=0.06)


@pytest.mark.parametrize(
    ("plane", "missing"),
    [
        ("unscarred", {"cnr_scar_remote", "cnr_scar_blood_pool"}),
        ("nothing", set(INDICES)),
    ],
)
def test_what_has_no_basis_is_none_and_a_note_says_why(
    stack: Any, ring: Any, plane: str, missing: set[str]
) -> None:
    codes = {"unscarred": ring(), "nothing": np.zeros((81, 91), np.uint8)}[plane]
    study, labels = pictured(stack, [codes] * 3)
    if plane == "unscarred":
        # A blurred edge, so that its width is one that can be measured.
        study = with_pixels(study, lambda p: ndimage.gaussian_filter(p, 1.0))
    found = quality(study, labels)
    assert {name for name, value in indices(found).items() if value is None} == missing
    codes_of_notes = {note.code for note in found.notes}
    assert ("quality-no-scar" in codes_of_notes) == (plane == "unscarred")
    assert ("quality-no-blood-pool" in codes_of_notes) == (plane == "nothing")
    assert (found.grade is None) == (plane == "nothing")


def test_a_wall_that_is_all_scar_has_no_remote(stack: Any, ring: Any) -> None:
    found = quality(*pictured(stack, [ring(lambda radius, _: radius > 0)] * 3))
    assert found.cnr_scar_remote is None
    assert found.cnr_scar_blood_pool is not None
    assert "quality-no-remote" in {note.code for note in found.notes}


def test_without_spacing_there_is_contrast_but_no_width(stack: Any, ring: Any) -> None:
    found = quality(*pictured(stack, [ring(quarter)] * 3, spacing_mm=None))
    assert found.edge_width_mm is None
    assert found.cnr_scar_remote is not None
    assert "quality-no-spacing" in {note.code for note in found.notes}


def test_a_picture_of_one_value_is_none_everywhere(stack: Any, ring: Any) -> None:
    study, labels = stack([ring(quarter)] * 3)
    assert set(indices(quality(study, labels)).values()) == {None}


@pytest.mark.parametrize(
    ("remote", "sequence", "known"),
    [(20.0, None, True), (250.0, None, False), (250.0, "magnitude", True), (20.0, "psir", True)],
)
def test_a_signal_is_told_only_above_a_zero_that_means_none(
    stack: Any, ring: Any, remote: float, sequence: Any, known: bool
) -> None:
    # Remote wall at 250 of 400 lies on a pedestal, unless the file says that it is magnitude.
    levels = np.array([100.0, 300.0, remote, 400.0, 100.0])
    study, labels = pictured(stack, [ring(quarter)] * 3, levels=levels, sd=3.0, sequence=sequence)
    found = quality(study, labels)
    assert (found.snr is not None) == known
    assert ("quality-no-zero" in {note.code for note in found.notes}) != known


def test_the_simulators_noise_and_blur_move_the_indices_one_way() -> None:
    patient, *noisier = (
        simulate_patient(4, scar="chronic", contrast="magnitude", noise=n) for n in (1.0, 2.0, 4.0)
    )
    contrast = [quality(p.study, p.truth).cnr_blood_pool_remote for p in (patient, *noisier)]
    assert contrast == sorted(contrast, reverse=True)
    widths = [
        quality(
            with_pixels(
                patient.study, lambda p, sd=sd: ndimage.gaussian_filter(p, sd) if sd else p
            ),
            patient.truth,
        ).edge_width_mm
        for sd in (0.0, 1.5, 3.0)
    ]
    assert widths == sorted(widths)
    assert widths[2] > 1.5 * widths[0]


def test_the_grade_is_the_mean_standing_among_the_development_studies() -> None:
    middle = {name: tenths[5] for name, tenths in DECILES.items()}
    assert better_than_percent(middle) == pytest.approx(dict.fromkeys(DECILES, 50.0))
    assert grade_of(better_than_percent(middle)) == "fair"
    sharpest = {"edge_width_mm": DECILES["edge_width_mm"][0]}
    assert better_than_percent(sharpest) == {"edge_width_mm": 100.0}
    assert grade_of({"a": 100.0, "b": 34.0}) == "good"
    assert grade_of({"a": 10.0, "b": 50.0}) == "poor"
    assert grade_of({}) is None


def test_the_scale_is_that_of_the_stored_benchmark() -> None:
    path = Path(__file__).parents[2] / "benchmarks/results/quality.json"
    stored = json.loads(path.read_text("utf-8"))["deciles"]
    assert {name: list(tenths) for name, tenths in DECILES.items()} == {
        n: stored[n] for n in DECILES
    }


def test_poor_images_are_told_of_and_others_are_not() -> None:
    assert [note.code for note in quality_notes(Quality(grade="poor"))] == ["image-quality-poor"]
    assert quality_notes(Quality(grade="fair")) == quality_notes(Quality()) == ()
