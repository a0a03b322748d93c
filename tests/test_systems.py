"""The line with a detector and a segmenter of one's own, on a simulated patient."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from lgescar import pipeline
from lgescar.bundle import Bundle, open_bundle, open_model
from lgescar.core.box import Box
from lgescar.core.errors import ModelError
from lgescar.core.report import Report
from lgescar.core.study import Study
from lgescar.outline.heart import find_heart
from lgescar.outline.threshold import THRESHOLDS
from lgescar.prepare.frame import Frame
from lgescar.simulate import simulate_patient

Models = dict[str, Path]
MIDDLE = Box(40.0, 40.0, 56.0, 56.0, 0.75)
"""What the detector finds, in the heart's frame."""


@pytest.fixture(scope="module")
def bundle() -> Bundle:
    return open_bundle()


@pytest.fixture(scope="module")
def study() -> Study:
    """Two slices with scar."""
    whole = simulate_patient(7, scar="chronic", contrast="psir").study
    return replace(whole, slices=whole.slices[3:5], indices=whole.indices[3:5])


@pytest.fixture(scope="module")
def heart(study: Study, bundle: Bundle) -> Frame:
    heart = find_heart(study, bundle)
    assert heart.notes == ()
    return heart.frame


@pytest.fixture(scope="module")
def plain(study: Study, bundle: Bundle) -> Report:
    report = pipeline.run(study, bundle)
    assert all(labels.scar.any() for labels in report.labels)
    return report


def inside(box: Box, shape: tuple[int, int], margin: float = 0.0) -> np.ndarray:
    """Pixels whose centre lies in the box, or within a margin of it."""
    rows, cols = np.indices(shape) + 0.5
    return (
        (rows >= box.top - margin)
        & (rows < box.bottom + margin)
        & (cols >= box.left - margin)
        & (cols < box.right + margin)
    )


def test_boxes_of_a_detector_prompt_the_default_network(
    study: Study, bundle: Bundle, heart: Frame, models: Models
) -> None:
    report = pipeline.run(study, bundle, system=models["detector"])
    box = heart.box_to_slice(MIDDLE)
    assert [r.boxes for r in report.results] == [(box,), (box,)]
    drawn = replace(box, score=None)
    by_hand = pipeline.run(study, bundle, dict.fromkeys(study.indices, (drawn,)))
    for ours, theirs in zip(report.results, by_hand.results, strict=True):
        np.testing.assert_array_equal(ours.labels.codes, theirs.labels.codes)
        np.testing.assert_array_equal(ours.scar_probability, theirs.scar_probability)
    settings = report.provenance.settings
    sha256 = open_model(models["detector"]).sha256
    assert settings["detector"] == {"name": "made-detector", "sha256": sha256, "cutoff": 0.5}
    assert settings["scar_cutoff"] == 0.5
    assert "segmenter" not in settings


def test_a_detectors_box_away_from_the_heart_is_left_out_with_a_note(
    study: Study, bundle: Bundle, heart: Frame, models: Models
) -> None:
    report = pipeline.run(study, bundle, system=models["astray"])
    expected = heart.box_to_slice(MIDDLE)
    for result in report.results:
        (box,) = result.boxes
        np.testing.assert_allclose(
            [box.top, box.left, box.bottom, box.right],
            [expected.top, expected.left, expected.bottom, expected.right],
        )
    (note,) = [n for n in report.notes if n.code == "boxes-left-out"]
    assert note.message.endswith("left out: 2")


@pytest.mark.parametrize("system", [None, "sam", "boxed", "otsu"])
def test_a_box_of_a_person_away_from_the_heart_is_answered_there_with_a_note(
    study: Study, bundle: Bundle, heart: Frame, models: Models, system: str | None
) -> None:
    far = heart.box_to_slice(Box(-20.0, -20.0, -12.0, -12.0))
    assert far.top > 0 < far.left  # on the slice, off the frame
    where = {study.indices[1]: [far]}
    report = pipeline.run(study, bundle, where, system=models.get(system or "", system))
    first, second = report.labels
    assert not first.scar.any()
    assert second.scar.any()
    assert second.scar[inside(far, second.codes.shape)].any()
    assert not second.scar[~inside(far, second.codes.shape, 6.0)].any()
    (note,) = [n for n in report.notes if n.code == "prompt-away-from-heart"]
    assert note.message.endswith("slice 2")
    assert report.results[1].boxes == (far,)


