from dataclasses import replace

import pytest

from lgescar.bundle import Bundle, open_bundle
from lgescar.detect.heart import evenly_spread, find_heart
from lgescar.simulate import simulate_patient


@pytest.fixture(scope="module")
def bundle() -> Bundle:
    return open_bundle()


@pytest.mark.parametrize("count", range(1, 31))
def test_the_slices_looked_at_are_the_same_from_either_end(count: int) -> None:
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
    frame, notes = find_heart(patient.study, bundle)
    assert notes == ()
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
    frame, _ = find_heart(study, bundle)
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
    known, _ = find_heart(study, bundle)
    guessed, _ = find_heart(bare, bundle)
    assert guessed.step[0] == pytest.approx(known.step[0], rel=0.3)
    assert guessed.centre == pytest.approx(known.centre, abs=12.0)
