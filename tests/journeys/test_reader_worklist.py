"""The worklist in real Chromium: studies come in, are found, planned and exchanged."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import nibabel
import numpy as np
import pytest
from PIL import Image
from reader_pages import (
    BROWSER,
    STUDY,
    Server,
    begin,
    drag,
    opened,
    press,
    settled,
    sign_in,
    stored,
    to_slice,
    visit,
    waiting,
    wall_place,
)

pytestmark = BROWSER


@pytest.fixture
def listed(chromium: Any, server: Server) -> Iterator[Any]:
    """The worklist of a reader."""
    with visit(chromium, server) as page:
        sign_in(page, "lister")
        yield page


def added(page: Any, name: str) -> Any:
    """Answer the question for a name with the keyboard alone; the row that appears."""
    dialog = page.locator("dialog")
    dialog.get_by_label("Name on the worklist").fill(name)
    page.keyboard.press("Enter")
    row = page.locator("#rows tr", has=page.get_by_text(name, exact=True))
    waiting(row).to_be_visible()
    return row


@pytest.fixture
def pictures(exams: dict[str, Path], tmp_path: Path) -> list[Path]:
    """Three slices as PNG: grey levels, and nothing of their size in millimetres."""
    pixels = np.asarray(nibabel.load(exams["nifti"]).dataobj)[..., 5:8].astype(float)
    grey = (255 * (pixels - pixels.min()) / np.ptp(pixels)).astype(np.uint8)
    paths = [tmp_path / f"slice{k}.png" for k in (1, 2, 3)]
    for k, path in enumerate(paths):
        Image.fromarray(np.ascontiguousarray(grey[..., k])).save(path)
    return paths


def test_a_dicom_folder_is_chosen_zipped_and_dropped(
    listed: Any, exams: dict[str, Path], tmp_path: Path
) -> None:
    slices = len([*exams["dicom"].iterdir()])
    listed.locator("#folder").set_input_files(exams["dicom"])
    assert f"{slices} files" in listed.locator("dialog").inner_text()
    assert f"{slices} slices" in added(listed, "as-folder").inner_text()
    (tmp_path / "kept").mkdir()
    # Another study: one slice fewer.
    for file in sorted(exams["dicom"].iterdir())[1:]:
        shutil.copy(file, tmp_path / "kept")
    shutil.make_archive(str(tmp_path / "exam"), "zip", tmp_path / "kept")
    listed.locator("#files").set_input_files(tmp_path / "exam.zip")
    assert f"{slices - 1} slices" in added(listed, "as-zip").inner_text()
    sorted((tmp_path / "kept").iterdir())[0].unlink()
    mouse = listed.context.new_cdp_session(listed)
    data = {"items": [], "files": [str(tmp_path / "kept")], "dragOperationsMask": 1}
    for kind in ("dragEnter", "dragOver", "drop"):
        mouse.send("Input.dispatchDragEvent", {"type": kind, "x": 640, "y": 500, "data": data})
        if kind == "dragOver":
            assert listed.get_by_text("Drop to add the study").is_visible()
    assert f"{slices - 2} slices" in added(listed, "as-drop").inner_text()
    assert listed.locator("#drop").is_hidden()


def test_pictures_with_a_size_give_grams(listed: Any, pictures: list[Path]) -> None:
    listed.locator("#files").set_input_files(pictures)
    dialog = listed.locator("dialog")
    dialog.get_by_label("Pixel size").fill("1.5")
    dialog.get_by_label("Name on the worklist").fill("half")
    listed.keyboard.press("Enter")
    waiting(listed.locator("#said")).to_contain_text("Nothing was added")
    listed.locator("#files").set_input_files(pictures)
    dialog.get_by_label("Pixel size").fill("1.5")
    dialog.get_by_label("From slice to slice").fill("8")
    added(listed, "sized").get_by_role("button", name="Read sized").click()
    opened(listed)
    assert re.fullmatch(r"[0-9]+(\.[0-9]+)?", listed.inner_text("#scar-now"))


def test_pictures_without_a_size_give_no_grams_and_say_why(
    listed: Any, pictures: list[Path]
) -> None:
    listed.locator("#files").set_input_files(pictures)
    row = added(listed, "pictures")
    row.get_by_role("button", name="Read pictures").click()
    opened(listed)
    to_slice(listed, 1)
    row, col = wall_place(listed)
    listed.keyboard.press("d")
    with listed.expect_response(lambda answer: "/numbers" in answer.url):
        drag(listed, (row, col), (row, col))
    settled(listed)
    assert listed.inner_text("#scar-now") == "–"
    assert float(listed.inner_text("#percent-now")) > 0
    assert re.search(r"[1-9][0-9]* px$", listed.locator("#bars .bar").nth(1).get_attribute("title"))
    listed.get_by_text("Notes (").click()
    notes = listed.inner_text("#notes-list")
    assert "millimetre" in notes or "spacing" in notes
    listed.keyboard.press("m")
    drag(listed, (row, col), (row, col + 30))
    assert listed.locator(".size-label").inner_html() == "30.0 px"


def test_a_row_tells_status_minutes_and_change_and_is_found(chromium: Any, server: Server) -> None:
    with visit(chromium, server) as page:
        begin(page, "status")
        page.keyboard.press("x")
        settled(page)
        page.get_by_role("link", name="Back to the worklist").click()
        page.wait_for_selector("body[data-ready]")
        row = page.locator("#rows tr", has=page.get_by_text(STUDY, exact=True))
        cells = row.locator("td").all_inner_texts()
        assert cells[2] == "In progress"
        assert re.fullmatch(r"[0-9.]+", cells[3])
        assert cells[4] == "just now"
        page.get_by_label("Accepted", exact=True).check(force=True)
        assert row.count() == 0
        page.get_by_label("In progress", exact=True).check(force=True)
        assert row.count() == 1
        page.get_by_label("All", exact=True).check(force=True)
        page.keyboard.press("/")
        page.get_by_label("Search studies and readers").fill(STUDY.lower())
        assert page.locator("#rows tr").count() == 1
        # Who else read it is a button that opens that reading.
        page.get_by_label("Search studies and readers").fill("")
        page.get_by_label("Reading as").select_option("another reader …")
        sign_in(page, "onlooker")
        chip = page.get_by_role("button", name="Open the reading of status, In progress")
        waiting(chip).to_be_visible()


def test_a_reading_leaves_as_a_file_and_comes_back(
    chromium: Any, server: Server, tmp_path: Path
) -> None:
    with visit(chromium, server, "400") as page:
        session = begin(page, "exporter")
        press(page, "x", "a")
        page.get_by_text("Export", exact=True).click()
        with page.expect_download() as download:
            page.get_by_role("link", name="This reading (JSON)").click()
        download.value.save_as(tmp_path / "reading.json")
        page.goto(server.base)
        page.wait_for_selector("body[data-ready]")
        page.locator("#files").set_input_files(tmp_path / "reading.json")
        waiting(page.locator("#said")).to_have_text("The reading was taken in.")
        assert [e["event"]["kind"] for e in stored(page, session)] == ["clear", "accept"]
        changed = (tmp_path / "reading.json").read_text().replace("clear", "smooth")
        (tmp_path / "reading.json").write_text(changed)
        page.locator("#files").set_input_files(tmp_path / "reading.json")
        waiting(page.locator("#said")).to_contain_text("was changed")


def test_a_reading_study_is_planned_and_read_blinded(chromium: Any, server: Server) -> None:
    with visit(chromium, server, "409") as page:
        sign_in(page, "planner")
        page.get_by_role("button", name="Plan a reading study").click()
        dialog = page.locator("dialog")
        for group in dialog.get_by_label("all").all():
            group.uncheck()
        dialog.get_by_label(STUDY, exact=True).check()
        dialog.get_by_label("Further readers").fill("blind-one, blind-two")
        dialog.get_by_role("button", name="Plan it").click()
        waiting(page.locator("#said")).to_contain_text("4 readings are planned")
        assert page.locator("#due").is_hidden()
        page.get_by_label("Reading as").select_option("blind-one")
        waiting(page.locator("#due-title")).to_have_text("Your reading study: 0 of 2 read")
        # Nothing on the list tells which study is the case: no name, no picture, no way in.
        row = page.locator("#rows tr", has=page.get_by_text(STUDY, exact=True))
        assert "due as a case" in row.inner_text()
        assert row.get_by_role("button", name=re.compile("^(Read|Continue)")).count() == 0
        assert page.locator("#due img").count() == 0
        page.get_by_role("button", name="Read case-001, first reading").click()
        opened(page)
        assert page.inner_text("#study") == "case-001"
        assert STUDY not in page.content()
        offered = page.locator("#compare option").all_inner_texts()
        assert not [one for one in offered if "reading 1" in one]
        page.keyboard.press("Shift+Enter")
        page.get_by_role("button", name="Accept it all the same").click()
        settled(page)
        page.get_by_role("link", name="Back to the worklist").click()
        waiting(page.locator("#due-title")).to_have_text("Your reading study: 1 of 2 read")
        assert page.get_by_role("button", name="Read case-001, second reading").is_visible()
