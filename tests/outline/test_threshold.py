"""Rules on walls whose brightness is written down."""

from __future__ import annotations

import json
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy import ndimage
from scipy.stats import norm

from lgescar.core.box import Box
from lgescar.core.errors import PromptError
from lgescar.core.image import Slice, SliceGeometry
from lgescar.core.prompt import Point, Prompt
from lgescar.outline.threshold import (
    THRESHOLDS,
    ThresholdSegmenter,
    automatic_remote,
    ewa,
    fwhm_from_remote,
    fwhm_of_maximum,
    fwhm_of_range,
    n_sd,
    otsu,
)

ROWS, COLS = np.indices((64, 70))
RADIUS = np.hypot(ROWS - 31.5, COLS - 33.5)
DEGREES = np.degrees(np.arctan2(ROWS - 31.5, COLS - 33.5)) % 360.0
WALL = (RADIUS > 12) & (RADIUS < 22)
SCAR = WALL & (DEGREES < 70)


def image(pedestal: float = 0.0, speckle: float = 10.0) -> Any:
    """Remote wall of 100 ± speckle, scar of 300 ± speckle, in a chequerboard; cavity of 400."""
    board = np.where((ROWS + COLS) % 2 == 0, speckle, -speckle)
    pixels = np.where(SCAR, 300.0, 100.0) + board
    pixels[RADIUS <= 12] = 400.0
    return (pixels + pedestal).astype(np.float32)


# A line of wall with the remote half given, to count by hand.
LINE = np.array([[10, 12, 10, 12, 13.5, 21, 26, 50]], np.float32)
ALL = np.ones((1, 8), bool)
FAR = np.array([[1, 1, 1, 1, 0, 0, 0, 0]], bool)


@pytest.mark.parametrize(
    ("rule", "brighter"),
    [
        (fwhm_of_maximum, [26, 50]),  # 50 / 2 = 25
        (fwhm_of_range, [50]),  # (10 + 50) / 2 = 30
        (fwhm_from_remote, [50]),  # (11 + 50) / 2 = 30.5
        (THRESHOLDS["2sd"], [13.5, 21, 26, 50]),  # 11 + 2 x 1 = 13
        (THRESHOLDS["3sd"], [21, 26, 50]),  # 11 + 3 x 1 = 14
    ],
)
def test_a_rule_takes_what_is_brighter_than_its_cutoff(rule: Any, brighter: list[float]) -> None:
    found = rule(LINE, ALL, remote=FAR)
    assert LINE[found == 1].tolist() == brighter


@pytest.mark.parametrize("name", [n for n in THRESHOLDS if n != "fwhm-maximum"])
def test_a_scar_three_times_as_bright_is_found_whole(name: str) -> None:
    assert np.array_equal(THRESHOLDS[name](image(), WALL) >= 0.5, SCAR)


def test_the_automatic_remote_is_scar_free_wall_of_a_sixth() -> None:
    remote = automatic_remote(image(), WALL)
    assert not (remote & (SCAR | ~WALL)).any()
    assert remote.sum() / WALL.sum() == pytest.approx(1 / 6, abs=0.02)


def test_a_pedestal_ruins_half_of_the_maximum_and_nothing_else() -> None:
    for name, rule in THRESHOLDS.items():
        same = np.allclose(rule(image(1000.0), WALL), rule(image(), WALL), atol=1e-3)
        assert same == (name != "fwhm-maximum"), name


def test_a_stricter_cutoff_never_adds_scar() -> None:
    blurred = ndimage.gaussian_filter(image(), 2.0)
    found = [n_sd(blurred, WALL, n=n) > 0 for n in (1.0, 2.0, 3.0, 5.0, 9.0)]
    for loose, strict in pairwise(found):
        assert not (strict & ~loose).any()
    assert found[-1].sum() < found[0].sum()


@pytest.mark.parametrize("name", THRESHOLDS)
@pytest.mark.parametrize("flip", [False, True])
def test_turning_the_image_turns_the_scar(name: str, flip: bool) -> None:
    pixels = ndimage.gaussian_filter(image(), 1.5)
    rule = THRESHOLDS[name]

    def turn(array: Any) -> Any:
        return np.rot90(np.fliplr(array) if flip else array)

    assert np.allclose(rule(turn(pixels), turn(WALL)), turn(rule(pixels, WALL)), atol=1e-4)


@pytest.mark.parametrize("name", THRESHOLDS)
def test_a_wall_without_contrast_or_pixels_has_no_scar(name: str) -> None:
    flat = np.full(WALL.shape, 7.0, np.float32)
    assert THRESHOLDS[name](flat, WALL).max() == 0.0
    assert THRESHOLDS[name](image(), np.zeros_like(WALL)).max() == 0.0


