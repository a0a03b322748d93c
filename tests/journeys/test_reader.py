"""The reader's pages in real Chromium against the real server, as a cardiologist uses them."""

from __future__ import annotations

import gzip
import hashlib
import json
import random
import re
import zipfile
from contextlib import suppress
from pathlib import Path
from typing import Any

import nibabel
import numpy as np
import pytest
from reader_pages import (
    BROWSER,
    Server,
    at,
    begin,
    drag,
    on_screen,
    opened,
    settled,
    sign_in,
    stored,
    to_boxed_slice,
    to_slice,
    view,
    visit,
    waiting,
    wall_place,
)

STATIC = Path(__file__).parents[2] / "src" / "lgescar" / "web" / "static"

pytestmark = BROWSER


def test_a_reading_from_the_worklist_to_the_exported_mask(
    chromium: Any, server: Server, tmp_path: Path
) -> None:
    with visit(chromium, server) as page:
        session = begin(page, "ada")
        to_boxed_slice(page)
        before = view(page)["boxes"]

        # A wrong box: half of it is dragged away by the handle in its lower right corner.
        top, left, bottom, right = before[0]
        page.keyboard.press("b")
        page.mouse.click(*at(page, (top + bottom) / 2, (left + right) / 2))
        drag(page, (bottom, right), ((top + bottom) / 2, (left + right) / 2))
        settled(page)
        corrected = view(page)["boxes"]
        assert corrected[0][:2] == pytest.approx([top, left], abs=0.5)
        assert corrected[0][2:] == pytest.approx([(top + bottom) / 2, (left + right) / 2], abs=1.0)

        # A lesion that was missed: one more box.
        row, col = wall_place(page)
        page.keyboard.press("Escape")
        drag(page, (row - 4, col - 4), (row + 4, col + 4))
        settled(page)
        assert len(view(page)["boxes"]) == len(before) + 1

        # Paint shows while it is drawn and after it is saved; undo takes it back, redo again.
        unpainted = on_screen(page)
        page.keyboard.press("d")
        page.mouse.move(*at(page, row, col))
        page.mouse.down()
        page.mouse.move(*at(page, row - 2, col + 2), steps=4)
        while_drawn = page.evaluate("lgescar.stage.tool.painted.runs")
        page.mouse.up()
        place = page.evaluate("lgescar.reading.place")
        painted = on_screen(page)[place]
        assert np.array_equal(painted.ravel(), np.repeat(while_drawn[::2], while_drawn[1::2]))
        assert painted[int(row), int(col)] == 3
        settled(page)
        assert np.array_equal(on_screen(page)[place], painted)
        page.keyboard.press("Control+z")
        settled(page)
        assert all(map(np.array_equal, on_screen(page), unpainted))
        page.keyboard.press("Control+Shift+Z")
        settled(page)
        assert np.array_equal(on_screen(page)[place], painted)

        page.keyboard.press("Enter")
        settled(page)
        assert page.evaluate("lgescar.reading.place") != place
        page.evaluate(f"lgescar.reading.go({place})")
        assert view(page)["accepted"]
        page.keyboard.press("u")
        settled(page)
        assert not view(page)["accepted"]
        page.keyboard.press("Control+y")
        settled(page)
        assert view(page)["accepted"]

        shown = on_screen(page)
        page.reload()
        opened(page)
        assert all(map(np.array_equal, on_screen(page), shown))
        page.get_by_text("Export").click()
        with page.expect_download() as download:
            page.get_by_role("link", name="Result (zip)").click()
        download.value.save_as(tmp_path / "result.zip")
        kinds = [one["event"]["kind"] for one in stored(page, session)]
    assert kinds == ["boxes", "boxes", "brush", "undo", "redo", "accept", "undo", "redo"]
    with zipfile.ZipFile(tmp_path / "result.zip") as packed:
        files = {Path(name).name: packed.read(name) for name in packed.namelist()}
    image = nibabel.Nifti1Image.from_bytes(gzip.decompress(files["labels.nii.gz"]))
    exported = np.moveaxis(np.asarray(image.dataobj), 2, 0)
    assert np.array_equal(exported, np.stack(shown))
    assert json.loads(files["report.json"])["provenance"]["edits"] == 3


