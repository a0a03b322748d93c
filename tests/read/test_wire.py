"""Studies that cross from the child process."""

import dataclasses

import numpy as np
import pytest
from msgspec import DecodeError, msgpack

from lgescar.core.study import Study
from lgescar.read.labels import LabelVolume
from lgescar.read.nifti import read_nifti
from lgescar.read.wire import Unreadable, pack, unpack


@pytest.fixture
def study(nifti_file, oblique):
    array = np.linspace(-3, 7, 120, dtype=np.float32).reshape(6, 5, 4)
    array[0, 0, 0] = np.nan
    return read_nifti(nifti_file(array, oblique))


def test_a_study_crosses_unchanged(study):
    back = unpack(pack(study), Study)
    for field in dataclasses.fields(study):
        if field.name not in ("slices", "grid"):
            assert getattr(back, field.name) == getattr(study, field.name), field.name
    assert np.array_equal(back.grid.affine, study.grid.affine)
    assert (back.grid.shape, back.grid.slice_axis) == (study.grid.shape, study.grid.slice_axis)
    for ours, theirs in zip(back.slices, study.slices, strict=True):
        assert (ours.uid, ours.geometry) == (theirs.uid, theirs.geometry)
        assert np.array_equal(ours.pixels, theirs.pixels)


def test_labels_cross_unchanged():
    volume = LabelVolume(np.arange(24, dtype=np.int32).reshape(2, 3, 4), np.diag([2.0, 3, 4, 1]))
    back = unpack(pack(volume), LabelVolume)
    assert np.array_equal(back.codes, volume.codes)
    assert np.array_equal(back.affine, volume.affine)


def test_a_message_cut_anywhere_is_no_study(study):
    message = pack(study)
    for length in range(0, len(message), 97):
        with pytest.raises(DecodeError):
            unpack(message[:length], Study)


def test_a_refusal_crosses_unchanged_whatever_was_wanted():
    refusal = Unreadable("two stacks fit", "ChoiceError", ("1.2", "1.3"))
    assert unpack(pack(refusal), Study) == unpack(pack(refusal), LabelVolume) == refusal


def test_another_value_is_no_study(study):
    volume = LabelVolume(np.zeros((2, 3, 4), np.int32), np.eye(4))
    with pytest.raises(ValueError, match="missing required field"):
        unpack(pack(volume), Study)
    with pytest.raises(ValueError, match="one value"):
        unpack(msgpack.encode((None, None)), Study)


def test_an_array_is_whole_or_refused():
    affine = ((4, 4), np.eye(4).tobytes())
    for wrong in (((2, 3), bytes(4)), ((1,), bytes(3))):
        with pytest.raises(DecodeError):
            unpack(msgpack.encode(({"codes": wrong, "affine": affine}, None)), LabelVolume)