def test_a_box_segmenter_outlines_given_boxes_and_no_other_slice(
    study: Study, bundle: Bundle, heart: Frame, models: Models
) -> None:
    box = replace(heart.box_to_slice(MIDDLE), score=None)
    report = pipeline.run(study, bundle, {study.indices[0]: [box]}, system=models["boxed"])
    first, second = report.results
    shape = study.slices[0].shape
    assert not second.labels.scar.any()
    assert not second.scar_probability.any()
    assert second.boxes == ()
    assert first.labels.scar[inside(box, shape, -1.0)].all()
    assert not first.labels.scar[~inside(box, shape, 1.0)].any()
    # logit 4 at temperature 2: 1 / (1 + e**-2)
    middle = tuple(int(c) for c in heart.centre)
    assert first.scar_probability[middle] == pytest.approx(0.8808, abs=1e-4)
    assert first.scar_probability[~inside(box, shape, 8.0)].max() == 0.0
    sha256 = open_model(models["boxed"]).sha256
    assert report.provenance.settings["segmenter"] == {
        "name": "made-boxed", "sha256": sha256, "cutoff": 0.6, "temperature": 2.0
    }  # fmt: skip


def test_a_segmenter_alone_takes_the_boxes_of_the_default_networks_scar(
    study: Study, bundle: Bundle, plain: Report, models: Models
) -> None:
    report = pipeline.run(study, bundle, system=models["boxed"])
    for ours, default in zip(report.results, plain.results, strict=True):
        assert ours.boxes == default.boxes
        assert ours.labels.scar[default.labels.scar].mean() > 0.9  # a box holds its scar
        near = np.any([inside(b, default.labels.codes.shape, 1.0) for b in ours.boxes], axis=0)
        assert not ours.labels.scar[~near].any()
        assert (ours.labels.wall | ~default.labels.wall).all()


def test_sam_outlines_in_the_boxes_of_a_detector_from_its_own_cutoff_on(
    study: Study, bundle: Bundle, heart: Frame, models: Models
) -> None:
    report = pipeline.run(study, bundle, system=f"{models['detector']}+{models['sam']}")
    box = heart.box_to_slice(MIDDLE)
    step = max(heart.step)
    for result in report.results:
        assert result.labels.scar.any()
        np.testing.assert_array_equal(result.labels.scar, result.scar_probability >= 0.6)
        assert not result.labels.scar[~inside(box, result.labels.codes.shape, 4 * step)].any()
        assert not (result.labels.scar & ~result.labels.wall).any()
    assert {"detector", "segmenter"} <= set(report.provenance.settings)
    assert "scar_cutoff" not in report.provenance.settings


@pytest.mark.parametrize("rule", ["fwhm-remote", "ewa"])
def test_a_rule_finds_scar_in_the_wall_that_the_bundle_outlines(
    study: Study, bundle: Bundle, plain: Report, rule: str
) -> None:
    report = pipeline.run(study, bundle, system=rule)
    for image, ours, default in zip(study.slices, report.results, plain.results, strict=True):
        wall = default.labels.wall
        weights = THRESHOLDS[rule](image.pixels, wall)
        np.testing.assert_array_equal(ours.labels.scar, weights >= 0.5)
        np.testing.assert_array_equal(ours.labels.wall, wall)
        np.testing.assert_array_equal(ours.scar_probability, weights)
        assert ours.boxes == ()
    settings = report.provenance.settings
    assert settings["boxes"] == "none"
    assert settings["segmenter"] == {"name": rule, "cutoff": 0.5}


def test_a_rule_decides_only_inside_boxes_that_are_given(
    study: Study, bundle: Bundle, plain: Report
) -> None:
    box = plain.results[0].boxes[0]
    report = pipeline.run(study, bundle, {study.indices[0]: [box]}, system="fwhm-range")
    wall = plain.results[0].labels.wall
    weights = THRESHOLDS["fwhm-range"](study.slices[0].pixels, wall)
    expected = (weights >= 0.5) & inside(box, wall.shape)
    assert expected.any()
    np.testing.assert_array_equal(report.labels[0].scar, expected)
    assert not report.labels[1].scar.any()


def test_boxes_take_the_place_of_a_detectors_own(
    study: Study, bundle: Bundle, plain: Report, models: Models
) -> None:
    boxes = {study.indices[0]: plain.results[0].boxes}
    both = f"{models['detector']}+{models['boxed']}"
    found = pipeline.run(study, bundle, boxes, system=both)
    alone = pipeline.run(study, bundle, boxes, system=models["boxed"])
    assert found.provenance.settings == alone.provenance.settings
    for one, other in zip(found.labels, alone.labels, strict=True):
        np.testing.assert_array_equal(one.codes, other.codes)


def test_a_model_that_does_not_fit_is_refused(study: Study, models: Models) -> None:
    with pytest.raises(ModelError, match="belongs to --system, not to --bundle"):
        pipeline.run(study, models["sam"])
    for pair in (f"{models['sam']}+otsu", f"{models['detector']}+{models['astray']}"):
        with pytest.raises(ModelError, match="one detector and then one segmenter"):
            pipeline.run(study, system=pair)


def test_an_unknown_system_names_the_rules(study: Study, bundle: Bundle) -> None:
    with pytest.raises(ModelError, match=r"or a threshold: .*fwhm-remote"):
        pipeline.run(study, bundle, system="fwhm")
