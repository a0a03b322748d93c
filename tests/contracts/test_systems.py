"""What every system owes: all entries of SYSTEMS, and a detector before each."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from lgescar.bundle import Bundle, open_bundle
from lgescar.core.box import Box
from lgescar.core.errors import PromptError
from lgescar.core.prompt import Prompt
from lgescar.core.report import SliceResult
from lgescar.core.study import Study
from lgescar.outline.study import OutlinedStudy
from lgescar.outline.system import System
from lgescar.outline.systems import SYSTEMS, open_system
from lgescar.outline.threshold import THRESHOLDS
from lgescar.simulate import simulate_patient

MADE = {"Bundle": "default", "SamBundle": "sam", "box-segmenter": "boxed", "detector": "detector"}
"""A model of each kind: the shipped bundle, or one of the fixture ``models``."""
SLOW_RULES = set(THRESHOLDS) - {"fwhm-remote", "ewa", "5sd"}
"""Rules that differ from another one in a number."""
ALONE = [name for name in SYSTEMS if name not in SLOW_RULES]
BEHIND = [f"detector+{name}" for name in ("Bundle", "SamBundle", "box-segmenter", "fwhm-remote")]


@pytest.fixture(scope="module")
def bundle() -> Bundle:
    return open_bundle()


@pytest.fixture(scope="module")
def study() -> Study:
    """Two slices with scar."""
    whole = simulate_patient(7, scar="chronic", contrast="psir").study
    return replace(whole, slices=whole.slices[3:5], indices=whole.indices[3:5])


@pytest.fixture(scope="module", params=[*ALONE, *BEHIND])
def system(request: pytest.FixtureRequest, models: dict[str, Path], bundle: Bundle) -> System:
    names = [MADE.get(part, part) for part in request.param.split("+")]
    paths = [str(models.get(name, name)) for name in names]
    return open_system("+".join(paths) if len(paths) > 1 else paths[0], bundle)


@pytest.fixture(scope="module")
def outlined(study: Study, system: System) -> OutlinedStudy:
    return OutlinedStudy(study, system)


def box_on_wall(outlined: OutlinedStudy, index: int) -> Box:
    """A box around the left half of the wall."""
    wall = outlined.predicted(index).labels.wall
    wall[:, int(np.nonzero(wall)[1].mean()) :] = False
    box = Box.around(wall)
    assert box is not None
    return box


def same(one: SliceResult, other: SliceResult) -> bool:
    return (
        np.array_equal(one.labels.codes, other.labels.codes)
        and np.array_equal(one.scar_probability, other.scar_probability)
        and one.boxes == other.boxes
    )


def inside(box: Box, shape: tuple[int, int], margin: float) -> np.ndarray:
    rows, cols = np.indices(shape) + 0.5
    down = (rows >= box.top - margin) & (rows < box.bottom + margin)
    return down & (cols >= box.left - margin) & (cols < box.right + margin)


def test_by_itself_it_outlines_every_slice_once(outlined: OutlinedStudy, study: Study) -> None:
    found = outlined.automatic()
    assert outlined.automatic() is found
    assert len(found.results) == len(study.slices)
    for one in found.results:
        assert not (one.labels.scar & ~one.labels.wall).any()
        assert 0.0 <= float(one.scar_probability.min()) <= float(one.scar_probability.max()) <= 1.0
        assert all(box.score is not None for box in one.boxes)
    if "made-detector" not in outlined.system.name:  # which marks the blood pool
        assert any(one.labels.scar.any() for one in found.results)
    assert found.settings["boxes"] in ("detected", "none")
    assert outlined.encoded == set(study.indices)


def test_a_prompted_slice_has_scar_in_its_box_and_nowhere_else(
    outlined: OutlinedStudy, study: Study
) -> None:
    index = study.indices[0]
    box = box_on_wall(outlined, index)
    found = outlined.answer(index, Prompt((box,)))
    shape = study.slices[0].shape
    assert found.labels.scar.any()
    assert not (found.labels.scar & ~inside(box, shape, 8.0)).any()
    assert found.boxes == (box,)
    assert same(found, outlined.answer(index, Prompt((box,))))
    both = outlined.prompted({index: [box]})
    assert same(both.results[0], found)
    assert not both.results[1].labels.scar.any()
    assert both.settings["boxes"] == "given"
    assert both.notes == ()
    assert both.span is None


def test_without_a_prompt_there_is_no_scar_and_the_wall_stays(
    outlined: OutlinedStudy, study: Study
) -> None:
    found = outlined.answer(study.indices[0], None)
    assert not found.labels.scar.any()
    assert not found.scar_probability.any()
    assert np.array_equal(found.labels.wall, outlined.predicted(study.indices[0]).labels.wall)


def test_a_box_away_from_the_heart_is_answered_there_with_a_note(
    outlined: OutlinedStudy, study: Study
) -> None:
    index, shape = study.indices[1], study.slices[1].shape
    far = Box(12.0, 12.0, 36.0, 36.0)
    assert outlined.is_away(index, far)
    near = box_on_wall(outlined, index)
    found = outlined.prompted({index: [far, near]})
    scar = found.results[1].labels.scar
    assert scar[inside(far, shape, 0.0)].any()
    # What lies near the heart is as without the other box.
    alone = outlined.answer(index, Prompt((near,))).labels.scar
    around = inside(near, shape, 8.0)
    assert np.array_equal(scar & around, alone & around)
    assert not (scar & ~around & ~inside(far, shape, 8.0)).any()
    assert [note.code for note in found.notes] == ["prompt-away-from-heart"]


def test_where_no_heart_was_found_a_box_is_answered_all_the_same(
    system: System, study: Study
) -> None:
    pixels = np.random.default_rng(3).normal(100.0, 3.0, study.slices[0].shape)
    pixels[110:118, 112:124] += 60.0  # twenty deviations
    blank = replace(study.slices[0], pixels=pixels.astype(np.float32))
    empty = OutlinedStudy(replace(study, slices=(blank,), indices=(0,)), system)
    box = Box(100.0, 100.0, 130.0, 140.0)
    found = empty.prompted({0: [box]})
    assert [note.code for note in found.notes] == ["heart-not-found", "prompt-away-from-heart"]
    scar = found.results[0].labels.scar
    assert scar.any()
    assert not (scar & ~inside(box, scar.shape, 8.0)).any()


@pytest.mark.parametrize(
    ("index", "box"), [(99, Box(1.0, 1.0, 5.0, 5.0)), (None, Box(5000.0, 1.0, 5005.0, 5.0))]
)
def test_a_box_on_no_slice_or_off_its_pixels_is_refused(
    outlined: OutlinedStudy, study: Study, index: int | None, box: Box
) -> None:
    with pytest.raises(PromptError):
        outlined.prompted({study.indices[0] if index is None else index: [box]})


def test_threads_and_little_memory_change_nothing(
    outlined: OutlinedStudy, study: Study, system: System
) -> None:
    prompts = {index: Prompt((box_on_wall(outlined, index),)) for index in study.indices}
    scarce = OutlinedStudy(study, system, memory_bytes=0)
    scarce.start_encoding()
    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(lambda i: scarce.answer(i, prompts[i]), study.indices * 3))
        automatic = pool.submit(scarce.automatic).result()
    scarce.close()
    for index, found in zip(study.indices * 3, answers, strict=True):
        assert same(found, outlined.answer(index, prompts[index]))
    for one, other in zip(automatic.results, outlined.automatic().results, strict=True):
        assert same(one, other)


def test_it_is_named_by_a_word_and_says_what_decided(system: System) -> None:
    assert system.name
    for prompted in (True, False):
        settings = system.settings(prompted=prompted)
        assert "mvo_cutoff" in settings
        assert 0.0 < system.cutoff < 1.0
    assert settings["boxes"] in ("detected", "none")
