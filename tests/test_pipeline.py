"""The line as a whole, on simulated patients: what must not change its answer, and what must."""

from dataclasses import replace

import numpy as np
import pytest

from lgescar import pipeline
from lgescar.bundle import Bundle, open_bundle
from lgescar.core.box import Box
from lgescar.core.errors import PromptError
from lgescar.core.report import Report
from lgescar.core.study import Study
from lgescar.measure import quality as measured
from lgescar.outline.heart import find_heart
from lgescar.simulate import SimulatedPatient, simulate_patient

CLOSE = 0.005
"""Relative difference allowed: float32 sums in another order move a few border pixels."""


@pytest.fixture(scope="module")
def bundle() -> Bundle:
    return open_bundle()


@pytest.fixture(scope="module")
def patient() -> SimulatedPatient:
    """A patient with scar, cut to three slices to stay quick."""
    whole = simulate_patient(7, scar="chronic", contrast="psir")
    middle = slice(2, 5)
    study = replace(
        whole.study,
        slices=whole.study.slices[middle],
        indices=whole.study.indices[middle],
    )
    return replace(whole, study=study, truth=whole.truth[middle], noisy=whole.noisy[middle])


@pytest.fixture(scope="module")
def report(patient: SimulatedPatient, bundle: Bundle) -> Report:
    return pipeline.run(patient.study, bundle)


def with_pixels(study: Study, change) -> Study:
    return replace(
        study,
        slices=tuple(
            replace(s, pixels=np.ascontiguousarray(change(s.pixels))) for s in study.slices
        ),
    )


def litres(report: Report) -> tuple[float, float]:
    quantities = report.quantities
    assert quantities.scar_volume_ml is not None
    assert quantities.lv_mass_g is not None
    return quantities.scar_volume_ml, quantities.lv_mass_g


def test_the_simulated_scar_is_found(patient: SimulatedPatient, report: Report) -> None:
    truth = np.stack([m.scar for m in patient.truth])
    found = np.stack([m.scar for m in report.labels])
    assert 2.0 * (truth & found).sum() / (truth.sum() + found.sum()) > 0.4


@pytest.mark.parametrize(
    "change",
    [
        lambda p: p[::-1],
        lambda p: p[:, ::-1],
        lambda p: np.rot90(p),
        lambda p: np.rot90(p, 2),
        lambda p: p.T,
    ],
    ids=["upside down", "mirrored", "quarter turn", "half turn", "transposed"],
)
def test_a_picture_stored_another_way_round_holds_the_same_millilitres(
    patient: SimulatedPatient, report: Report, bundle: Bundle, change
) -> None:
    other = pipeline.run(with_pixels(patient.study, change), bundle)
    assert litres(report)[0] > 1.0
    assert litres(other) == pytest.approx(litres(report), rel=CLOSE)


def test_slices_in_reverse_order_hold_the_same_millilitres(
    patient: SimulatedPatient, report: Report, bundle: Bundle
) -> None:
    study = patient.study
    backwards = replace(study, slices=study.slices[::-1], indices=study.indices[::-1])
    assert litres(pipeline.run(backwards, bundle)) == pytest.approx(litres(report), rel=1e-6)


def test_a_heart_near_the_corner_is_found_there(
    patient: SimulatedPatient, report: Report, bundle: Bundle
) -> None:
    before = find_heart(patient.study, bundle).frame
    low = min(float(s.pixels.min()) for s in patient.study.slices)
    moved = with_pixels(patient.study, lambda p: np.pad(p, ((57, 0), (0, 43)), constant_values=low))
    heart = find_heart(moved, bundle)
    after = heart.frame
    assert heart.notes == ()
    step = before.step[0]
    assert after.centre[0] == pytest.approx(before.centre[0] + 57, abs=3 * step)
    assert after.centre[1] == pytest.approx(before.centre[1], abs=3 * step)
    assert litres(pipeline.run(moved, bundle))[1] == pytest.approx(litres(report)[1], rel=0.1)


def test_gain_and_pedestal_of_the_scanner_change_nothing(
    patient: SimulatedPatient, report: Report, bundle: Bundle
) -> None:
    louder = with_pixels(patient.study, lambda p: 3.5 * p + 800.0)
    assert litres(pipeline.run(louder, bundle)) == pytest.approx(litres(report), rel=0.02)


def test_a_slice_that_no_box_names_has_no_scar(patient: SimulatedPatient, bundle: Bundle) -> None:
    index = patient.study.indices[1]
    box = Box.around(patient.truth[1].scar)
    assert box is not None
    labels = pipeline.run(patient.study, bundle, {index: [box]}).labels
    assert not labels[0].scar.any()
    assert not labels[2].scar.any()
    assert labels[1].scar.any()
    rows, cols = np.nonzero(labels[1].scar)
    margin = 8
    assert box.top - margin <= rows.min() <= rows.max() <= box.bottom + margin
    assert box.left - margin <= cols.min() <= cols.max() <= box.right + margin


def test_boxes_for_a_slice_that_is_not_there_are_refused(
    patient: SimulatedPatient, bundle: Bundle
) -> None:
    with pytest.raises(PromptError, match="slice 99"):
        pipeline.run(patient.study, bundle, {99: [Box(1, 1, 5, 5)]})


def test_a_box_off_the_image_is_refused(patient: SimulatedPatient, bundle: Bundle) -> None:
    index = patient.study.indices[0]
    with pytest.raises(PromptError, match="outside"):
        pipeline.run(patient.study, bundle, {index: [Box(5000, 5000, 5005, 5005)]})


def test_a_blank_study_has_no_scar_and_says_that_no_heart_was_found(
    patient: SimulatedPatient, bundle: Bundle
) -> None:
    blank = pipeline.run(with_pixels(patient.study, np.zeros_like), bundle)
    assert all(not m.scar.any() for m in blank.labels)
    assert "heart-not-found" in {n.code for n in blank.notes}


def test_without_spacing_the_percentage_stays_and_grams_are_withheld(
    patient: SimulatedPatient, report: Report, bundle: Bundle
) -> None:
    bare = replace(
        patient.study,
        slice_step_mm=None,
        slices=tuple(
            replace(s, geometry=replace(s.geometry, spacing_mm=None)) for s in patient.study.slices
        ),
    )
    quantities = pipeline.run(bare, bundle).quantities
    assert quantities.scar_mass_g is None
    assert quantities.lv_mass_g is None
    known = report.quantities.scar_percent_of_lv
    assert quantities.scar_percent_of_lv == pytest.approx(known, abs=6.0)


def test_the_report_says_how_good_the_images_are(patient: SimulatedPatient, report: Report) -> None:
    quality = report.quality
    assert quality is not None
    assert quality.grade in ("good", "fair", "poor")
    assert [s.index for s in quality.slices] == list(patient.study.indices)
    # Outlines of the network and of the truth give the same picture of the images.
    true = measured(patient.study, patient.truth)
    assert quality.cnr_blood_pool_remote == pytest.approx(true.cnr_blood_pool_remote, rel=0.3)
