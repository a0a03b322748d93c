import numpy as np
import pytest

from lgescar.core.box import Box
from lgescar.core.errors import GeometryError
from lgescar.core.image import Slice, SliceGeometry
from lgescar.core.provenance import Provenance
from lgescar.core.report import Quantities, Report, SliceCounts, SliceResult, slice_counts
from lgescar.core.study import Grid, Study
from lgescar.core.tissue import LabelMap

PLACE = SliceGeometry((0.0, 0.0, 0.0), (0.0, 1.0, 0.0), (1.0, 0.0, 0.0), None)
STUDY = Study(
    "made", None, (Slice("1", np.zeros((3, 3)), PLACE),), (0,), Grid((3, 3, 1), np.eye(4)), None
)
RESULT = SliceResult(LabelMap(np.full((3, 3), 2, np.uint8)), np.zeros((3, 3), np.float32))
NOTHING = Quantities(None, None, None, None, None)


def test_a_report_without_a_result_for_each_slice_is_refused() -> None:
    with pytest.raises(GeometryError, match="one result for each slice"):
        Report(STUDY, (), NOTHING, (), Provenance("b", "0"))


def test_labels_are_those_of_the_results() -> None:
    report = Report(STUDY, (RESULT,), NOTHING, (), Provenance("b", "0"))
    assert report.labels == (RESULT.labels,)


def test_labels_and_probability_are_of_one_size() -> None:
    with pytest.raises(GeometryError, match="differ in size"):
        SliceResult(RESULT.labels, np.zeros((3, 4), np.float32))


def test_slices_are_counted_along_the_grid_in_pixels_and_square_millimetres() -> None:
    place = SliceGeometry((0.0, 0.0, 0.0), (0.0, 1.0, 0.0), (1.0, 0.0, 0.0), (2.0, 1.5))
    study = Study(
        "made", None, (Slice("1", np.zeros((3, 3)), place),), (4,), Grid((3, 3, 5), np.eye(4)), None
    )
    labels = LabelMap(np.array([[1, 1, 2], [2, 2, 3], [3, 4, 0]], np.uint8))
    # 3 pixels of scar, MVO included, of 2.0 x 1.5 mm
    (found,) = slice_counts(study, [labels])
    assert found == SliceCounts(4, 2, 6, 3, 1, 9.0, ())
    (unknown,) = slice_counts(STUDY, [labels], [(Box(0, 0, 1, 1),)])
    assert (unknown.scar_area_mm2, unknown.boxes) == (None, (Box(0, 0, 1, 1),))


def test_a_report_counts_its_labels_and_names_its_boxes() -> None:
    box = Box(0, 0, 1, 1)
    result = SliceResult(RESULT.labels, RESULT.scar_probability, (box,))
    report = Report(STUDY, (result,), NOTHING, (), Provenance("b", "0"))
    # nine pixels of viable wall
    assert report.counts == (SliceCounts(0, 0, 9, 0, 0, None, (box,)),)
