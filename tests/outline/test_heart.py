from dataclasses import replace
from typing import Any, cast

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy import ndimage

from lgescar.bundle import Bundle, open_bundle
from lgescar.core.box import Box
from lgescar.outline.heart import evenly_spread, find_heart
from lgescar.simulate import simulate_patient


@pytest.fixture(scope="module")
def bundle() -> Bundle:
    return open_bundle()


@pytest.mark.parametrize("count", range(1, 31))
def test_the_slices_used_are_the_same_from_either_end(count: int) -> None:
    one = simulate_patient(3).study
    study = replace(one, slices=one.slices[:1] * count, indices=tuple(range(count)))
    forwards = evenly_spread(study).indices
    backwards = evenly_spread(replace(study, indices=study.indices[::-1])).indices
    assert set(forwards) == set(backwards)
    assert len(forwards) == min(count, 5 if count % 2 or count <= 5 else 6)
    assert forwards[0] == 0
    assert forwards[-1] == count - 1


@pytest.mark.parametrize("seed", [21, 22])
def test_the_frame_is_centred_on_the_true_ventricle(seed: int, bundle: Bundle) -> None:
    patient = simulate_patient(seed, contrast=("psir", "magnitude")[seed % 2])
    heart = find_heart(patient.study, bundle)
    frame = heart.frame
    assert heart.notes == ()
    middle = patient.truth[len(patient.truth) // 2]
    rows, cols = (middle.wall | middle.blood_pool).nonzero()
    spacing = patient.study.spacing_mm
    assert spacing is not None
    off = ((rows.mean() + 0.5 - frame.centre[0]) * spacing[0]) ** 2
    off += ((cols.mean() + 0.5 - frame.centre[1]) * spacing[1]) ** 2
    assert off**0.5 < 15.0


def test_the_frame_has_square_samples_in_millimetres(bundle: Bundle) -> None:
    study = simulate_patient(21).study
    spacing = study.spacing_mm
    assert spacing is not None
    frame = find_heart(study, bundle).frame
    wanted = bundle.card.preparation.frame_pixel_mm
    assert frame.step[0] * spacing[0] == pytest.approx(wanted)
    assert frame.step[1] * spacing[1] == pytest.approx(wanted)


def test_without_spacing_the_scale_is_taken_from_the_heart(bundle: Bundle) -> None:
    study = simulate_patient(21).study
    bare = replace(
        study,
        slices=tuple(
            replace(s, geometry=replace(s.geometry, spacing_mm=None)) for s in study.slices
        ),
    )
    known, guessed = find_heart(study, bundle).frame, find_heart(bare, bundle).frame
    assert guessed.step[0] == pytest.approx(known.step[0], rel=0.3)
    assert guessed.centre == pytest.approx(known.centre, abs=12.0)


@pytest.mark.parametrize("seed", [21, 22])
def test_each_slice_s_disc_holds_its_ventricle_in_the_middle(seed: int, bundle: Bundle) -> None:
    patient = simulate_patient(seed, contrast=("psir", "magnitude")[seed % 2])
    discs = find_heart(patient.study, bundle).discs
    assert len(discs) == len(patient.study.slices)
    for disc, truth in zip(discs, patient.truth, strict=True):
        ventricle = truth.wall | truth.blood_pool
        if not ventricle.any():
            continue
        rows, cols = np.nonzero(ventricle)
        down = (rows + 0.5 - disc.centre[0]) / disc.reach[0]
        across = (cols + 0.5 - disc.centre[1]) / disc.reach[1]
        assert np.hypot(down.mean(), across.mean()) < 0.25
        assert (np.hypot(down, across) <= 1.0).mean() > 0.97
        assert np.hypot(down, across).max() > 0.3  # the disc is not far too wide


def test_a_place_about_a_prompt_has_its_middle_and_the_sizes_of_the_heart(bundle: Bundle) -> None:
    study = simulate_patient(21).study
    heart = find_heart(study, bundle)
    assert study.spacing_mm is not None
    assert heart.px_per_mm == pytest.approx([1.0 / mm for mm in study.spacing_mm])
    place = heart.at(1).around(Box(10.0, 20.0, 14.0, 40.0))
    assert place.disc.centre == place.frame.centre == (12.0, 30.0)
    assert place.disc.reach == heart.discs[1].reach
    assert place.frame.step == heart.frame.step
    # A view over the middle of the slice follows the prompt, too.
    assert heart.at(1).view(1.4, 32, on_slice=True).centre == tuple(
        n / 2 for n in heart.frame.shape
    )
    assert place.view(1.4, 32, on_slice=True).centre == (12.0, 30.0)


def test_where_no_ventricle_shows_a_typical_disc_lies_in_the_middle(bundle: Bundle) -> None:
    study = simulate_patient(21).study
    blank = replace(
        study, slices=tuple(replace(s, pixels=np.zeros(s.shape, np.float32)) for s in study.slices)
    )
    heart = find_heart(blank, bundle)
    assert [note.code for note in heart.notes] == ["heart-not-found"]
    assert study.spacing_mm is not None
    for disc in heart.discs:
        # 1.4 times half of 66 mm
        assert disc.reach[0] * study.spacing_mm[0] == pytest.approx(1.4 * 33.0, rel=0.05)


class Timid:
    """A bundle whose localizer sees the middle of the ventricle alone."""

    def __init__(self, bundle: Bundle) -> None:
        self._bundle = bundle

    def __getattr__(self, name: str) -> Any:
        return getattr(self._bundle, name)

    def localize(self, images: NDArray[np.float32]) -> NDArray[np.float32]:
        seen = self._bundle.localize(images)
        inner = [ndimage.binary_erosion(one > 0.0, iterations=2) for one in seen]
        return np.where(inner, seen, -9.0).astype(np.float32)


def test_a_ventricle_found_too_small_is_laid_under_a_disc_of_its_true_size(bundle: Bundle) -> None:
    study = simulate_patient(21, contrast="magnitude").study
    plain, timid = (find_heart(study, cast("Bundle", b)).discs for b in (bundle, Timid(bundle)))
    for right, found in zip(plain, timid, strict=True):
        assert found.reach[0] / right.reach[0] == pytest.approx(1.0, abs=0.05)
        assert np.hypot(*np.subtract(found.centre, right.centre)) < 0.15 * right.reach[0]
