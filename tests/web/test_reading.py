"""A reading from beginning to end, as a page does it."""

from __future__ import annotations

import gzip
import io
import json
import uuid
import zipfile
from concurrent.futures import ThreadPoolExecutor
from importlib.util import find_spec
from typing import Any

import nibabel
import numpy as np
import pytest

BOX = [200.0, 250.0, 260.0, 320.0]


def codes(runs: list[int], rows: int, cols: int) -> Any:
    """The label map of run lengths."""
    return np.repeat(runs[::2], runs[1::2]).reshape(rows, cols)


def view(browser: Any, session: str, index: int) -> Any:
    return browser.json(f"/api/sessions/{session}/slices/{index}")


def brush(index: int, row: float = 230.0, col: float = 262.0) -> dict[str, Any]:
    stroke = {"path": [[row, col]], "radius_px": 6.0, "paint": "scar"}
    return {"kind": "brush", "slice": index, **stroke}


def test_a_reader_says_who_reads_first(server: Any, study: str) -> None:
    with server.stranger() as client:
        client.get(server.address)
        refused = client.post("/api/sessions", json={"study": study, "number": 1})
    assert refused.status_code == 400
    assert "who reads" in refused.json()["error"]


def test_the_worklist_shows_studies_and_how_far_each_reading_is(server: Any, study: str) -> None:
    with server.reader("lister") as browser:
        session = browser.begin(study)
        browser.edit(session, 0, {"kind": "tick", "seconds": 90.0})
        browser.edit(session, 1, {"kind": "accept-study"})
        rows = browser.json("/api/worklist")
    row = next(r for r in rows["sessions"] if r["session"] == session)
    assert (row["reader"], row["number"], row["status"], row["minutes"]) == (
        "lister", 1, "accepted", 1.5,
    )  # fmt: skip
    assert {"id": study, "slices": 12}.items() <= next(
        s for s in rows["studies"] if s["id"] == study
    ).items()


def test_the_same_reader_finds_the_same_session_again(server: Any, study: str) -> None:
    with server.reader("again") as browser:
        first = browser.begin(study)
    with server.reader("again") as browser:
        assert browser.begin(study) == first
    with server.reader("other") as browser:
        assert browser.begin(study) != first


def test_the_image_holds_every_grey_of_the_file(server: Any, study: str, patients: Any) -> None:
    stored = np.asarray(nibabel.load(patients[0]).dataobj)
    with server.reader("looker") as browser:
        session = browser.begin(study)
        opened = browser.json(f"/api/sessions/{session}")
        one = opened["slices"][4]
        answer = browser.client.get(f"/api/sessions/{session}/slices/{one['index']}/image")
    greys = np.frombuffer(answer.content, "<u2").reshape(one["rows"], one["cols"])
    values = one["low"] + greys / 65535.0 * (one["high"] - one["low"])
    plane = stored[..., one["index"]]
    step = (one["high"] - one["low"]) / 65535.0
    assert (greys.min(), greys.max()) == (0, 65535)
    assert np.abs(np.sort(values.ravel()) - np.sort(plane.ravel())).max() <= step
    assert "immutable" in answer.headers["cache-control"]


def test_an_edit_shows_at_once_and_undo_takes_it_back(server: Any, study: str) -> None:
    with server.reader("editor") as browser:
        session = browser.begin(study)
        before = view(browser, session, 5)
        painted = browser.edit(session, 0, brush(5)).json()
        assert painted["last"] == 1
        assert (painted["can_undo"], painted["can_redo"], painted["status"]) == (
            True, False, "begun",
        )  # fmt: skip
        assert [one["index"] for one in painted["changed"]] == [5]
        assert painted["changed"][0]["made_by"] == "hand"
        assert painted["changed"][0] == view(browser, session, 5)
        undone = browser.edit(session, 1, {"kind": "undo"}).json()
        assert undone["changed"] == [before]
        assert (undone["can_undo"], undone["can_redo"]) == (False, True)


def test_boxes_away_from_the_heart_are_counted(server: Any, study: str) -> None:
    with server.reader("prompter") as browser:
        session = browser.begin(study)
        event = {"kind": "boxes", "slice": 5, "boxes": [BOX, [1.0, 1.0, 9.0, 9.0]]}
        shown = browser.edit(session, 0, event).json()["changed"][0]
    assert (shown["away"], shown["made_by"], len(shown["boxes"])) == (1, "prompts", 2)