@pytest.mark.parametrize("name", THRESHOLDS)
def test_no_weight_lies_outside_the_wall(name: str) -> None:
    assert THRESHOLDS[name](image(), WALL)[~WALL].max() == 0.0


def test_weights_add_up_to_the_infarct_where_pixels_are_half_full() -> None:
    # Each pixel of the scar's rim holds scar in part: shares from an image nine times as fine.
    fine = np.indices((64 * 9, 70 * 9)) / 9.0 + 0.5 / 9.0
    radius = np.hypot(fine[0] - 32.0, fine[1] - 34.0)
    degrees = np.degrees(np.arctan2(fine[0] - 32.0, fine[1] - 34.0)) % 360.0
    inside = (radius > 13) & (radius < 18) & (degrees < 100)
    share = inside.reshape(64, 9, 70, 9).mean(axis=(1, 3))
    pixels = (100.0 + 200.0 * share + 0.1 * ((ROWS + COLS) % 2)).astype(np.float32)
    weighed = float(ewa(pixels, WALL).sum())
    assert weighed == pytest.approx(share.sum(), rel=0.05)
    rim = WALL & (share > 0.1) & (share < 0.4)
    # The brighter class holds some rim itself: its mean stands a little under a full pixel.
    assert np.allclose(ewa(pixels, WALL)[rim], share[rim], atol=0.1)


def test_a_neighbour_of_the_infarct_weighs_its_share_and_a_like_pixel_elsewhere_none() -> None:
    # Remote wall of 90 and 110, infarct of 300, two pixels of 140 that are more likely remote.
    line = np.array([[90, 110] * 8 + [140] + [90, 110] * 8 + [140, 300, 300, 300]], np.float32)
    dark = (16 * 90 + 16 * 110 + 2 * 140) / 34
    found = ewa(line, np.ones(line.shape, bool))[0]
    assert found[-4] == pytest.approx((140 - dark) / (300 - dark), abs=1e-3)
    assert found[:-4].max() == 0.0
    assert found[-3:].tolist() == [1.0, 1.0, 1.0]


def test_the_shares_run_between_the_means_of_the_tissues_and_not_of_the_first_split() -> None:
    # 950 quantiles of remote wall and 50 of scar, which overlap: the mean of the brighter of two
    # classes cut by a level is far from that of the scar until the classes have moved apart.
    dark, bright, sd = 100.0, 160.0, 15.0
    values = np.concatenate(
        [norm.ppf((np.arange(n) + 0.5) / n, m, sd) for n, m in ((950, dark), (50, bright))]
    )
    line = np.sort(values).astype(np.float32)[None]
    found = ewa(line, np.ones(line.shape, bool))
    between = (found > 0.0) & (found < 1.0)
    slope, start = np.polyfit(line[between], found[between], 1)
    assert -start / slope == pytest.approx(dark, abs=1.0)
    assert (1.0 - start) / slope == pytest.approx(bright, abs=1.0)


def test_otsu_splits_two_levels_between_them() -> None:
    found = otsu(np.array([[1, 2, 1, 2, 8, 9, 8, 9]], np.float32), ALL)
    assert found.tolist() == [[0, 0, 0, 0, 1, 1, 1, 1]]


def test_a_remote_region_beside_the_wall_is_refused() -> None:
    with pytest.raises(PromptError, match="remote"):
        n_sd(image(), WALL, remote=RADIUS < 5)


def shown() -> Slice:
    return Slice("heart/0", image(), SliceGeometry((0, 0, 0), (1, 0, 0), (0, 1, 0), None))


def test_a_rule_outlines_scar_inside_the_boxes() -> None:
    box = Box(30.0, 40.0, 45.0, 60.0)
    found = ThresholdSegmenter("otsu", shown(), WALL).scar(Prompt(boxes=(box,)))
    expected = np.zeros_like(SCAR)
    expected[30:45, 40:60] = SCAR[30:45, 40:60]
    assert np.array_equal(found > 0, expected)


def test_without_a_wall_the_pixels_of_the_box_stand_for_it() -> None:
    box = Box(30.0, 40.0, 45.0, 60.0)
    inside = np.zeros_like(WALL)
    inside[30:45, 40:60] = True
    found = ThresholdSegmenter("otsu", shown(), np.zeros_like(WALL)).scar(Prompt(boxes=(box,)))
    assert np.array_equal(found, THRESHOLDS["otsu"](image(), inside))
    assert found.any()


