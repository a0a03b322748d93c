import numpy as np

from lgescar.core.image import Slice, SliceGeometry
from lgescar.core.roles import Detector
from lgescar.detect.simple import MapDetector, scar_boxes


def test_each_scar_gets_its_box_the_largest_first() -> None:
    scar = np.zeros((20, 20), bool)
    scar[2:4, 3:6] = True
    scar[10:15, 8:12] = True
    chance = np.where(scar, 0.7, 0.1).astype(np.float32)
    chance[11, 9] = 0.95
    first, second = scar_boxes(scar, chance)
    assert (first.top, first.left, first.bottom, first.right) == (10, 8, 15, 12)
    assert (second.top, second.left, second.bottom, second.right) == (2, 3, 4, 6)
    assert abs((first.score or 0) - 0.95) < 1e-6


def test_pixels_that_touch_at_a_corner_are_one_scar() -> None:
    scar = np.eye(6, dtype=bool)
    assert len(scar_boxes(scar, scar.astype(np.float32))) == 1


def test_no_scar_gives_no_box() -> None:
    assert scar_boxes(np.zeros((5, 5), bool), np.zeros((5, 5), np.float32)) == ()


def test_a_scar_map_is_a_detector_and_the_surest_scar_comes_first() -> None:
    scar = np.zeros((20, 20), bool)
    scar[2:10, 2:10] = True
    scar[14:16, 14:16] = True
    chance = np.where(scar, 0.6, 0.0).astype(np.float32)
    chance[14, 14] = 0.9
    place = SliceGeometry((0.0, 0.0, 0.0), (0.0, 1.0, 0.0), (1.0, 0.0, 0.0), (1.0, 1.0))
    detector = MapDetector("made", lambda image: (scar, chance))
    assert isinstance(detector, Detector)
    found = detector.detect(Slice("1", chance, place))
    assert [(b.top, round(b.score or 0, 3)) for b in found] == [(14.0, 0.9), (2.0, 0.6)]
