"""What the reading page draws in real Chromium, pixel by pixel, and what it is made of."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from reader_pages import CHROMIUM

STATIC = Path(__file__).parents[2] / "src" / "lgescar" / "web" / "static"

POST = """([path, body]) => fetch(path, {method: "POST", body: JSON.stringify(body),
    headers: {"Content-Type": "application/json"}}).then((answer) => answer.json())"""
DRAWN = """async (act) => {
    const { stage, reading } = lgescar;
    await stage.pixels.fetch(reading.index);
    const acts = { go: (place) => reading.go(place), look: (changes) => stage.look.set(changes),
                   zoom: (by) => stage.zoom(by) };
    acts[act[0]](act[1]);
    await new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));
    const { index } = reading;
    const stored = await stage.pixels.fetch(index);
    await new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));
    const { rows, cols, low, high } = reading.about(index);
    const context = stage.main.canvas.getContext("2d");
    const found = [];
    for (let row = 0; row < rows; row += 7)
      for (let col = 0; col < cols; col += 7) {
        const [x, y] = stage.camera.toScreen([row + 0.5, col + 0.5]).map(Math.floor);
        const { width, height } = context.canvas;
        if (x < 1 || y < 1 || x >= width - 1 || y >= height - 1) continue;
        found.push([low + (stored[row * cols + col] / 65535) * (high - low),
                    context.getImageData(x, y, 1, 1).data[0]]);
      }
    return [index, stage.window(), found];
}"""


@pytest.fixture
def page(chromium: Any, server: Any, study: str) -> Iterator[Any]:
    """A reading of the first patient, opened in a browser."""
    page = chromium.new_page(viewport={"width": 1000, "height": 700})
    page.set_default_timeout(90_000)
    page.goto(server.address)
    page.evaluate(POST, ["/api/me", {"reader": "drawing"}])
    begun = page.evaluate(POST, ["/api/sessions", {"study": study, "number": 1}])
    page.goto(f"{server.base}/read/{begun['session']}")
    page.wait_for_selector("body[data-ready]")
    page.wait_for_selector("#numbers:not([aria-busy])")
    yield page
    page.close()


def greys(values: Any, window: Any) -> Any:
    """Grey levels of stored values under [centre, width]: black below it, white above it."""
    centre, width = window
    return 255.0 * np.clip((np.array(values) - (centre - width / 2)) / width, 0.0, 1.0)


@pytest.mark.browser
@pytest.mark.skipif(not CHROMIUM.exists(), reason="Chromium (Debian package) is not here")
@pytest.mark.filterwarnings("ignore::ResourceWarning")
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_every_picture_is_that_of_its_slice_its_window_and_its_zoom(page: Any) -> None:
    page.evaluate("lgescar.stage.look.set({ smooth: false })")
    acts: list[list[Any]] = [
        ["go", 1], ["go", 2], ["go", 1], ["look", {"manual": [300, 500]}], ["go", 2],
        ["look", {"manual": None}], ["go", 1], ["zoom", 2], ["go", 2], ["go", 1],
    ]  # fmt: skip
    seen = set()
    for act in acts:
        index, window, found = page.evaluate(DRAWN, act)
        values, drawn = zip(*found, strict=True)
        assert len(found) > 100
        assert np.abs(greys(values, window) - np.array(drawn)).max() <= 1.0, act
        seen.add((index, tuple(window)))
    assert len(seen) == 4
    before = page.locator("#stage").bounding_box()
    page.set_viewport_size({"width": 1200, "height": 760})
    _, window, found = page.evaluate(DRAWN, ["go", 1])
    values, drawn = zip(*found, strict=True)
    assert np.abs(greys(values, window) - np.array(drawn)).max() <= 1.0
    assert page.locator("#stage").bounding_box() != before


def imported(module: Path, found: set[Path]) -> set[Path]:
    """All modules that a module needs, itself left out."""
    for name in re.findall(r'from "(\.[^"]+)"', module.read_text()):
        other = (module.parent / name).resolve()
        if other not in found:
            found.add(other)
            imported(other, found)
    return found


def test_the_reading_page_asks_for_all_of_its_modules_at_once() -> None:
    page = (STATIC / "reader.html").read_text()
    asked = re.findall(r'<link rel="modulepreload" href="/static/([^"]+)">', page)
    needed = imported((STATIC / "reader.js").resolve(), set())
    assert len(needed) > 20
    assert asked == sorted(one.relative_to(STATIC.resolve()).as_posix() for one in needed)