def test_a_rule_without_box_or_with_an_unknown_name_says_so() -> None:
    with pytest.raises(PromptError, match="box"):
        ThresholdSegmenter("otsu", shown(), WALL).scar(Prompt(points=(Point(1, 1),)))
    with pytest.raises(PromptError, match="fwhm-remote"):
        ThresholdSegmenter("guess", shown(), WALL)


@pytest.mark.data
def test_half_way_from_remote_reaches_its_published_overlap_on_patients(data_dir: Path) -> None:
    cohort = pytest.importorskip("lgescar.read.cohort")
    from lgescar.metrics.overlap import dice

    folder, found = data_dir / "emidec", []
    for name in [n for n in cohort.cases(folder) if "_P" in n]:
        study, labels = cohort.read_case(folder, name)
        scar = np.stack([m.scar for m in labels])
        pairs = zip(study.slices, labels, strict=True)
        weights = np.stack([fwhm_from_remote(s.pixels, m.wall) for s, m in pairs])
        found.append(dice(scar, weights > 0) or 0.0)
    # Measured independently: 0.625 over 67 patients, of which these are 46.
    assert np.mean(found) == pytest.approx(0.625, abs=0.01)


def test_the_page_shows_the_benchmarks_numbers() -> None:
    root = Path(__file__).resolve().parents[2]
    page = (root / "docs/explain/thresholds.md").read_text("utf-8")
    record = json.loads((root / "benchmarks/results/thresholds.json").read_text("utf-8"))
    emidec, myops = record["cohorts"]["emidec"], record["cohorts"]["myops"]
    assert list(emidec) == list(THRESHOLDS)
    for name in THRESHOLDS:
        row = next(line for line in page.splitlines() if line.startswith(f"| `{name}` | 0."))
        cells = [cell.split()[0] for cell in row.split("|")[2:-1]]
        assert cells == [
            f"{emidec[name]['dice_mean']:.3f}",
            f"{emidec[name]['percent_bias']:+.1f}",
            f"{emidec[name]['scar_free_percent']:.1f}",
            f"{myops[name]['dice_mean']:.3f}",
            f"{myops[name]['percent_bias']:+.1f}",
        ]


@pytest.mark.parametrize("n", [2, 3, 4, 5, 6])
def test_a_rule_of_n_sd_is_named_by_its_n(n: int) -> None:
    # Remote of 9 and 11: mean 10, SD 1; one pixel half an SD beyond each cutoff.
    line = np.array([[9, 11, 12.5, 13.5, 14.5, 15.5, 16.5]], np.float32)
    far = np.array([[1, 1, 0, 0, 0, 0, 0]], bool)
    found = THRESHOLDS[f"{n}sd"](line, np.ones(line.shape, bool), remote=far)
    assert line[found > 0].tolist() == [k + 10.5 for k in range(n, 7)]


def test_a_given_remote_moves_the_cutoff_of_half_way_from_remote() -> None:
    line = np.array([[10, 10, 20, 28, 40]], np.float32)
    far = np.array([[0, 0, 1, 0, 0]], bool)
    # (20 + 40) / 2 = 30; from the darkest wall it is (10 + 40) / 2 = 25
    found = fwhm_from_remote(line, np.ones(line.shape, bool), remote=far)
    assert line[found > 0].tolist() == [40]


def test_the_remote_of_a_wall_without_pixels_is_empty() -> None:
    assert not automatic_remote(image(), np.zeros_like(WALL)).any()
    one = np.zeros_like(WALL)
    one[20, 20] = True
    assert np.array_equal(automatic_remote(image(), one), one)


@pytest.mark.parametrize(
    "rule", [fwhm_of_maximum, fwhm_of_range, fwhm_from_remote, otsu, THRESHOLDS["2sd"]]
)
def test_every_cutoff_refuses_a_remote_region_beside_the_wall(rule: Any) -> None:
    with pytest.raises(PromptError, match="remote"):
        rule(image(), WALL, remote=RADIUS < 5)


def test_the_remote_sector_is_the_first_of_the_darkest_and_60_degrees_wide() -> None:
    # Two dark sectors of the wall, 60 degrees about 40 and about 220.
    towards = np.degrees(np.arctan2(ROWS - 31.5, COLS - 33.5))
    apart = [np.abs((towards - middle + 180.0) % 360.0 - 180.0) for middle in (40.0, 220.0)]
    dark = [WALL & (away <= 30.0) for away in apart]
    pixels = np.where(dark[0] | dark[1], 50.0, 100.0).astype(np.float32)
    assert np.array_equal(automatic_remote(pixels, WALL), dark[0])
