"""Masses, shares and what is withheld."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lgescar.core.errors import GeometryError
from lgescar.core.image import SliceGeometry
from lgescar.core.provenance import Provenance
from lgescar.core.report import SliceResult
from lgescar.measure import measure, quality
from lgescar.measure.report import measured


def counted(wall: int, scar: int, mvo: int) -> Any:
    """A plane with these many pixels of viable wall, enhanced scar and MVO, and 40 of blood."""
    codes = np.zeros((20, 20), np.uint8)
    codes.flat[: wall + scar + mvo] = [2] * wall + [3] * scar + [4] * mvo
    codes[18:] = 1
    return codes


def codes_of(notes: Any) -> set[str]:
    return {note.code for note in notes}


def quarter(radius: Any, degrees: Any) -> Any:
    return (degrees < 90) & (radius < 21)


def test_a_pixel_weighs_its_area_times_the_step_times_the_density(stack: Any) -> None:
    # 2.0 x 1.5 mm pixels, 8 mm steps: 24 mm3 = 0.024 ml a pixel, 1.05 g a ml.
    study, labels = stack([counted(80, 15, 5), counted(100, 0, 0)])
    quantities, _ = measure(study, labels)
    assert quantities.lv_mass_g == pytest.approx(200 * 0.024 * 1.05)
    assert quantities.scar_volume_ml == pytest.approx(20 * 0.024)
    assert quantities.scar_mass_g == pytest.approx(20 * 0.024 * 1.05)
    assert quantities.mvo_mass_g == pytest.approx(5 * 0.024 * 1.05)
    assert quantities.scar_percent_of_lv == pytest.approx(10.0)


def test_mass_adds_over_slices(stack: Any, ring: Any) -> None:
    planes = [ring(quarter), ring(), ring(quarter, outer=24.0)]
    whole = measure(*stack(planes))[0].scar_mass_g
    pairs = [measure(*stack([p, np.zeros_like(p)]))[0].scar_mass_g for p in planes]
    assert whole == pytest.approx(sum(pairs))


def test_without_scar_its_quantities_are_zero(stack: Any, ring: Any) -> None:
    quantities, _ = measure(*stack([ring()] * 3))
    scar = asdict(quantities)
    for name in ("scar_mass_g", "scar_volume_ml", "scar_percent_of_lv", "mvo_mass_g"):
        assert scar[name] == 0.0
    assert quantities.transmural_extent_percent == 0.0
    assert quantities.transmural_extent_all_percent == 0.0
    assert quantities.transmural_over_half_percent == 0.0
    assert quantities.transmural_segments == ()
    assert {s.scar_percent for s in quantities.aha} == {0.0}


def test_an_empty_label_map_is_zero_scar_of_an_unknown_wall(stack: Any) -> None:
    quantities, notes = measure(*stack([counted(0, 0, 0)] * 3))
    assert (quantities.scar_volume_ml, quantities.scar_percent_of_lv) == (0.0, 0.0)
    assert quantities.lv_mass_g is None
    assert "no-wall" in codes_of(notes)


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"spacing_mm": None, "slice_step_mm": 8.0}, "spacing-unknown"),
        ({"slice_step_mm": None}, "step-unknown"),
        ({"complete": False}, "incomplete-stack"),
        ({"view": "other"}, "not-short-axis"),
    ],
)
def test_grams_without_a_basis_are_withheld_and_the_share_stays(
    stack: Any, ring: Any, changes: dict[str, Any], code: str
) -> None:
    known = measure(*stack([ring(quarter)] * 3))[0]
    quantities, notes = measure(*stack([ring(quarter)] * 3, **changes))
    assert quantities.lv_mass_g is None
    assert quantities.scar_mass_g is None
    assert quantities.scar_volume_ml is None
    assert quantities.mvo_mass_g is None
    assert quantities.scar_percent_of_lv == known.scar_percent_of_lv
    assert code in codes_of(notes)


def test_aha_segments_are_withheld_from_another_view(stack: Any, ring: Any) -> None:
    assert measure(*stack([ring()] * 3, view="other"))[0].aha == ()


def test_one_slice_has_no_mass_and_no_segments(stack: Any, ring: Any) -> None:
    quantities, notes = measure(*stack([ring(quarter)], slice_step_mm=8.0))
    assert quantities.scar_mass_g is None
    assert quantities.aha == ()
    assert {"single-slice", "too-few-closed-slices"} <= codes_of(notes)


def test_a_note_of_the_study_is_not_repeated(stack: Any, ring: Any) -> None:
    study, labels = stack([ring()] * 3, slice_step_mm=None)
    _, notes = measure(study, labels)
    said, _ = stack([ring()] * 3, slice_step_mm=None, notes=notes)
    assert measure(said, labels)[1] == ()


def test_labels_of_another_size_are_refused(stack: Any, ring: Any) -> None:
    study, labels = stack([ring()] * 3)
    with pytest.raises(GeometryError, match="needs one"):
        measure(study, labels[:2])


def oblique(turn: float, tilt: float) -> SliceGeometry:
    """Short-axis-like planes turned within themselves and tilted about the patient's left."""
    c, s = np.cos(tilt), np.sin(tilt)
    down, across = np.array([0.0, c, -s]), np.array([1.0, 0.0, 0.0])
    d = np.cos(turn) * down + np.sin(turn) * across
    a = np.cos(turn) * across - np.sin(turn) * down
    return SliceGeometry((1.0, 2.0, 3.0), tuple(d.tolist()), tuple(a.tolist()), (1.1, 1.1))


