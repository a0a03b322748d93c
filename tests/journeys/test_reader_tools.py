"""Every tool that corrects a slice, in real Chromium: what it draws is what is stored."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from reader_pages import (
    BROWSER,
    Server,
    begin,
    deep_wall,
    drag,
    on_screen,
    press,
    ring,
    settled,
    shown,
    stored,
    to_slice,
    view,
    visit,
)
from scipy import ndimage

pytestmark = BROWSER


@pytest.fixture(scope="module")
def corrected(chromium: Any, server: Server) -> Iterator[Any]:
    """A reading that these tests correct, each on slices of its own."""
    with visit(chromium, server) as page:
        begin(page, "tools")
        yield page


def scarless(page: Any, place: int) -> tuple[float, float]:
    """A slice without scar on screen; the middle of its wall."""
    to_slice(page, place)
    press(page, "x")
    assert not (shown(page) >= 3).any()
    return deep_wall(page)


def size(page: Any, diameter: float) -> None:
    """The brush's diameter in pixels, by its slider."""
    page.locator("#size").fill(str(diameter))


def test_scar_mvo_and_wall_are_painted_and_erased(corrected: Any) -> None:
    row, col = scarless(corrected, 4)
    before = shown(corrected)
    corrected.keyboard.press("d")
    size(corrected, 6)
    drag(corrected, (row, col), (row, col))
    corrected.keyboard.press("2")
    size(corrected, 2)
    drag(corrected, (row, col), (row, col))
    settled(corrected)
    rows, cols = np.ogrid[: before.shape[0], : before.shape[1]]
    away = np.hypot(rows + 0.5 - row, cols + 0.5 - col)
    painted = shown(corrected)
    assert np.array_equal(painted == 4, away <= 1.0)
    assert np.array_equal(painted == 3, (away <= 3.0) & (away > 1.0))
    corrected.keyboard.press("e")
    size(corrected, 6)
    drag(corrected, (row, col), (row, col))
    settled(corrected)
    # Erased scar is healthy wall, also where the brush had reached out of the wall.
    assert np.array_equal(shown(corrected), np.where(away <= 3.0, 2, before))


def test_a_hole_is_filled_a_speck_is_smoothed_away_and_a_lasso_removes(corrected: Any) -> None:
    row, col = scarless(corrected, 5)
    corrected.keyboard.press("d")
    size(corrected, 1)
    drag(corrected, *ring(row, col, 2.0))
    settled(corrected)
    drawn = shown(corrected) >= 3
    assert not drawn[int(row), int(col)]
    press(corrected, "f")
    filled = shown(corrected) >= 3
    assert np.array_equal(filled, ndimage.binary_fill_holes(drawn) & (shown(corrected) >= 2))
    assert filled[int(row), int(col)]
    press(corrected, "Shift+S")
    # Scar is where most of the nine pixels round it were, and it was wall before.
    most = ndimage.convolve(filled.astype(int), np.ones((3, 3), int)) >= 5
    smooth = shown(corrected) >= 3
    assert np.array_equal(smooth, most & (shown(corrected) >= 2))
    assert smooth.any()
    corrected.keyboard.press("l")
    drag(corrected, *ring(row, col, 6.0))
    settled(corrected)
    assert not (shown(corrected) >= 3).any()
    assert (shown(corrected)[smooth] == 2).all()


def test_scar_is_copied_to_the_next_slice_within_its_wall(corrected: Any) -> None:
    scarless(corrected, 7)
    row, col = scarless(corrected, 6)
    corrected.keyboard.press("d")
    size(corrected, 8)
    drag(corrected, (row, col), (row, col))
    settled(corrected)
    source = shown(corrected) >= 3
    press(corrected, "c")
    assert corrected.evaluate("lgescar.reading.place") == 7
    copied = shown(corrected)
    assert np.array_equal(copied >= 3, source & (copied >= 2))
    assert (copied >= 3).any()