def test_points_mean_inside_and_outside_and_can_be_taken_away(reading: Any) -> None:
    to_slice(reading, 5)
    row, col = wall_place(reading)
    reading.keyboard.press("p")
    reading.mouse.click(*at(reading, row, col))
    reading.keyboard.down("Shift")
    reading.mouse.click(*at(reading, row + 12, col))
    reading.keyboard.up("Shift")
    settled(reading)
    points = view(reading)["points"]
    assert [point[2] for point in points] == [True, False]
    assert points[0][:2] == pytest.approx([row, col], abs=0.5)
    reading.keyboard.press("Delete")
    settled(reading)
    assert view(reading)["points"] == points[:1]


def test_a_wall_border_is_bent_by_its_handle(reading: Any) -> None:
    to_slice(reading, 6)
    before = on_screen(reading)[6]
    reading.keyboard.press("w")
    handle = reading.evaluate("lgescar.stage.tool.handles()[0]")
    middle = [float(v.mean()) for v in np.nonzero(before == 1)]
    further = [a + 0.3 * (a - b) for a, b in zip(handle, middle, strict=True)]
    drag(reading, tuple(handle), tuple(further))
    settled(reading)
    after = on_screen(reading)[6]
    # The wall grew outwards: more heart, and the cavity as it was.
    assert (after > 0).sum() > (before > 0).sum()
    assert np.array_equal(after == 1, before == 1)


def test_a_box_is_drawn_with_the_keyboard_alone(reading: Any) -> None:
    to_slice(reading, 7)
    count = len(view(reading)["boxes"])
    for key in ("b", *["Control+Shift+ArrowUp"] * 5, *["Control+Shift+ArrowLeft"] * 5, "k"):
        reading.keyboard.press(key)
    for key in ("Control+Shift+ArrowDown", "Control+Shift+ArrowRight", "k"):
        reading.keyboard.press(key)
    settled(reading)
    boxes = view(reading)["boxes"]
    assert len(boxes) == count + 1
    # 40 pixels of the screen each way.
    zoom, stretch = reading.evaluate("[lgescar.stage.camera.zoom, lgescar.stage.camera.stretch]")
    top, left, bottom, right = boxes[-1]
    sides = [(bottom - top) * zoom * stretch[0], (right - left) * zoom * stretch[1]]
    assert sides == pytest.approx([40.0, 40.0], abs=1.0)


def test_an_area_is_measured_in_square_millimetres(reading: Any) -> None:
    to_slice(reading, 4)
    reading.keyboard.press("Shift+M")
    rows, cols = on_screen(reading)[4].shape
    top, left = rows // 2, cols // 2
    drag(
        reading, (top, left), (top, left + 20), (top + 10, left + 20), (top + 10, left), (top, left)
    )
    told = reading.locator(".size-label").inner_html()
    spacing = reading.evaluate("lgescar.reading.opened.spacing_mm")
    assert float(told.split()[0]) == pytest.approx(200 * spacing[0] * spacing[1], rel=0.02)
    assert told.endswith("mm²")
    reading.keyboard.press("Shift+Delete")
    assert reading.evaluate("lgescar.stage.measured.length") == 0


def test_a_study_is_added_by_choosing_its_file(
    chromium: Any, server: Server, exams: dict[str, Path]
) -> None:
    with visit(chromium, server) as page:
        sign_in(page, "adder")
        page.locator("#files").set_input_files(exams["nifti"])
        dialog = page.locator("dialog")
        dialog.get_by_label("Name on the worklist").fill("ward-12")
        dialog.get_by_role("button", name="Add", exact=True).click()
        waiting(page.locator("#said")).to_have_text(re.compile("was added|already"))
        rows = page.evaluate("fetch('/api/worklist').then((a) => a.json())")["studies"]
        content = hashlib.sha256(exams["nifti"].read_bytes()).hexdigest()
        assert content[:16] in {row["id"] for row in rows}
        page.get_by_label("Search studies and readers").fill("no such name")
        waiting(page.locator("#empty")).to_have_text("No study fits the search.")


