"""A small simulated study, opened once, and strategies for what a reader may do to it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import strategies as st

from lgescar.bundle import Bundle, open_bundle
from lgescar.core.box import Box
from lgescar.core.prompt import Point
from lgescar.outline.threshold import THRESHOLDS
from lgescar.reader import events as e
from lgescar.reader.reading import Reading
from lgescar.reader.service import ReaderService
from lgescar.reader.store import Store
from lgescar.simulate import SimulatedPatient, simulate_patient
from lgescar.write.nifti import _nifti

SLICES = (2, 3, 4)


@pytest.fixture(scope="session")
def bundle() -> Bundle:
    return open_bundle()


@pytest.fixture(scope="session")
def patient() -> SimulatedPatient:
    """A patient with scar, cut to three slices to stay quick."""
    whole = simulate_patient(7, scar="chronic", contrast="psir")
    middle = slice(SLICES[0], SLICES[-1] + 1)
    study = replace(whole.study, slices=whole.study.slices[middle],
                    indices=whole.study.indices[middle])  # fmt: skip
    return replace(whole, study=study, truth=whole.truth[middle], noisy=whole.noisy[middle])


@pytest.fixture(scope="session")
def reading(patient: SimulatedPatient, bundle: Bundle) -> Reading:
    return Reading(patient.study, bundle)


@pytest.fixture
def store(tmp_path: Path):
    with Store(tmp_path / "store") as opened:
        yield opened


@pytest.fixture
def session(store: Store, tmp_path: Path) -> str:
    """The id of reader A's session on a study whose input is a few bytes."""
    (tmp_path / "P1.nii.gz").write_bytes(b"pixels")
    study = store.add_study(tmp_path / "P1.nii.gz")
    store.add_reader("A")
    return store.add_session(study.id, "A", bundle_sha256="0" * 64).id


@pytest.fixture
def service(
    store: Store, patient: SimulatedPatient, bundle: Bundle, tmp_path: Path
) -> Iterator[ReaderService]:
    study = patient.study
    image = _nifti(study, [s.pixels for s in study.slices], np.float32, b"")
    (tmp_path / "SIM.nii.gz").write_bytes(image)
    store.add_study(tmp_path / "SIM.nii.gz")
    store.add_reader("A")
    store.add_reader("B")
    opened = ReaderService(store, bundle)
    yield opened
    opened.close()


coordinates = st.floats(-10.0, 500.0)
places = st.tuples(coordinates, coordinates)
slices = st.sampled_from(SLICES)


@st.composite
def boxes(draw: st.DrawFn) -> Box:
    top, left = draw(places)
    return Box(top, left, top + draw(st.floats(0.5, 200.0)), left + draw(st.floats(0.5, 200.0)))


points = st.builds(Point, coordinates, coordinates, st.booleans())
polygons = st.lists(places, min_size=3, max_size=6).map(tuple)
paths = st.lists(places, min_size=1, max_size=5).map(tuple)
EDITS = (
    st.builds(e.Boxes, slices, st.lists(boxes(), max_size=3).map(tuple)),
    st.builds(e.Points, slices, st.lists(points, max_size=3).map(tuple)),
    st.builds(e.Scribble, slices, paths, st.booleans()),
    st.builds(
        e.Brush, slices, paths, st.floats(0.25, 100.0),
        st.sampled_from(("scar", "mvo", "viable", "erase")),
    ),
    st.builds(e.Lasso, slices, polygons),
    st.builds(e.Fill, slices),
    st.builds(e.Smooth, slices),
    st.sampled_from((e.Copy(2, 3), e.Copy(3, 2), e.Copy(3, 4), e.Copy(4, 3))),
    st.builds(e.Outline, slices, st.sampled_from(("epi", "endo")), polygons),
    st.builds(e.Clear, slices),
    st.builds(e.Rule, slices, st.sampled_from(tuple(THRESHOLDS)), st.none() | polygons),
    st.builds(e.Automatic, slices),
)  # fmt: skip
MARKS = (
    st.builds(e.Accept, slices),
    st.builds(e.Unaccept, slices),
    st.just(e.AcceptStudy()),
    st.builds(e.Grade, st.none() | st.integers(1, 5)),
    st.builds(e.Remark, st.text(st.characters(categories=("L", "N", "Zs")), max_size=20)
              .filter(str.isprintable)),
    st.builds(e.Tick, st.floats(0.0, 3600.0)),
)  # fmt: skip


@pytest.fixture(scope="session")
def edit() -> st.SearchStrategy[e.Event]:
    """An edit of the study's outlines."""
    return st.one_of(*EDITS)


@pytest.fixture(scope="session")
def any_event() -> st.SearchStrategy[e.Event]:
    """Anything a reader can do."""
    return st.one_of(*EDITS, *MARKS, st.just(e.Undo()), st.just(e.Redo()))