@given(
    quarters=st.integers(0, 3),
    flip=st.booleans(),
    start=st.floats(0, 360),
    width=st.floats(20, 200),
    turn=st.floats(-3, 3),
    tilt=st.floats(0.4, 1.2),
)
@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_flips_and_quarter_turns_change_nothing(
    stack: Any, ring: Any, turned: Any, **case: Any
) -> None:
    def scar(radius: Any, degrees: Any) -> Any:
        return ((degrees - case["start"]) % 360 < case["width"]) & (radius < 22.3)

    planes = [ring(scar), ring(scar, outer=24.6), ring(scar, inner=10.2, outer=23.9)]
    geometry = oblique(case["turn"], case["tilt"])
    before = measure(*stack(planes, geometry=geometry))[0]
    after = measure(*turned(planes, case["quarters"], case["flip"], geometry=geometry))[0]
    assert flat(after) == pytest.approx(flat(before), abs=1e-6)


def flat(quantities: Any) -> list[float]:
    """Every number, -1 for None."""
    every = asdict(quantities)
    rows = [*every.pop("aha"), {k: v for k, v in every.items() if isinstance(v, float)}]
    return [-1.0 if v is None else float(v) for row in rows for v in row.values()]


def test_the_order_of_unordered_slices_does_not_matter(stack: Any, ring: Any) -> None:
    planes = [ring(quarter, outer=28.0), ring(quarter, outer=26.0), ring(outer=24.0)]
    loose = {"order_known": False}
    down, notes = measure(*stack(planes, **loose))
    up, _ = measure(*stack(planes[::-1], **loose))
    assert flat(up) == pytest.approx(flat(down))
    assert down == measure(*stack(planes))[0]
    assert "order-assumed" in codes_of(notes)


def test_the_note_on_order_names_the_basal_end(stack: Any, ring: Any) -> None:
    planes = [ring(outer=28.0), ring(outer=26.0), ring(outer=24.0)]
    for codes, end in ((planes, "first"), (planes[::-1], "last")):
        notes = measure(*stack(codes, order_known=False))[1]
        (assumed,) = (note.message for note in notes if note.code == "order-assumed")
        assert f"the {end} slice is taken as basal" in assumed


def test_only_an_unoriented_stack_doubts_the_anterior_wall(stack: Any, ring: Any) -> None:
    for oriented in (True, False):
        notes = measure(*stack([ring()] * 3, oriented=oriented))[1]
        (origin,) = (note.message for note in notes if note.code == "aha-origin-assumed")
        assert ("may not be anterior" in origin) is not oriented


def test_a_report_holds_the_quality_and_the_range_beside_the_quantities(
    stack: Any, ring: Any
) -> None:
    study, labels = stack([ring(quarter)] * 3)
    results = [SliceResult(m, np.zeros(m.codes.shape, np.float32)) for m in labels]
    wall = sum(int(np.count_nonzero(m.wall)) for m in labels)
    report = measured(study, results, (), Provenance("none", "0"), span=(0, wall))
    assert report.quality == quality(study, labels)
    assert report.likely is not None
    assert report.likely.scar_percent_of_lv == (0.0, 100.0)
    assert report.quantities == measure(study, labels)[0]
    assert "look-at-it" in codes_of(report.notes)
