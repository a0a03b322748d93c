"""What a path is taken for."""

import os

import nibabel as nib
import numpy as np
import pytest

from lgescar.core.errors import ChoiceError, InputError
from lgescar.read import formats
from lgescar.read.formats import files_below, read_trusted


def test_a_nifti_is_known_by_its_bytes_whatever_its_name(nifti_file, oblique, tmp_path):
    path = nifti_file(np.arange(24, dtype=np.int16).reshape(4, 3, 2), oblique, "a.nii.gz")
    path.rename(tmp_path / "scan.dcm")
    assert len(read_trusted(tmp_path / "scan.dcm").slices) == 2


def test_a_folder_of_several_nifti_asks_for_one(tmp_path, oblique):
    for name in ("a.nii", "b.nii"):
        nib.save(nib.Nifti1Image(np.zeros((3, 3, 2), np.uint8), oblique), tmp_path / name)
    with pytest.raises(ChoiceError) as caught:
        read_trusted(tmp_path)
    assert caught.value.options == ("a.nii", "b.nii")


def test_links_pipes_and_litter_are_left_alone(tmp_path):
    (tmp_path / "real").write_bytes(b"x")
    (tmp_path / "._real").write_bytes(b"x")
    (tmp_path / "Thumbs.db").write_bytes(b"x")
    (tmp_path / "link").symlink_to(tmp_path / "real")
    (tmp_path / "loop").symlink_to(tmp_path)
    os.mkfifo(tmp_path / "pipe")
    assert files_below(tmp_path) == [tmp_path / "real"]


def test_a_pipe_given_as_input_is_refused_and_not_waited_for(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(InputError, match="neither"):
        read_trusted(tmp_path / "pipe")


def test_nothing_to_read_is_refused(tmp_path):
    for path in (tmp_path, tmp_path / "absent"):
        with pytest.raises(InputError):
            read_trusted(path)


def test_too_many_files_are_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(formats, "MAX_FILES", 2)
    for name in "abc":
        (tmp_path / name).touch()
    with pytest.raises(InputError, match="more than 2 files"):
        files_below(tmp_path)
