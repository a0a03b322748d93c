import gzip
import itertools

import nibabel as nib
import numpy as np
import pytest

from lgescar.core.study import Grid
from lgescar.write.nifti import labels_nifti, scar_probability_nifti

PLANES = [np.array([[0, 1, 2], [3, 4, 0]], np.uint8), np.array([[2, 2, 0], [1, 3, 3]], np.uint8)]
# Not a rotation of the axes alone: turned by 30 degrees about the last one.
TURNED = np.array([[0.866, -0.5, 0, 7], [0.5, 0.866, 0, -3], [0, 0, 1, 11], [0, 0, 0, 1]])


def opened(content: bytes) -> nib.Nifti1Image:
    return nib.Nifti1Image.from_bytes(gzip.decompress(content))


@pytest.mark.parametrize("slice_axis", [0, 1, 2])
def test_each_label_lands_on_the_voxel_it_was_drawn_on(make_report, slice_axis: int) -> None:
    shape = [2, 3]
    shape.insert(slice_axis, 4)
    grid = Grid(tuple(shape), TURNED, slice_axis)

    image = opened(labels_nifti(make_report(PLANES, study={"grid": grid, "indices": (3, 1)})))

    written = np.asarray(image.dataobj)
    assert written.dtype == np.uint8
    assert np.array_equal(np.take(written, 3, slice_axis), PLANES[0])
    assert np.array_equal(np.take(written, 1, slice_axis), PLANES[1])
    assert not np.take(written, [0, 2], slice_axis).any()


@pytest.mark.parametrize("order", list(itertools.permutations(range(3))))
@pytest.mark.parametrize("mirrored", [0, 3, 7])
def test_a_label_keeps_its_place_in_the_patient(
    make_report, order: tuple[int, int, int], mirrored: int
) -> None:
    signs = [-1.0 if mirrored >> axis & 1 else 1.0 for axis in range(3)]
    affine = TURNED @ np.diag([1.5, 1.25, 8.0, 1.0]) @ np.diag([*signs, 1.0])
    affine = affine[:, [*order, 3]]
    slice_axis = order.index(2)
    shape = [2, 3]
    shape.insert(slice_axis, 2)

    report = make_report(PLANES, study={"grid": Grid(tuple(shape), affine, slice_axis)})
    image = opened(labels_nifti(report))

    mvo = [1, 1]
    mvo.insert(slice_axis, 0)
    (found,) = np.argwhere(np.asarray(image.dataobj) == 4)
    place = nib.affines.apply_affine(image.affine, found)
    assert place == pytest.approx(nib.affines.apply_affine(affine, mvo), abs=1e-5)


def test_the_affine_and_voxel_sizes_are_the_inputs_own(make_report) -> None:
    affine = np.float32(TURNED @ np.diag([1.5, 1.25, 8.0, 1.0])).astype(np.float64)
    image = opened(labels_nifti(make_report(PLANES, study={"grid": Grid((2, 3, 2), affine)})))

    assert np.array_equal(image.affine, affine)
    assert image.header.get_zooms() == pytest.approx((1.5, 1.25, 8.0), abs=1e-3)
    assert image.header["qform_code"] == 0


@pytest.mark.parametrize(("known", "unit"), [(True, "mm"), (False, "unknown")])
def test_the_header_says_whether_its_millimetres_are_real(
    make_report, known: bool, unit: str
) -> None:
    grid = Grid((2, 3, 2), np.eye(4), units_known=known)
    image = opened(labels_nifti(make_report(PLANES, study={"grid": grid})))

    assert image.header.get_xyzt_units()[0] == unit


def test_a_probability_is_written_without_loss(make_report) -> None:
    report = make_report(PLANES, study={"grid": Grid((2, 3, 2), np.eye(4))})
    image = opened(scar_probability_nifti(report))

    written = np.asarray(image.dataobj)
    assert written.dtype == np.float32
    assert np.array_equal(written[:, :, 1], report.results[1].scar_probability)


def test_the_same_report_gives_the_same_bytes(make_report) -> None:
    report = make_report(PLANES, study={"grid": Grid((2, 3, 2), np.eye(4))})

    assert labels_nifti(report) == labels_nifti(report)
    assert labels_nifti(report)[4:8] == bytes(4)  # gzip's time stamp


def test_other_software_reads_the_file(make_report, tmp_path) -> None:
    itk = pytest.importorskip("SimpleITK")
    grid = Grid((2, 3, 2), np.diag([1.5, 1.25, 8.0, 1.0]))
    (tmp_path / "labels.nii.gz").write_bytes(
        labels_nifti(make_report(PLANES, study={"grid": grid}))
    )

    image = itk.ReadImage(str(tmp_path / "labels.nii.gz"))

    assert image.GetSpacing() == pytest.approx((1.5, 1.25, 8.0))
    assert np.array_equal(itk.GetArrayFromImage(image).transpose(2, 1, 0)[:, :, 0], PLANES[0])