def test_a_scribble_leaves_points_of_its_side_along_its_way(corrected: Any) -> None:
    row, col = scarless(corrected, 3)
    corrected.keyboard.press("s")
    drag(corrected, (row, col - 6), (row, col + 6))
    settled(corrected)
    inside = view(corrected)["points"]
    corrected.keyboard.down("Shift")
    drag(corrected, (row + 12, col - 6), (row + 12, col + 6))
    corrected.keyboard.up("Shift")
    settled(corrected)
    points = view(corrected)["points"]
    assert points[: len(inside)] == inside
    assert all(point[2] for point in inside)
    outside = points[len(inside) :]
    assert not any(point[2] for point in outside)
    for some, level in ((inside, row), (outside, row + 12)):
        assert len(some) > 1
        assert [point[0] for point in some] == pytest.approx([level] * len(some), abs=0.5)
        assert all(col - 6.5 <= point[1] <= col + 6.5 for point in some)


def test_the_inner_border_is_drawn_anew_and_the_percent_hangs_on_it(corrected: Any) -> None:
    to_slice(corrected, 8)
    before = shown(corrected)
    middle = [float(v.mean()) + 0.5 for v in np.nonzero(before == 1)]
    corrected.keyboard.press("w")
    corrected.keyboard.press("Shift+W")
    drag(corrected, *ring(*middle, 5.0))
    settled(corrected)
    after = shown(corrected)
    # Less cavity, as large as what was drawn, and all that was heart is heart.
    assert (after == 1).sum() == pytest.approx(np.pi * 25, rel=0.15)
    assert np.array_equal(after > 0, before > 0)
    corrected.keyboard.press("Shift+W")
    corrected.keyboard.press("u")
    settled(corrected)
    assert np.array_equal(shown(corrected), before)


def test_a_threshold_takes_the_place_of_the_outline_and_is_shown_beside(corrected: Any) -> None:
    row, col = scarless(corrected, 2)
    corrected.keyboard.press("r")
    corrected.locator("#rule").select_option("2sd")
    corrected.locator("#compare").select_option("rule:2sd")
    beside = corrected.locator("#other .lines .scar")
    corrected.wait_for_selector("#other .lines .scar[d^=M]", state="attached")
    corrected.get_by_role("button", name="Apply without a region").click()
    settled(corrected)
    ruled = shown(corrected)
    assert (ruled >= 3).any()
    assert "threshold rule" in corrected.inner_text("#stage .caption")
    # What stood beside is what was applied; the wall has not moved.
    assert beside.get_attribute("d") == corrected.locator("#stage .lines .scar").get_attribute("d")
    drag(corrected, *ring(row, col, 4.0))
    settled(corrected)
    assert view(corrected)["points"] == []
    session = corrected.url.rsplit("/", 1)[-1]
    rules = [e["event"] for e in stored(corrected, session) if e["event"]["kind"] == "rule"]
    assert [one["rule"] for one in rules] == ["2sd", "2sd"]
    assert rules[0]["remote"] is None
    region = np.array(rules[1]["remote"])
    assert np.hypot(*(region - [row, col]).T) == pytest.approx([4.0] * len(region), abs=0.5)
    corrected.keyboard.press("h")
    assert not corrected.locator("#other").is_visible()


def test_undo_reaches_the_very_beginning_and_redo_the_very_end(
    chromium: Any, server: Server
) -> None:
    with visit(chromium, server) as page:
        session = begin(page, "undoing")
        first = on_screen(page)
        for place, keys in ((1, "xfc"), (5, "x"), (9, "fx")):
            to_slice(page, place)
            press(page, *keys)
        to_slice(page, 6)
        page.keyboard.press("d")
        row, col = deep_wall(page)
        drag(page, (row, col), (row + 3, col))
        press(page, "a")
        press(page, "Shift+X")
        last, made = on_screen(page), stored(page, session)
        for _ in made:
            press(page, "u")
        assert all(map(np.array_equal, on_screen(page), first))
        undo = page.get_by_role("button", name="Undo")
        assert undo.get_attribute("aria-disabled") == "true"
        press(page, "u")
        for _ in made:
            press(page, "Control+y")
        assert all(map(np.array_equal, on_screen(page), last))
        assert page.get_by_role("button", name="Redo").get_attribute("aria-disabled") == "true"
        assert len(stored(page, session)) == 3 * len(made)