def test_a_finger_marks_and_two_fingers_zoom(chromium: Any, server: Server) -> None:
    with visit(chromium, server, has_touch=True) as page:
        begin(page, "finger")
        page.keyboard.press("p")
        page.touchscreen.tap(*at(page, *wall_place(page)))
        settled(page)
        assert len(view(page)["points"]) == 1
        before = page.evaluate("lgescar.stage.camera.zoom")
        x, y = at(page, *wall_place(page))
        fingers = page.context.new_cdp_session(page)
        for kind, apart in (("touchStart", 20), ("touchMove", 40)):
            points = [{"x": x - apart, "y": y, "id": 1}, {"x": x + apart, "y": y, "id": 2}]
            fingers.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})
        fingers.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
        assert page.evaluate("lgescar.stage.camera.zoom") == pytest.approx(2 * before, rel=0.05)
        assert len(view(page)["points"]) == 1


def test_two_people_on_one_reading_lose_nothing(chromium: Any, server: Server) -> None:
    with visit(chromium, server, "409") as page, visit(chromium, server) as other:
        session = begin(page, "both")
        sign_in(other, "both")
        other.goto(f"{server.base}/read/{session}")
        opened(other)
        other.keyboard.press("x")
        settled(other)
        page.keyboard.press("f")
        dialog = page.locator("dialog")
        dialog.wait_for()
        assert "by both" in dialog.inner_text()
        dialog.get_by_role("button", name="Put mine on top").click()
        settled(page)
        assert [one["event"]["kind"] for one in stored(page, session)] == ["clear", "fill"]
        branches = page.evaluate(
            f"fetch('/api/sessions/{session}/branches').then((a) => a.json())"
        )["branches"]
        assert [[e["event"]["kind"] for e in one["events"]] for one in branches] == [["fill"]]


def killed_tabs(
    chromium: Any, server: Server, times: int, name: str
) -> tuple[int, set[str], list[dict[str, Any]]]:
    """Edit, wait a random moment, crash the tab; edits made, those acknowledged, those stored."""
    pick = random.Random(5)
    with visit(chromium, server) as page:
        session = begin(page, name)
        context = page.context
        made, acknowledged = 0, set[str]()

        def note(answer: Any) -> None:
            if answer.url.endswith("/events") and answer.status == 200:
                acknowledged.update(e["id"] for e in json.loads(answer.request.post_data)["events"])

        for _ in range(times):
            page.on("response", note)
            for _ in range(pick.randint(1, 3)):
                page.keyboard.press("f")
                made += 1
            page.evaluate("lgescar.reading.saved.items.at(-1)?.stored")
            page.wait_for_timeout(pick.uniform(0.0, 150.0))
            crash(page)
            page = context.new_page()
            page.goto(f"{server.base}/read/{session}")
            opened(page)
            settled(page)
        found = stored(page, session)
        page.close()
    return made, acknowledged, found


def crash(page: Any) -> None:
    """The tab is gone at once, without any farewell."""
    from playwright.sync_api import Error

    with page.expect_event("crash"), suppress(Error):
        page.goto("chrome://crash", timeout=5000)
    page.close()


def test_a_killed_tab_loses_no_edit(chromium: Any, server: Server) -> None:
    made, acknowledged, found = killed_tabs(chromium, server, 3, "crash")
    assert acknowledged <= {one["id"] for one in found}
    assert [one["event"]["kind"] for one in found] == ["fill"] * made


@pytest.mark.slow
def test_fifty_killed_tabs_lose_no_edit(chromium: Any, server: Server) -> None:
    made, acknowledged, found = killed_tabs(chromium, server, 50, "crashes")
    assert acknowledged <= {one["id"] for one in found}
    assert [one["event"]["kind"] for one in found] == ["fill"] * made


def test_an_edit_that_was_never_sent_outlives_the_tab(chromium: Any, server: Server) -> None:
    with visit(chromium, server, "503") as page:
        session = begin(page, "away")
        context = page.context
        context.route("**/events", lambda route: route.fulfill(status=503, json={"error": "away"}))
        page.keyboard.press("f")
        page.wait_for_selector("#saved[data-saved='not saved']")
        assert page.inner_text("#saved") == "Not saved (1)"
        crash(page)
        context.unroute("**/events")
        page = context.new_page()
        page.goto(server.base)
        assert stored(page, session) == []
        page.goto(f"{server.base}/read/{session}")
        opened(page)
        settled(page)
        assert [one["event"]["kind"] for one in stored(page, session)] == ["fill"]


