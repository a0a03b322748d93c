"""The names of the indices, and what an empty quality says."""

from __future__ import annotations

from dataclasses import fields

from lgescar.core.quality import INDICES, NEEDS, Quality, SliceQuality
from lgescar.measure.quality import REASONS


def test_every_index_is_a_field_of_a_study_and_of_a_slice() -> None:
    of_study, of_slice = ([f.name for f in fields(kind)] for kind in (Quality, SliceQuality))
    assert [name for name in of_study if name in INDICES] == list(INDICES)
    assert [name for name in of_slice if name in INDICES] == list(INDICES)


def test_every_index_names_what_it_needs_and_every_need_has_a_reason() -> None:
    assert list(NEEDS) == list(INDICES)
    assert {code for needs in NEEDS.values() for code in needs} == set(REASONS)


def test_a_quality_of_nothing_is_none_everywhere() -> None:
    study, one = Quality(), SliceQuality(index=0)
    assert {getattr(study, name) for name in (*INDICES, "grade")} == {None}
    assert {getattr(one, name) for name in (*INDICES, "noise_sd")} == {None}
    assert study.better_than_percent == {}
    assert (study.notes, study.slices) == ((), ())
