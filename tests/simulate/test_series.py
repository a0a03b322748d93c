"""A simulated patient holds what it promises."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import ndimage

from lgescar.core.errors import UsageError
from lgescar.core.tissue import LabelMap, Tissue
from lgescar.simulate import SimulatedPatient, simulate_patient
from lgescar.simulate.infarct import infarct


def grams(patient: SimulatedPatient, labels: tuple[LabelMap, ...], least: Tissue) -> float:
    """Mass of the pixels whose code is ``least`` or more: pixels x area x step x 1.05 g/ml."""
    pixels = sum(int((label.codes >= least).sum()) for label in labels)
    scan = patient.protocol
    return pixels * scan.spacing_mm**2 * scan.step_mm / 1000 * 1.05


def test_the_same_seed_gives_the_same_bytes() -> None:
    first, second = (simulate_patient(5, vendor="siemens") for _ in range(2))
    for a, b in zip(first.study.slices, second.study.slices, strict=True):
        assert a.pixels.tobytes() == b.pixels.tobytes()
        assert a.geometry == b.geometry
        assert a.uid == b.uid
    for labels in ("truth", "noisy"):
        pair = zip(getattr(first, labels), getattr(second, labels), strict=True)
        assert all(a.codes.tobytes() == b.codes.tobytes() for a, b in pair)
    assert first.mass == second.mass


def test_another_seed_gives_another_patient() -> None:
    first, second = (simulate_patient(s, vendor="siemens") for s in (5, 6))
    assert first.study.series_uid != second.study.series_uid
    assert first.mass != second.mass


def test_mvo_lies_within_the_infarct_on_its_endocardial_side(
    acute: list[SimulatedPatient],
) -> None:
    blocked, enhanced = [], []
    for label in (label for patient in acute for label in patient.truth):
        pieces, count = ndimage.label(label.mvo)
        rim = ndimage.binary_dilation(label.codes == Tissue.SCAR)
        assert all((rim & (pieces == i + 1)).any() for i in range(count)), "scar beside it"
        if label.mvo.sum() > 20 and label.blood_pool.any():
            from_pool = ndimage.distance_transform_edt(~label.blood_pool)
            blocked.append(from_pool[label.mvo].mean())
            enhanced.append(from_pool[label.codes == Tissue.SCAR].mean())
    assert len(blocked) > 5
    assert np.mean(blocked) < np.mean(enhanced)


def test_most_acute_infarcts_have_mvo() -> None:
    # 200 infarcts without images: the chance is 0.8, less those too small to hold any.
    level = np.linspace(-0.3, 1.5, 40, dtype=np.float32)[:, None]
    angle = np.linspace(0.0, 360.0, 64, endpoint=False, dtype=np.float32)[None]
    flat = np.zeros((40, 64), np.float32)
    drawn = [
        infarct(np.random.default_rng(s), "acute", level, angle, flat).mvo_depth.max() > 0.05
        for s in range(200)
    ]
    assert 0.65 < np.mean(drawn) < 0.9


def test_each_territory_lies_in_its_aha_sectors() -> None:
    # From the anterior RV insertion through the septum: LAD about 0, RCA 120, LCx 240 degrees.
    level = np.linspace(-0.3, 1.5, 40, dtype=np.float32)[:, None]
    angle = np.linspace(0.0, 360.0, 360, endpoint=False, dtype=np.float32)[None]
    flat = np.zeros((40, 360), np.float32)
    found: dict[str, list[complex]] = {}
    for seed in range(60):
        one = infarct(np.random.default_rng(seed), "acute", level, angle, flat)
        mean = (one.extent * np.exp(1j * np.deg2rad(angle))).sum()
        found.setdefault(str(one.territory), []).append(mean / abs(mean))
    middle = {t: np.rad2deg(np.angle(np.mean(values))) % 360 for t, values in found.items()}
    assert abs((middle["LAD"] + 180) % 360 - 180) < 20
    assert middle["RCA"] == pytest.approx(120, abs=20)
    assert middle["LCx"] == pytest.approx(240, abs=20)


def test_labels_weigh_what_the_shape_weighs(
    acute: list[SimulatedPatient], chronic: list[SimulatedPatient]
) -> None:
    # One pixel is all or nothing, so single patients differ; over twelve, errors must cancel.
    patients = acute + chronic
    for least, true in (
        (Tissue.VIABLE, [p.mass.lv_g for p in patients]),
        (Tissue.SCAR, [p.mass.scar_g for p in patients]),
    ):
        labelled = [grams(p, p.truth, least) for p in patients]
        assert sum(labelled) == pytest.approx(sum(true), rel=0.03)
        assert labelled == pytest.approx(true, rel=0.08, abs=1.0)


def test_masses_are_those_of_human_hearts(acute: list[SimulatedPatient]) -> None:
    # Male and female reference limits of LV mass by CMR span about 60 to 220 g.
    assert all(50 < p.mass.lv_g < 250 for p in acute)
    assert all(0 < p.mass.mvo_g + p.mass.scar_g < p.mass.lv_g for p in acute)
    assert all(p.mass.mvo_g < p.mass.scar_g for p in acute)


def test_no_scar_means_none() -> None:
    patient = simulate_patient(3, scar="none", vendor="siemens")
    assert patient.mass.scar_g == patient.mass.mvo_g == 0.0
    assert patient.territory is None
    assert not any(label.scar.any() for label in patient.truth)


def test_chronic_infarcts_have_no_mvo(chronic: list[SimulatedPatient]) -> None:
    assert all(p.mass.mvo_g == 0.0 for p in chronic)
    assert all(p.mass.scar_g > 0.0 for p in chronic)


def test_mixed_holds_every_kind() -> None:
    from lgescar.simulate.series import _kind

    kinds = [_kind(seed, "mixed") for seed in range(200)]
    shares = {kind: kinds.count(kind) / 200 for kind in ("acute", "chronic", "none")}
    assert shares == pytest.approx({"acute": 0.4, "chronic": 0.4, "none": 0.2}, abs=0.12)


def test_signed_scar_and_blood_are_bright_and_remote_wall_lies_near_the_pedestal(
    acute: list[SimulatedPatient],
) -> None:
    for patient in acute:
        pixels = np.stack([s.pixels for s in patient.study.slices])
        codes = np.stack([label.codes for label in patient.truth])
        remote, scar, pool = (float(np.median(pixels[codes == t])) for t in (2, 3, 1))
        assert remote < scar
        assert remote < pool
        assert abs(remote) < 0.7 * max(scar, pool)
    lowest = min(s.pixels.min() for p in acute for s in p.study.slices)
    assert lowest < 0, "signed images go below the pedestal"


def test_magnitude_is_never_negative(chronic: list[SimulatedPatient]) -> None:
    assert all(s.pixels.min() >= 0 for p in chronic for s in p.study.slices)


def test_slices_run_from_base_to_apex_and_step_evenly(acute: list[SimulatedPatient]) -> None:
    for patient in acute:
        origins = np.array([s.geometry.origin_mm for s in patient.study.slices])
        steps = np.diff(origins, axis=0)
        assert np.allclose(np.linalg.norm(steps, axis=1), patient.protocol.step_mm)
        # The apex of a heart in the chest points left (+x) and downwards (-z).
        assert steps[0][0] > 0 > steps[0][2]
        areas = [int((label.codes > 0).sum()) for label in patient.truth]
        assert areas[-1] < max(areas)


def test_the_grid_maps_voxels_to_where_the_slices_lie(acute: list[SimulatedPatient]) -> None:
    patient = acute[1]
    plane = patient.study.slices[3].geometry
    assert plane.spacing_mm is not None
    lps = (
        np.array(plane.origin_mm)
        + 20 * plane.spacing_mm[0] * np.array(plane.down)
        + 50 * plane.spacing_mm[1] * np.array(plane.across)
    )
    ras = patient.study.grid.affine @ (20, 50, 3, 1)
    assert ras[:3] == pytest.approx(lps * (-1, -1, 1))


@pytest.mark.parametrize(
    ("seed", "options", "word"),
    [
        (-1, {}, "seed"),
        (0, {"scar": "old"}, "scar"),
        (0, {"contrast": "T2"}, "contrast"),
        (0, {"vendor": "acme"}, "vendor"),
    ],
)
def test_an_unknown_choice_is_refused(seed: int, options: dict[str, str], word: str) -> None:
    with pytest.raises(UsageError, match=word):
        simulate_patient(seed, **options)  # type: ignore[arg-type]