def test_the_question_mark_lists_every_command_with_every_key(reading: Any) -> None:
    commands = reading.evaluate("lgescar.stage.commands.map(({title, keys}) => [title, keys])")
    reading.locator("#stage").focus()
    reading.keyboard.press("?")
    listed = reading.locator("dialog")
    listed.wait_for()
    titles = listed.locator("dd").all_inner_texts()
    rows = zip(listed.locator("dt").all(), titles, strict=True)
    found = [[title, row.locator("kbd").all_inner_texts()] for row, title in rows]
    reading.keyboard.press("Escape")
    assert reading.locator("dialog").count() == 0
    spelled = {"ArrowUp": "↑", "ArrowDown": "↓", "ArrowLeft": "←", "ArrowRight": "→",
               "Delete": "Del"}  # fmt: skip

    def said(key: str) -> str:
        parts = [key] if key == "+" else key.split("+")
        return " ".join(spelled.get(part, part) for part in parts)

    assert found == [[title, [said(key) for key in keys]] for title, keys in commands]
    assert len(commands) > 50


def unnamed(page: Any) -> list[str]:
    """Controls that a screen reader could not name, from the browser's own tree."""
    tree = page.context.new_cdp_session(page).send("Accessibility.getFullAXTree")
    controls = {"button", "link", "textbox", "searchbox", "combobox", "slider", "checkbox",
                "radio", "application", "DisclosureTriangle"}  # fmt: skip
    nodes = [n for n in tree["nodes"] if n.get("role", {}).get("value") in controls]
    assert len(nodes) > 5
    return [n["role"]["value"] for n in nodes if not n.get("name", {}).get("value", "").strip()]


def test_every_control_of_the_worklist_has_a_label(chromium: Any, server: Server) -> None:
    with visit(chromium, server) as page:
        sign_in(page, "label")
        assert unnamed(page) == []


@pytest.mark.parametrize("tool", ["b", "p", "d", "w", "r"])
def test_every_control_of_a_tool_has_a_label(reading: Any, tool: str) -> None:
    reading.locator("#stage").focus()
    reading.keyboard.press(tool)
    assert unnamed(reading) == []


def test_nothing_hangs_over_the_edge_at_1280_by_800(reading: Any) -> None:
    over = reading.evaluate(
        "[...document.querySelectorAll('button, select, input, summary, td, th')]"
        ".filter((one) => one.checkVisibility() && !one.closest('.right, .filmstrip'))"
        ".filter((one) => { const box = one.getBoundingClientRect();"
        " return box.right > innerWidth + 1 || box.bottom > innerHeight + 1; })"
        ".map((one) => one.outerHTML.slice(0, 80))"
    )
    assert over == []
    assert reading.evaluate("document.documentElement.scrollWidth") <= 1280


def luminance(colour: str) -> float:
    parts = [int(colour[k : k + 2], 16) / 255 for k in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


@pytest.mark.parametrize("ink", ["ink", "soft", "accent", "good", "warn", "bad", "scar"])
@pytest.mark.parametrize("ground", ["paper", "card", "raised"])
def test_text_stands_out_from_its_ground(ink: str, ground: str) -> None:
    colours = dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6})", (STATIC / "common.css").read_text()))
    light, dark = luminance(colours[ink]), luminance(colours[ground])
    # WCAG 2.2, success criterion 1.4.3 (AA).
    assert (light + 0.05) / (dark + 0.05) >= 4.5


def test_no_page_holds_script_or_style_of_its_own() -> None:
    for page in STATIC.glob("*.html"):
        text = page.read_text()
        assert not re.search(r"<style|\sstyle=|\son\w+=|<script(?![^>]*\ssrc=)", text), page.name
        assert not re.search(r"https?://", text), page.name


def test_modules_stay_small() -> None:
    modules = [*STATIC.rglob("*.js")]
    assert modules
    for module in modules:
        assert len(module.read_text().splitlines()) <= 400, module.name