def test_the_automatic_outline_stays_beside_the_readers(server: Any, study: str) -> None:
    with server.reader("comparer") as browser:
        session = browser.begin(study)
        untouched = view(browser, session, 5)["runs"]
        browser.edit(session, 0, {"kind": "clear", "slice": 5})
        shown = browser.json(f"/api/sessions/{session}/slices/5?automatic=1")
    assert shown["automatic_runs"] == untouched
    assert shown["runs"] != untouched


def test_the_same_event_again_is_acknowledged_and_not_doubled(server: Any, study: str) -> None:
    name = str(uuid.uuid4())
    with server.reader("repeater") as browser:
        session = browser.begin(study)
        first = browser.edit(session, 0, brush(5), ids=[name])
        again = browser.edit(session, 0, brush(5), ids=[name])
        events = browser.json(f"/api/sessions/{session}/events")
    assert first.json() == again.json()
    assert [one["id"] for one in events["events"]] == [name]
    assert events["last"] == 1


def test_a_page_that_missed_an_edit_gets_it_and_its_own_is_kept_apart(
    server: Any, study: str
) -> None:
    with server.reader("twice") as here, server.reader("twice") as there:
        session = here.begin(study)
        assert here.edit(session, 0, brush(5)).status_code == 200
        refused = there.edit(session, 0, {"kind": "clear", "slice": 5})
        assert refused.status_code == 409
        told = refused.json()
        assert told["last"] == 1
        assert [one["event"]["kind"] for one in told["events"]] == ["brush"]
        kept = there.json(f"/api/sessions/{session}/branches")["branches"]
        assert [(one["id"], one["events"][0]["event"]["kind"]) for one in kept] == [
            (told["branch"], "clear")
        ]
        assert there.edit(session, 1, {"kind": "clear", "slice": 5}).status_code == 200


@pytest.mark.parametrize(
    ("event", "word"),
    [
        ({"kind": "dance"}, "kind"),
        ({"kind": "fill", "slice": 999}, "slice"),
        ({"kind": "fill", "slice": 1e9}, "slice"),
        ({"kind": "copy", "slice": 1, "to": 7}, "neighbour"),
        ("brush", "object"),
        ({"kind": "grade", "grade": 6}, "grade"),
    ],
)
def test_an_event_that_means_nothing_is_refused_in_one_sentence(
    server: Any, study: str, event: Any, word: str
) -> None:
    with server.reader("odd") as browser:
        session = browser.begin(study)
        refused = browser.edit(session, 0, event)
        assert refused.status_code == 400
        assert word in refused.json()["error"]
        assert "\n" not in refused.json()["error"]
        assert browser.json(f"/api/sessions/{session}/events")["last"] == 0


@pytest.mark.parametrize(
    "path", ["", "/events", "/slices/0", "/numbers", "/result.zip", "/encoded"]
)
def test_a_session_that_is_none_is_not_found(server: Any, path: str) -> None:
    with server.reader("lost") as browser:
        assert browser.client.get(f"/api/sessions/none{path}").status_code == 404


def test_numbers_follow_the_edits_beside_the_automatic_ones(server: Any, study: str) -> None:
    with server.reader("counter") as browser:
        session = browser.begin(study)
        opened = browser.json(f"/api/sessions/{session}")
        before = browser.json(f"/api/sessions/{session}/numbers?rule=5sd")
        events = [{"kind": "clear", "slice": one["index"]} for one in opened["slices"]]
        browser.edit(session, 0, *events)
        after = browser.json(f"/api/sessions/{session}/numbers")
    assert before["now"]["scar_mass_g"] == before["automatic"]["scar_mass_g"] > 0.0
    assert (after["now"]["scar_mass_g"], after["now"]["edits"]) == (0.0, len(events))
    assert after["automatic"] == before["automatic"]
    pixel_ml = np.prod(opened["spacing_mm"]) * opened["slice_step_mm"] / 1000.0
    px = sum(one["scar_px"] for one in before["now"]["slices"])
    assert before["now"]["scar_mass_g"] == pytest.approx(px * pixel_ml * 1.05)
    assert before["rule"]["lv_mass_g"] == before["now"]["lv_mass_g"]


