"""Detectors on simulated patients whose lesions are known."""

from pathlib import Path

import numpy as np
import pytest

from lgescar.bundle import open_bundle
from lgescar.core.box import Box
from lgescar.core.image import Slice
from lgescar.core.roles import Detector
from lgescar.core.study import Study
from lgescar.detect.simple import MapDetector
from lgescar.evaluate.detection import own_boxes, score_detector
from lgescar.metrics.detection import lesions
from lgescar.read.cohort import read_case
from lgescar.simulate import simulate_patient
from lgescar.simulate.write_nifti import write_patient_nifti

PATIENTS = ("simulated/one", "simulated/healthy")


@pytest.fixture(scope="module")
def cohort(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("cohorts") / "simulated"
    write_patient_nifti(simulate_patient(60, scar="chronic"), folder, "one")
    write_patient_nifti(simulate_patient(61, scar="none"), folder, "healthy")
    return folder


class Knowing:
    """A detector that was told every lesion: what perfect scores look like."""

    name = "knowing"

    def __init__(self, folder: Path) -> None:
        study, labels = read_case(folder, "one")
        self._known = {
            s.pixels.tobytes(): tuple(Box.around(m, 0.9) for m in lesions(label.scar))
            for s, label in zip(study.slices, labels, strict=True)
        }

    def detect(self, image: Slice) -> tuple[Box, ...]:
        return tuple(b for b in self._known.get(image.pixels.tobytes(), ()) if b is not None)


def test_a_detector_that_knows_every_lesion_is_perfect(cohort: Path) -> None:
    knowing = Knowing(cohort)
    assert isinstance(knowing, Detector)
    found = score_detector(lambda study: knowing, [cohort], PATIENTS, 0.5)
    assert found.average_precision == found.recall == 1.0
    assert found.outcomes == {"simulated/one": "found", "simulated/healthy": "clear"}
    study, labels = read_case(cohort, "one")
    assert sum(r.lesions for r in found.by_size) == sum(len(lesions(m.scar)) for m in labels)
    assert study.pixel_area_mm2 is not None


def test_a_detector_that_sees_nothing_misses_the_patient(cohort: Path) -> None:
    def blind(study: Study) -> Detector:
        shape = study.slices[0].shape
        nothing = np.zeros(shape, bool), np.zeros(shape, np.float32)
        return MapDetector("blind", lambda image: nothing)

    found = score_detector(blind, [cohort], PATIENTS, 0.5)
    assert found.average_precision == found.recall == 0.0
    assert found.outcomes["simulated/one"] == "missed"


def test_the_default_network_has_boxes_of_its_own(cohort: Path) -> None:
    found = score_detector(own_boxes(open_bundle()), [cohort], PATIENTS[:1], 0.3)
    assert found.average_precision is not None
    assert 0.0 <= found.average_precision <= 1.0
    assert found.boxes_a_slice > 0.0
