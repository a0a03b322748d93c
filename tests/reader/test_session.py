"""A session over the real network, on a simulated patient."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lgescar import pipeline
from lgescar.bundle import Bundle
from lgescar.core.box import Box
from lgescar.core.errors import EventError, ModelError
from lgescar.core.prompt import Point, Prompt
from lgescar.core.tissue import LabelMap, Tissue
from lgescar.metrics.overlap import dice
from lgescar.outline.lesions import scar_boxes
from lgescar.outline.network import SlicePrediction
from lgescar.outline.system import Found, Segmenter
from lgescar.outline.systems import NetworkSystem
from lgescar.outline.threshold import THRESHOLDS
from lgescar.reader import events as e
from lgescar.reader.reading import Reading
from lgescar.reader.session import Session
from lgescar.simulate import SimulatedPatient
from lgescar.write.report_json import report_from_json


def codes(session: Session) -> list[Any]:
    return [labels.codes for labels in session.labels]


def same(one: list[Any], other: list[Any]) -> bool:
    return all(np.array_equal(a, b) for a, b in zip(one, other, strict=True))


def scar_box(reading: Reading, index: int) -> Box:
    """The largest proposed box of a slice."""
    return reading.report.results[reading.place(index)].boxes[0]


def on_wall(labels: LabelMap) -> tuple[float, float]:
    """The centre of a viable pixel."""
    row, col = np.argwhere(labels.viable)[0]
    return float(row) + 0.5, float(col) + 0.5


def test_an_untouched_session_is_what_the_program_says(
    reading: Reading, patient: SimulatedPatient, bundle: Bundle
) -> None:
    session, wanted = Session(reading), pipeline.run(patient.study, bundle)
    report = session.report()
    assert same(codes(session), [labels.codes for labels in wanted.labels])
    assert report.quantities == wanted.quantities
    assert report.likely == wanted.likely is not None
    assert report.notes == wanted.notes
    assert report.provenance.settings == wanted.provenance.settings
    assert report.provenance.edits == 0
    assert [r.boxes for r in report.results] == [r.boxes for r in wanted.results]
    assert session.numbers().quantities == session.automatic_numbers().quantities


@settings(deadline=None, max_examples=10, suppress_health_check=[HealthCheck.too_slow])
@given(data=st.data())
def test_masks_are_the_fold_of_their_events(
    data: st.DataObject, any_event: Any, edit: Any, reading: Reading
) -> None:
    events = data.draw(st.lists(any_event, max_size=5))
    last = data.draw(edit)
    session = Session(reading, events)
    before = codes(session)
    session.add(last)
    shown = codes(session)
    session.add(e.Undo())
    assert same(codes(session), before)
    session.add(e.Redo())
    assert same(codes(session), shown)
    assert same(codes(Session(reading, [*events, last])), shown)


def test_an_edit_names_the_slice_it_changed_and_leaves_the_others(reading: Reading) -> None:
    session = Session(reading)
    before = codes(session)
    row, col = on_wall(session.slice(3).labels)
    assert session.add(e.Brush(3, ((row, col),), 0.5, "scar")) == {3}
    after = codes(session)
    assert same(after[::2], before[::2])
    assert (after[1] != before[1]).sum() == 1
    assert session.add(e.Tick(1.0)) == frozenset()
    assert session.add(e.Copy(3, 4)) == {4}


def test_a_painted_pixel_is_certain_in_the_report(reading: Reading) -> None:
    session = Session(reading)
    row, col = on_wall(session.slice(3).labels)
    session.add(e.Brush(3, ((row, col),), 0.5, "scar"))
    report = session.report()
    assert report.results[1].scar_probability[int(row), int(col)] == 1.0
    assert report.provenance.edits == 1
    assert report.provenance.settings["slices_by"] == {"automatic": 2, "hand": 1}
    assert report.likely is None


def test_boxes_and_points_ask_the_network(reading: Reading) -> None:
    session = Session(reading)
    session.add(e.Boxes(3, ()))
    assert not session.slice(3).labels.scar.any()
    box = scar_box(reading, 3)
    session.add(e.Boxes(3, (box,)))
    view = session.slice(3)
    wanted = reading.answer(3, Prompt((Box(box.top, box.left, box.bottom, box.right),))).labels
    assert np.array_equal(view.labels.codes, wanted.codes)
    assert (view.made_by, view.away) == ("prompts", 0)
    row, col = np.argwhere(view.labels.scar).mean(axis=0) + 0.5
    session.add(e.Points(3, (Point(float(row), float(col), inside=False),)))
    assert session.slice(3).labels.scar.sum() < view.labels.scar.sum()
    session.add(e.Boxes(3, ()))
    assert not session.slice(3).labels.scar.any()  # a point outside alone means no scar
    session.add(e.Points(3, (Point(float(row), float(col)),)))
    assert session.slice(3).labels.scar.any()  # one inside is enough


def test_points_correct_the_boxes_that_were_proposed(reading: Reading) -> None:
    session = Session(reading)
    session.add(e.Points(3, ()))
    proposed = reading.report.results[reading.place(3)].boxes
    assert session.slice(3).boxes == proposed
    assert session.slice(3).labels.scar.any()


def test_prompts_away_from_the_heart_are_answered_there_counted_and_noted(reading: Reading) -> None:
    session = Session(reading)
    corner = Box(2.0, 2.0, 14.0, 14.0)
    session.add(e.Boxes(3, (corner, Box(-9.0, -9.0, -1.0, -1.0))))  # the second is off the slice
    view = session.slice(3)
    assert view.away == 1
    rows, cols = np.nonzero(view.labels.scar)
    assert rows.size > 0
    assert max(rows.max(), cols.max()) < 14 + 4  # and its margin
    (note,) = [n for n in session.report().notes if n.code == "prompt-away-from-heart"]
    assert note.message.endswith("slice 2")  # the study's second from its base
    assert note in session.numbers().notes
    session.add(e.Boxes(3, ()))
    session.add(e.Points(3, (Point(5.0, 5.0),)))
    assert session.slice(3).away == 1
    assert session.slice(3).labels.scar.any()


def test_a_rule_decides_in_the_wall_as_it_was_drawn(reading: Reading) -> None:
    session = Session(reading)
    wall = session.slice(3).labels.wall
    rows, _ = np.nonzero(wall)
    middle = float(rows.mean())
    half = ((0.0, 0.0), (0.0, 1e4), (middle, 1e4), (middle, 0.0))
    session.add(e.Outline(3, "epi", half))
    labels = session.slice(3).labels
    assert not labels.wall[int(rows.mean()) + 2 :].any()
    session.add(e.Rule(3, "otsu", None))
    found = session.slice(3)
    weights = THRESHOLDS["otsu"](reading.image(3).pixels, labels.wall)
    assert np.array_equal(found.labels.scar, weights >= 0.5)
    assert (found.boxes, found.made_by) == ((), "hand")
    session.add(e.Automatic(3))
    assert session.slice(3).made_by == "automatic"


def test_a_remote_region_moves_the_threshold(reading: Reading) -> None:
    session = Session(reading)
    labels, pixels = session.slice(3).labels, reading.image(3).pixels
    row, col = np.argwhere(labels.scar).mean(axis=0).tolist()
    around = ((row - 9, col - 9), (row - 9, col + 9), (row + 9, col + 9), (row + 9, col - 9))
    session.add(e.Rule(3, "fwhm-remote", around))
    remote = np.zeros_like(labels.wall)
    centres = np.arange(max(labels.codes.shape)) + 0.5
    inside = (abs(centres[:, None] - row) < 9) & (abs(centres[None, :] - col) < 9)
    remote = inside[: remote.shape[0], : remote.shape[1]] & labels.wall
    wanted = THRESHOLDS["fwhm-remote"](pixels, labels.wall, remote=remote) >= 0.5
    assert np.array_equal(session.slice(3).labels.scar, wanted)


def test_numbers_follow_the_mask_and_the_rule_stands_beside_them(reading: Reading) -> None:
    session = Session(reading)
    before = session.numbers()
    row, col = on_wall(session.slice(3).labels)
    session.add(e.Brush(3, ((row, col),), 0.5, "mvo"))
    after = session.numbers()
    assert after.slices[1].scar_px == before.slices[1].scar_px + 1
    ml = reading.study.voxel_volume_ml
    assert after.quantities.mvo_mass_g == pytest.approx(
        (before.quantities.mvo_mass_g or 0.0) + 1.05 * (ml or 0.0)
    )
    assert session.automatic_numbers().quantities == before.quantities
    assert session.automatic_numbers().slices == before.slices
    wall = sum(area.wall_px for area in after.slices)
    ruled = session.rule_numbers("otsu")
    assert sum(area.wall_px for area in ruled.slices) == wall
    with pytest.raises(EventError):
        session.rule_numbers("none")


def test_copied_scar_stays_within_the_other_wall(reading: Reading) -> None:
    session = Session(reading)
    wall = session.slice(4).labels.wall
    session.add(e.Copy(3, 4))
    assert np.array_equal(session.slice(4).labels.scar, session.slice(3).labels.scar & wall)


def test_long_chains_of_copies_do_not_exhaust_the_stack(reading: Reading) -> None:
    back_and_forth = [e.Copy(3, 4), e.Copy(4, 3)] * 300
    session = Session(reading, back_and_forth)
    both = session.slice(3).labels.wall & session.slice(4).labels.wall
    assert not (session.slice(3).labels.scar & ~both).any()


@pytest.mark.parametrize("event", [e.Fill(9), e.Copy(2, 4), e.Copy(3, 3), e.Copy(3, 9)])
def test_what_the_study_lacks_is_refused_before_anything_changes(
    reading: Reading, event: e.Event
) -> None:
    session = Session(reading)
    with pytest.raises(EventError):
        session.add(event)
    assert session.state.events == 0


def test_the_files_of_an_edited_reading_hold_what_was_on_screen(
    reading: Reading, tmp_path: Path
) -> None:
    import nibabel as nib

    session = Session(reading, [e.Boxes(3, (scar_box(reading, 3),)), e.Clear(2), e.AcceptStudy()])
    folder = pipeline.write(session.report(), tmp_path)
    written = np.asanyarray(nib.load(folder / "labels.nii.gz").dataobj)
    for index, labels in zip(reading.study.indices, session.labels, strict=True):
        plane = np.take(written, index, axis=reading.study.grid.slice_axis)
        assert np.array_equal(plane, labels.codes)
    stored = report_from_json((folder / "report.json").read_text())
    assert stored.provenance.edits == 2
    assert stored.provenance.settings["reading"] == "accepted"


class Recording(NetworkSystem):
    """Records which slices it outlines, in order."""

    def automatic(self, prediction: SlicePrediction, segmenter: Segmenter) -> Found:
        self.bundle.order.append(prediction.image)  # type: ignore[attr-defined]
        return super().automatic(prediction, segmenter)


def test_slices_are_predicted_in_the_background_nearest_first(
    patient: SimulatedPatient, bundle: Bundle
) -> None:
    reading = Reading(patient.study, bundle, memory_bytes=1)
    noted = Bundle(bundle.card, bundle.sha256, bundle.networks)
    noted.order = []  # type: ignore[attr-defined]
    reading.system = Recording(noted)
    reading.start_encoding(4)
    assert reading._worker is not None
    reading._worker.join()
    order = [patient.study.slices.index(one) for one in noted.order]  # type: ignore[attr-defined]
    assert order == [2, 1, 0]  # slices 4, 3 and 2
    assert reading.encoded == {2, 3, 4}
    assert len(reading._predicted) == 1  # one prediction stays, whatever the bound
    prompt = Prompt((scar_box(reading, 2),))
    first, again = reading.answer(2, prompt), reading.answer(2, prompt)
    assert np.array_equal(first.labels.codes, again.labels.codes)
    reading.close()
    with pytest.raises(EventError):
        reading.start_encoding(9)


def test_dice_rises_with_one_two_and_three_prompts(
    reading: Reading, patient: SimulatedPatient
) -> None:
    """A scripted reader: the true boxes, then a point in the largest mistake, twice."""
    session = Session(reading)
    for index in reading.study.indices:
        session.add(e.Clear(index))
    scores = [mean_dice(session, patient)]
    for prompts in range(3):
        for index, truth in zip(reading.study.indices, patient.truth, strict=True):
            if prompts == 0:
                none = np.zeros(truth.codes.shape, np.float32)
                session.add(e.Boxes(index, scar_boxes(truth.scar, none)))
                continue
            point = correction(session.slice(index).labels.scar, truth)
            if point is not None:
                session.add(e.Points(index, (*session.slice(index).points, point)))
        scores.append(mean_dice(session, patient))
    assert scores[0] == 0.0
    assert scores[1] > 0.5
    assert scores[3] > scores[1]


def mean_dice(session: Session, patient: SimulatedPatient) -> float:
    found = np.stack([labels.scar for labels in session.labels])
    return dice(found, np.stack([labels.scar for labels in patient.truth])) or 0.0


def correction(found: np.ndarray, truth: LabelMap) -> Point | None:
    """A point in the middle of the largest connected mistake of either kind."""
    from scipy import ndimage

    best = None
    for mistake, inside in ((truth.scar & ~found, True), (found & ~truth.scar, False)):
        depth = ndimage.distance_transform_edt(mistake)
        if depth.max() > 0 and (best is None or depth.max() > best[0]):
            row, col = np.unravel_index(depth.argmax(), depth.shape)
            best = (depth.max(), Point(float(row) + 0.5, float(col) + 0.5, inside))
    return None if best is None else best[1]


def test_mvo_is_painted_as_mvo(reading: Reading) -> None:
    session = Session(reading)
    row, col = on_wall(session.slice(3).labels)
    session.add(e.Brush(3, ((row, col),), 0.5, "mvo"))
    assert session.slice(3).labels.codes[int(row), int(col)] == Tissue.MVO


def test_what_is_foreseen_is_what_comes_and_changes_nothing_before(reading: Reading) -> None:
    session = Session(reading)
    before, state = codes(session), session.state
    row, col = on_wall(session.labels[1])
    events = [
        e.Boxes(3, (Box(row - 6.0, col - 6.0, row + 6.0, col + 6.0),)),
        e.Brush(3, ((row, col),), 2.0, "scar"),
        e.Undo(),
    ]
    session.foresee(state, events)
    assert session.state is state
    assert same(codes(session), before)
    for event in events:
        session.add(event)
    assert same(codes(session), codes(Session(reading, events)))
    assert not same(codes(session), before)


def test_pixels_are_there_before_the_heart_is_found(
    patient: SimulatedPatient, bundle: Bundle
) -> None:
    unusable = Bundle(bundle.card, bundle.sha256, dict.fromkeys(bundle.card.files, b"no network"))
    reading = Reading(patient.study, unusable)
    reading.start_encoding()
    assert reading.image(3) is patient.study.slices[1]
    with pytest.raises(ModelError, match="not a graph"):
        reading.predicted(3)
    reading.close()
    assert reading.encoded == frozenset()
