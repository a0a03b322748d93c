"""What is seen and told beside the outlines: picture, numbers, clock, grade, another reading."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from reader_pages import (
    BROWSER,
    Server,
    at,
    begin,
    deep_wall,
    drag,
    on_screen,
    opened,
    press,
    settled,
    shown,
    to_slice,
    visit,
    waiting,
    wall_place,
)

pytestmark = BROWSER

DENSITY_G_PER_ML = 1.05


@pytest.fixture(scope="module")
def looked(chromium: Any, server: Server) -> Iterator[Any]:
    """A reading whose picture is turned over and whose numbers are read."""
    with visit(chromium, server) as page:
        begin(page, "looking")
        yield page


def window(page: Any) -> list[float]:
    """[centre, width] of the grey levels."""
    return list(page.evaluate("lgescar.stage.window()"))


def columns(page: Any) -> dict[str, list[str]]:
    """The rows of the table of numbers: now, automatic, threshold."""
    rows = page.locator("#quantities tr").all()
    return {r.locator("th").inner_text(): r.locator("td").all_inner_texts() for r in rows}


def test_grey_levels_are_dragged_and_chosen(looked: Any) -> None:
    to_slice(looked, 4)
    centre, width = window(looked)
    x, y = at(looked, *deep_wall(looked))
    looked.mouse.move(x, y)
    looked.mouse.down(button="right")
    looked.mouse.move(x + 50, y - 30, steps=3)
    looked.mouse.up(button="right")
    low, high = looked.evaluate("[lgescar.reading.slice.low, lgescar.reading.slice.high]")
    step = (high - low) / 500
    assert window(looked) == pytest.approx([centre - 30 * step, width + 50 * step])
    waiting(looked.locator("#preset")).to_have_value("manual")
    looked.keyboard.press("q")
    waiting(looked.locator("#preset")).not_to_have_value("manual")
    looked.locator("#preset").select_option("full")
    assert window(looked) == pytest.approx([(low + high) / 2, high - low])
    looked.locator("#preset").select_option("heart")
    assert window(looked) == pytest.approx([centre, width])


def test_wheel_keys_and_filmstrip_change_the_slice_and_the_picture_moves(looked: Any) -> None:
    to_slice(looked, 4)
    looked.mouse.move(*at(looked, *deep_wall(looked)))
    looked.mouse.wheel(0, 50)
    waiting(looked.locator("#stage .caption")).to_contain_text("Slice 6 of")
    for key, place in (("ArrowUp", 5), ("Home", 1), ("PageDown", 2)):
        looked.keyboard.press(key)
        waiting(looked.locator("#stage .caption")).to_contain_text(f"Slice {place} of")
    looked.locator(".frame").nth(6).click()
    waiting(looked.locator("#stage .caption")).to_contain_text("Slice 7 of")
    place = (10.0, 20.0)
    looked.keyboard.press("v")
    before = np.array(at(looked, *place))
    frame = looked.locator("#stage").bounding_box()
    looked.mouse.move(frame["x"] + 300, frame["y"] + 300)
    looked.mouse.down()
    looked.mouse.move(frame["x"] + 340, frame["y"] + 325, steps=3)
    looked.mouse.up()
    assert np.array(at(looked, *place)) - before == pytest.approx([40, 25])
    looked.keyboard.press("0")
    assert np.array(at(looked, *place)) == pytest.approx(before)


def test_the_magnifier_follows_and_outlines_hide_on_one_key(looked: Any) -> None:
    to_slice(looked, 4)
    looked.mouse.move(*at(looked, *deep_wall(looked)))
    looked.keyboard.press("z")
    glass = looked.locator("#stage .glass")
    waiting(glass).to_be_visible()
    x, y = at(looked, *deep_wall(looked))
    looked.mouse.move(x + 30, y + 10)
    box = glass.bounding_box()
    middle = [box["x"] + box["width"] / 2, box["y"] + box["height"] / 2]
    assert middle == pytest.approx([x + 30, y + 10], abs=2)
    looked.keyboard.press("z")
    waiting(glass).to_be_hidden()
    line = looked.locator("#stage .lines .epicardium")
    assert line.get_attribute("d").startswith("M")
    looked.keyboard.press("t")
    waiting(line).to_have_attribute("d", "")
    looked.keyboard.press("t")
    looked.locator("#opacity").fill("40")
    waiting(looked.locator("#stage .lines")).to_have_attribute("opacity", "0.4")


def test_a_distance_is_in_millimetres(looked: Any) -> None:
    to_slice(looked, 4)
    row, col = deep_wall(looked)
    looked.keyboard.press("m")
    drag(looked, (row, col), (row, col + 30))
    spacing = looked.evaluate("lgescar.reading.opened.spacing_mm")
    told = looked.locator(".size-label").inner_html()
    assert float(told.removesuffix(" mm")) == pytest.approx(30 * spacing[1], abs=0.2)
    looked.keyboard.press("Shift+Delete")


def test_numbers_count_what_is_on_screen_beside_automatic_and_threshold(looked: Any) -> None:
    automatic = [one[1] for one in columns(looked).values()]
    to_slice(looked, 8)
    press(looked, "x")
    row, col = deep_wall(looked)
    looked.keyboard.press("2")
    with looked.expect_response(lambda answer: "/numbers" in answer.url):
        drag(looked, (row, col), (row, col))
    with looked.expect_response(lambda answer: "rule=5sd" in answer.url):
        looked.get_by_label("Beside a threshold").select_option("5sd")
    waiting(looked.locator("#rule-head")).to_have_text("5 SD")
    rows = columns(looked)
    labels = np.stack(on_screen(looked))
    told = looked.evaluate(
        "[...lgescar.reading.opened.spacing_mm, lgescar.reading.opened.slice_step_mm]"
    )
    voxel_ml = np.prod(told) / 1000
    scar, wall, mvo = ((labels >= code).sum() * voxel_ml for code in (3, 2, 4))
    wanted = {
        "Scar g": f"{scar * DENSITY_G_PER_ML:.1f}",
        "Scar of LV %": f"{100 * scar / wall:.1f}",
        "Scar volume ml": f"{scar:.1f}",
        "MVO g": f"{mvo * DENSITY_G_PER_ML:.1f}",
        "LV mass g": f"{wall * DENSITY_G_PER_ML:.0f}",
    }
    assert {name: rows[name][0] for name in wanted} == wanted
    assert looked.inner_text("#scar-now") == wanted["Scar g"]
    assert [one[1] for one in rows.values()] == automatic
    assert all(float(one[2]) >= 0 for one in rows.values())
    # A bar a slice, in the colours of what it counts; a click goes there.
    bars = looked.locator("#bars .bar")
    assert bars.count() == len(labels)
    bars.nth(2).click()
    waiting(looked.locator("#stage .caption")).to_contain_text("Slice 3 of")
    area = (shown(looked) >= 3).sum() * told[0] * told[1]
    assert bars.nth(2).get_attribute("aria-label") == f"Slice 3, scar {round(area)} mm²"
    assert looked.locator("#bullseye .wedge").count() == 17
    percents = looked.locator("#bullseye text").all_text_contents()
    looked.get_by_label("Segments").select_option("transmural_percent")
    assert looked.locator("#bullseye text").all_text_contents() != percents


def test_the_clock_stands_still_when_nobody_moves(chromium: Any, server: Server) -> None:
    with visit(chromium, server) as page:
        page.clock.install()
        begin(page, "clock")
        page.mouse.move(600, 400)
        page.clock.run_for(20_000)
        assert page.locator("#timer").get_attribute("data-idle") == "no"
        page.clock.run_for(60_000)
        stood = page.inner_text("#timer")
        assert page.locator("#timer").get_attribute("data-idle") == "yes"
        page.clock.run_for(60_000)
        assert page.inner_text("#timer") == stood
        page.mouse.move(620, 420)
        page.clock.run_for(5_000)
        assert page.locator("#timer").get_attribute("data-idle") == "no"
        minutes, seconds = map(int, stood.split(":"))
        now = [int(one) for one in page.inner_text("#timer").split(":")]
        assert 60 * now[0] + now[1] - 60 * minutes - seconds == pytest.approx(5, abs=2)


def test_a_study_is_graded_and_accepted_and_shown_to_the_next_reader(
    chromium: Any, server: Server
) -> None:
    with visit(chromium, server) as page:
        begin(page, "first")
        to_slice(page, 5)
        row, col = wall_place(page)
        page.keyboard.press("d")
        drag(page, (row, col), (row - 3, col + 3))
        settled(page)
        line = page.locator("#stage .lines .scar").get_attribute("d")
        page.get_by_label("Image quality").select_option("4")
        page.get_by_label("Remark").fill("apex blurred")
        page.get_by_label("Remark").blur()
        page.locator("#stage").focus()
        page.keyboard.press("Enter")
        page.keyboard.press("Shift+Enter")
        asked = page.locator("dialog")
        assert "not accepted yet" in asked.inner_text()
        asked.get_by_role("button", name="Accept it all the same").click()
        settled(page)
        assert page.inner_text("#status") == "Accepted"
        page.reload()
        opened(page)
        assert page.get_by_label("Image quality").input_value() == "4"
        assert page.get_by_label("Remark").input_value() == "apex blurred"
        assert page.inner_text("#status") == "Accepted"
    with visit(chromium, server) as page:
        begin(page, "second")
        to_slice(page, 5)
        page.locator("#compare").select_option("first, reading 1 (accepted)")
        page.wait_for_selector("#other .lines .scar[d^=M]", state="attached")
        assert page.locator("#other .lines .scar").get_attribute("d") == line
        assert page.locator("#stage .lines .scar").get_attribute("d") != line
        assert "first, reading 1" in page.inner_text("#other .caption")
        # Both halves show the same place.
        page.mouse.move(*at(page, *wall_place(page)))
        halves = page.locator(".picture > svg .lines")
        before = halves.first.get_attribute("transform")
        page.keyboard.press("+")
        waiting(halves.first).not_to_have_attribute("transform", before)
        moved = halves.first.get_attribute("transform")
        for half in halves.all():
            waiting(half).to_have_attribute("transform", moved)


def test_nothing_hangs_over_the_edge_on_a_tablet_and_a_finger_paints(
    chromium: Any, server: Server
) -> None:
    tablet = {"viewport": {"width": 1024, "height": 768}, "has_touch": True}
    with visit(chromium, server, **tablet) as page:
        begin(page, "tablet")
        over = page.evaluate(
            "[...document.querySelectorAll('button, select, input, summary')]"
            ".filter((one) => one.checkVisibility() && !one.closest('.filmstrip'))"
            ".filter((one) => !one.closest('.right') || one.matches('select'))"
            ".filter((one) => { const box = one.getBoundingClientRect();"
            " return box.right > innerWidth + 1"
            " || (box.bottom > innerHeight + 1 && !one.closest('.right')); })"
            ".map((one) => one.outerHTML.slice(0, 80))"
        )
        assert over == []
        to_slice(page, 5)
        page.locator("[data-command=brush]").tap()
        page.get_by_text("MVO", exact=True).first.tap()
        row, col = deep_wall(page)
        page.touchscreen.tap(*at(page, row, col))
        settled(page)
        assert shown(page)[int(row), int(col)] == 4