def test_the_result_is_what_is_on_screen(server: Any, study: str) -> None:
    with server.reader("finisher") as browser:
        session = browser.begin(study)
        browser.edit(session, 0, brush(5), {"kind": "clear", "slice": 6})
        opened = browser.json(f"/api/sessions/{session}")
        shown = [view(browser, session, one["index"]) for one in opened["slices"]]
        answer = browser.client.get(f"/api/sessions/{session}/result.zip")
    with zipfile.ZipFile(io.BytesIO(answer.content)) as packed:
        files = {name.partition("/")[2]: packed.read(name) for name in packed.namelist()}
    wanted = {
        "labels.nii.gz",
        "scar_probability.nii.gz",
        "report.json",
        "slices.csv",
        "report.html",
    }
    assert wanted <= set(files)
    assert ("report.pdf" in files) == (find_spec("weasyprint") is not None)
    assert json.loads(files["report.json"])["provenance"]["edits"] == 2
    image = nibabel.Nifti1Image.from_bytes(gzip.decompress(files["labels.nii.gz"]))
    labels = np.asarray(image.dataobj)
    for one, about in zip(shown, opened["slices"], strict=True):
        on_screen = codes(one["runs"], about["rows"], about["cols"])
        assert np.array_equal(labels[..., one["index"]], on_screen)
    assert (codes(shown[5]["runs"], 512, 512) == 3).any()


def test_an_exported_session_comes_back_whole_and_a_changed_one_is_refused(
    server: Any, study: str
) -> None:
    with server.reader("traveller") as browser:
        session = browser.begin(study)
        browser.edit(session, 0, {"kind": "remark", "text": "blurred"})
        text = browser.client.get(f"/api/sessions/{session}/session.json").text
        as_json = {"Content-Type": "application/json"}
        back = browser.client.post("/api/sessions/import", content=text, headers=as_json)
        changed = text.replace("blurred", "perfect")
        bad = browser.client.post("/api/sessions/import", content=changed, headers=as_json)
    assert back.json() == {"session": session}
    assert bad.status_code == 400


def test_a_blinded_reading_is_its_readers_alone(server: Any, study: str) -> None:
    with server.reader("planner") as browser:
        asked = {"readers": ["blind-a", "blind-b"], "studies": [study], "seed": 3}
        planned = browser.client.post("/api/readings", json=asked).json()["sessions"]
        assert len(planned) == 4
        assert browser.client.get(f"/api/sessions/{planned[0]}").status_code == 403
        assert planned[0] not in str(browser.json("/api/worklist")["sessions"])
        studies = {row["id"]: row["blinded"] for row in browser.json("/api/worklist")["studies"]}
        assert studies[study] is False
    with server.reader("blind-a") as browser:
        rows = [r for r in browser.json("/api/worklist")["sessions"] if r["session"] in planned]
        opened = browser.json(f"/api/sessions/{planned[0]}")
        picture = browser.client.get(f"/api/sessions/{planned[0]}/thumbnail.png")
        studies = {row["id"]: row["blinded"] for row in browser.json("/api/worklist")["studies"]}
        named = browser.client.post("/api/sessions", json={"study": study, "number": 1})
    assert [(r["name"], r["study"], r["due"], r["number"]) for r in rows] == [
        ("case-001", None, 1, 1), ("case-001", None, 1, 2),
    ]  # fmt: skip
    assert "SIM" not in json.dumps(opened)
    assert picture.content.startswith(b"\x89PNG")
    # Under its own name the study would tell which case it is.
    assert studies[study] is True
    assert named.status_code == 409


def test_two_readers_read_one_study_at_once(server: Any, study: str) -> None:
    def read(name: str) -> tuple[int, Any]:
        with server.reader(name) as browser:
            session = browser.begin(study)
            row = 220.0 if name == "left" else 240.0
            for after in range(6):
                answer = browser.edit(session, after, brush(5, row + after))
                assert answer.status_code == 200, answer.text
            return answer.json()["last"], view(browser, session, 5)["runs"]

    with ThreadPoolExecutor(2) as both:
        left, right = both.map(read, ("left", "right"))
    assert (left[0], right[0]) == (6, 6)
    assert left[1] != right[1]


def test_a_threshold_is_shown_within_the_wall_on_screen(server: Any, study: str) -> None:
    with server.reader("ruler") as browser:
        session = browser.begin(study)
        shown = browser.json(f"/api/sessions/{session}/slices/5?rule=5sd")
        told = browser.json(f"/api/sessions/{session}/numbers?rule=5sd")["rule"]["slices"]
        bad = browser.client.get(f"/api/sessions/{session}/slices/5?rule=6hd")
    codes, found = (np.repeat(one[::2], one[1::2]) for one in (shown["runs"], shown["rule_runs"]))
    # The same wall and cavity; scar as the threshold's column counts it; no MVO.
    assert np.array_equal(found >= 2, codes >= 2)
    assert np.array_equal(found == 1, codes == 1)
    counted = next(one for one in told if one["index"] == 5)
    assert ((found == 3).sum(), (found == 4).sum()) == (counted["scar_px"], 0)
    assert bad.status_code == 400
