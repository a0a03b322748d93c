"""Detectors on simulated patients whose lesions are known."""

from pathlib import Path

import pytest

from lgescar.bundle import open_bundle
from lgescar.core.box import Box
from lgescar.evaluate.detection import score_detector
from lgescar.metrics.detection import lesions
from lgescar.outline.network import SlicePrediction
from lgescar.outline.systems import NetworkSystem, open_system
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


class Knowing(NetworkSystem):
    """A system that knows every lesion: what perfect scores look like."""

    def __init__(self, folder: Path) -> None:
        super().__init__(open_bundle())
        study, labels = read_case(folder, "one")
        known = {
            s.pixels.tobytes(): tuple(Box.around(m, 0.9) for m in lesions(label.scar))
            for s, label in zip(study.slices, labels, strict=True)
        }
        object.__setattr__(self, "known", known)

    def proposed(self, prediction: SlicePrediction, lowest: float | None = None) -> tuple[Box, ...]:
        return self.known.get(prediction.image.pixels.tobytes(), ())


class Blind(NetworkSystem):
    """A system that sees nothing."""

    def proposed(self, prediction: SlicePrediction, lowest: float | None = None) -> tuple[Box, ...]:
        return ()


def test_a_detector_that_knows_every_lesion_is_perfect(cohort: Path) -> None:
    found = score_detector(Knowing(cohort), [cohort], PATIENTS, 0.5)
    assert found.average_precision == found.recall == 1.0
    assert found.outcomes == {"simulated/one": "found", "simulated/healthy": "clear"}
    study, labels = read_case(cohort, "one")
    assert sum(r.lesions for r in found.by_size) == sum(len(lesions(m.scar)) for m in labels)
    assert study.pixel_area_mm2 is not None


def test_a_detector_that_sees_nothing_misses_the_patient(cohort: Path) -> None:
    found = score_detector(Blind(open_bundle()), [cohort], PATIENTS, 0.5)
    assert found.average_precision == found.recall == 0.0
    assert found.outcomes["simulated/one"] == "missed"


def test_the_default_network_has_boxes_of_its_own(cohort: Path) -> None:
    found = score_detector(open_system(), [cohort], PATIENTS[:1], 0.3)
    assert found.average_precision is not None
    assert 0.0 <= found.average_precision <= 1.0
    assert found.boxes_a_slice > 0.0
