"""Cohorts with a right ventricle, without scar, with scribbles, or with one person twice."""

from pathlib import Path

import nibabel as nib
import numpy as np
import pytest

from lgescar.core.errors import InputError
from lgescar.core.tissue import LabelMap, Tissue
from lgescar.read.annotated import (
    Annotation,
    annotated_cases,
    cases_without,
    persons,
    read_annotated,
)


@pytest.fixture
def cohort(tmp_path: Path, oblique):
    """A folder of volumes 4 x 4 x 3, whose references hold ``codes`` over and over."""

    def make(about: str = "", **references):
        folder = tmp_path / "heart"
        for kind_and_name, codes in references.items():
            kind, name = kind_and_name.split("__")
            for room, values in (("images", np.arange(48)), (kind, np.resize(codes, 48))):
                (folder / room).mkdir(parents=True, exist_ok=True)
                volume = nib.Nifti1Image(values.astype(np.int16).reshape(4, 4, 3), oblique)
                nib.save(volume, folder / room / f"{name}.nii.gz")
        if about:
            (folder / "cases.csv").write_text(about)
        return folder

    return make


def flat(planes):
    return np.stack(list(planes), axis=2).ravel().tolist()


def test_the_right_ventricle_is_a_mask_beside_background(cohort):
    case = read_annotated(cohort(labels__a=[0, 1, 2, 5]), "a")
    assert flat(a.labels.codes for a in case.annotations) == np.resize([0, 1, 2, 0], 48).tolist()
    right = flat(a.right_ventricle for a in case.annotations)
    assert right == np.resize([False, False, False, True], 48).tolist()


def test_the_right_ventricle_of_myops_is_found_under_its_own_code(cohort):
    case = read_annotated(cohort(labels__a=[0, 200, 500, 600, 1220, 2221]), "a")
    expected = np.resize([0, 2, 1, 0, 2, 3], 48).tolist()
    assert flat(a.labels.codes for a in case.annotations) == expected
    assert sum(flat(a.right_ventricle for a in case.annotations)) == 48 // 6
    assert all(a.scar_known for a in case.annotations)


def test_a_cohort_without_the_right_ventricle_does_not_claim_that_there_is_none(cohort):
    case = read_annotated(cohort(labels__a=[0, 1, 2, 3, 4]), "a")
    assert all(a.right_ventricle is None and a.scar_known for a in case.annotations)


def test_classes_without_scar_leave_it_unknown(cohort):
    folder = cohort("case,classes\na,1 2 5\n", labels__a=[0, 1, 2])
    for annotation in read_annotated(folder, "a").annotations:
        assert not annotation.scar_known
        assert not annotation.right_ventricle.any()  # looked for, and not on these slices


def test_what_a_scribble_leaves_out_is_not_annotated(cohort):
    case = read_annotated(cohort(scribbles__a=[255, 1, 2, 5, 0]), "a")
    annotated = flat(a.annotated for a in case.annotations)
    assert annotated == np.resize([False, True, True, True, True], 48).tolist()
    codes = flat(a.labels.codes for a in case.annotations)
    assert codes == np.resize([0, 1, 2, 0, 0], 48).tolist()


def test_complete_labels_go_before_scribbles(cohort):
    folder = cohort(labels__a=[1], scribbles__a=[255, 1])
    assert all(a.annotated.all() for a in read_annotated(folder, "a").annotations)


def test_both_phases_are_one_person_on_one_side(cohort):
    codes = [0, 1, 2, 5]
    folder = cohort(labels__p2_ED=codes, labels__p2_ES=codes, scribbles__p10_ED=codes)
    assert persons(folder) == {
        "p2_ED": "heart/p2",
        "p2_ES": "heart/p2",
        "p10_ED": "heart/p10",
    }
    assert cases_without(folder, ["heart/p2"]) == ["p10_ED"]


def test_a_twin_is_held_out_with_the_patient_of_the_other_cohort(cohort):
    about = "case,classes,myops_twin\na,1 2 5,Case3030\nb,1 2 5,\n"
    folder = cohort(about, labels__a=[1, 2], labels__b=[1, 2])
    assert read_annotated(folder, "a").person == "myops/Case3030"
    assert cases_without(folder, ["myops/Case3030"]) == ["b"]


def test_codes_of_no_cohort_are_refused(cohort):
    with pytest.raises(InputError, match=r"\[7\]"):
        read_annotated(cohort(labels__a=[0, 1, 7]), "a")


def test_a_volume_without_reference_is_no_case(cohort):
    folder = cohort(labels__a=[1])
    image = (folder / "images" / "a.nii.gz").read_bytes()
    (folder / "images" / "b.nii.gz").write_bytes(image)
    assert annotated_cases(folder) == ["a"]
    with pytest.raises(InputError, match="neither"):
        read_annotated(folder, "b")


def test_a_folder_without_references_is_no_cohort(tmp_path):
    with pytest.raises(InputError, match="annotated cohort"):
        annotated_cases(tmp_path)


def test_ventricles_that_overlap_are_refused():
    labels = LabelMap(np.full((2, 2), Tissue.BLOOD_POOL))
    everywhere = np.ones((2, 2), bool)
    with pytest.raises(InputError, match="overlaps"):
        Annotation(labels, everywhere, everywhere, True)


@pytest.mark.data
def test_persons_of_the_development_cohorts(data_dir):
    found = {name: persons(data_dir / name) for name in ("acdc", "mnms", "mscmr")}
    assert [(len(v), len(set(v.values()))) for v in found.values()] == [
        (300, 150),
        (150, 75),
        (26, 26),
    ]
    twins = {f"myops/{path.name[:-7]}" for path in (data_dir / "myops/images").glob("*.nii.gz")}
    assert set(found["mscmr"].values()) == twins


@pytest.mark.data
@pytest.mark.parametrize(
    ("case", "reference"),
    [
        ("acdc_001_ES", "acdc/labels"),
        ("mnms_A_A1E9Q1_ED", "mnms/labels"),
        ("mscmr_04", "mscmr/labels"),
        ("mscmr_02", "mscmr/scribbles"),
    ],
)
def test_volumes_of_the_development_cohorts(data_dir, case, reference):
    found = read_annotated((data_dir / reference).parent, case).annotations
    stored = np.asarray(nib.load(data_dir / reference / f"{case}.nii.gz").dataobj)
    counts = {code: int((stored == code).sum()) for code in (1, 2, 5, 255)}
    assert len(found) == stored.shape[2]
    assert sum(int(a.labels.blood_pool.sum()) for a in found) == counts[1] > 500
    assert sum(int(a.labels.wall.sum()) for a in found) == counts[2] > 500
    assert sum(int(a.right_ventricle.sum()) for a in found) == counts[5] > 500
    assert sum(int((~a.annotated).sum()) for a in found) == counts[255]
    assert not any(a.scar_known for a in found)
