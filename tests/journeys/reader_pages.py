"""The reader's pages as the journeys work them: a real server, real Chromium, real pointers."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy import ndimage

CHROMIUM = Path("/usr/bin/chromium")
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
START_S = 120.0
WAIT_MS = 90_000
VIEW = {"width": 1280, "height": 800}
STUDY = "SIM0001"

BROWSER = [
    pytest.mark.browser,
    pytest.mark.skipif(not CHROMIUM.exists(), reason="Chromium (Debian package) is not here"),
    # Playwright leaves its event loop's sockets to the garbage collector.
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]


class Server:
    """``lgescar serve`` on a free port, with one simulated patient."""

    def __init__(self, home: Path, data: Path) -> None:
        out = home / "out.txt"
        command = [sys.executable, "-m", "lgescar", "serve", "--data", str(data)]
        with out.open("wb") as told, (home / "err.txt").open("wb") as err:
            self.process = subprocess.Popen(
                [*command, "--store", str(home / "store"), "--port", "0"],
                stdout=told, stderr=err, env=os.environ,
            )  # fmt: skip
        end = time.monotonic() + START_S
        while not out.read_text().endswith("\n"):
            assert time.monotonic() < end, (home / "err.txt").read_text()
            assert self.process.poll() is None, (home / "err.txt").read_text()
            time.sleep(0.05)
        self.address = out.read_text().strip()
        self.base = self.address.partition("/?")[0]

    def close(self) -> None:
        self.process.send_signal(signal.SIGINT)
        self.process.wait(30)


@contextmanager
def visit(chromium: Any, server: Server, meant: str = "nothing is", **more: Any) -> Iterator[Any]:
    """A browser profile that came in by the printed address; only what is ``meant`` goes wrong."""
    context = chromium.new_context(**{"viewport": VIEW, "accept_downloads": True, **more})
    context.set_default_timeout(WAIT_MS)
    wrong: list[str] = []
    context.on("weberror", lambda error: wrong.append(str(error.error)))
    context.on("console", lambda said: wrong.append(said.text) if said.type == "error" else None)
    page = context.new_page()
    page.goto(server.address)
    page.wait_for_selector("body[data-ready]")
    yield page
    context.close()
    assert [one for one in wrong if meant not in one] == []


def to_slice(page: Any, place: int) -> None:
    """Look at the slice of that place, with no tool busy and the picture as it was at first."""
    page.evaluate(f"lgescar.reading.go({place}); lgescar.stage.fitHeart()")
    page.locator("#stage").focus()
    page.keyboard.press("Escape")


def sign_in(page: Any, name: str) -> None:
    """By the dialog that a first visit shows, or the list where readers are known."""
    dialog = page.locator("dialog")
    dialog.wait_for()
    dialog.get_by_label("Your name or initials").fill(name)
    dialog.get_by_role("button", name="Go on").click()
    waiting(page.locator("#reader")).to_have_value(name)


def waiting(locator: Any) -> Any:
    """What a locator is expected to be within ``WAIT_MS``."""
    from playwright.sync_api import expect

    expect.set_options(timeout=WAIT_MS)
    return expect(locator)


def begin(page: Any, name: str, study: str = STUDY) -> str:
    """Open a study as a reader of that name; the session's id."""
    sign_in(page, name)
    page.get_by_role("button", name=re.compile(f"^(Read|Continue) {study}$")).click()
    opened(page)
    return str(page.url).rsplit("/", 1)[-1]


def opened(page: Any) -> None:
    """Wait until every slice was outlined and counted."""
    page.wait_for_selector("body[data-ready]")
    page.wait_for_selector(".frame")
    waiting(page.locator(".frame.waiting")).to_have_count(0)
    page.wait_for_selector("#numbers:not([aria-busy])")


def settled(page: Any) -> None:
    page.wait_for_selector("#saved[data-saved=saved]")


def on_screen(page: Any) -> list[Any]:
    """The label map of every slice that the page shows."""
    told = page.evaluate(
        "lgescar.reading.slices.map(({index}) => lgescar.reading.view(index).labels)"
        ".map(({rows, cols, runs}) => ({rows, cols, runs}))"
    )
    return [
        np.repeat(one["runs"][::2], one["runs"][1::2]).reshape(one["rows"], one["cols"])
        for one in told
    ]


def view(page: Any) -> Any:
    return page.evaluate("(({boxes, points, accepted}) => ({boxes, points, accepted}))"
                         "(lgescar.stage.view)")  # fmt: skip


def at(page: Any, row: float, col: float) -> tuple[float, float]:
    """Where a place of the slice is on the page."""
    x, y = page.evaluate(f"lgescar.stage.camera.toScreen([{row}, {col}])")
    frame = page.locator("#stage").bounding_box()
    return frame["x"] + x, frame["y"] + y


def drag(page: Any, *places: tuple[float, float]) -> None:
    page.mouse.move(*at(page, *places[0]))
    page.mouse.down()
    for place in places[1:]:
        page.mouse.move(*at(page, *place), steps=4)
    page.mouse.up()


def wall_place(page: Any) -> tuple[float, float]:
    """A pixel of healthy wall on the slice on screen, the one nearest to the lower left."""
    labels = on_screen(page)[page.evaluate("lgescar.reading.place")]
    rows, cols = np.nonzero(labels == 2)
    pick = np.argmax(rows - cols)
    return float(rows[pick]) + 0.5, float(cols[pick]) + 0.5


def to_boxed_slice(page: Any) -> None:
    page.evaluate(
        "lgescar.reading.go(lgescar.reading.slices.findIndex("
        "({index}) => lgescar.reading.view(index).boxes.length))"
    )


def stored(page: Any, session: str) -> list[Any]:
    """Events on the server, without the clock's."""
    told = page.evaluate(f"fetch('/api/sessions/{session}/events?after=0').then((a) => a.json())")
    return [one for one in told["events"] if one["event"]["kind"] != "tick"]


def shown(page: Any) -> Any:
    """The label codes of the slice on screen."""
    return on_screen(page)[page.evaluate("lgescar.reading.place")]


def press(page: Any, *keys: str) -> None:
    """Keys one after another, until what they did is saved."""
    for key in keys:
        page.keyboard.press(key)
    settled(page)


def deep_wall(page: Any) -> tuple[float, float]:
    """The middle of the pixel that lies deepest in the wall on screen."""
    row, col = np.unravel_index(
        int(ndimage.distance_transform_edt(shown(page) >= 2).argmax()), shown(page).shape
    )
    return float(row) + 0.5, float(col) + 0.5


def ring(row: float, col: float, radius: float) -> list[tuple[float, float]]:
    """A closed way round a place."""
    angles = np.linspace(0.0, 2 * np.pi, 17)
    return [(row + radius * np.sin(a), col + radius * np.cos(a)) for a in angles]
