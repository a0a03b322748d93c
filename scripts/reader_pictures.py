"""The pictures of docs/how-to/read.md: simulated patients on a server of their own, in Chromium.

Run: python scripts/reader_pictures.py            (needs Chromium and playwright; two minutes)
"""

from __future__ import annotations

import re
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from lgescar.simulate.cohort import CohortPlan, write_cohort

CHROMIUM = "/usr/bin/chromium"
PICTURES = Path(__file__).parents[1] / "docs" / "pictures"
VIEW = {"width": 1280, "height": 800}
PATIENTS = CohortPlan(4, 3, "nifti", scar="acute")
READERS = ("ada", "bert")
STEP = 0.05


def main() -> None:
    """Take them all."""
    from playwright.sync_api import sync_playwright

    with tempfile.TemporaryDirectory() as home, sync_playwright() as playwright:
        server, address = served(Path(home))
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        page = browser.new_page(viewport=VIEW)
        page.set_default_timeout(180_000)
        page.goto(address)
        take(page)
        browser.close()
        server.send_signal(signal.SIGINT)
        server.wait(30)


def served(home: Path) -> tuple[subprocess.Popen[bytes], str]:
    """A server with simulated patients, and the address that it printed."""
    write_cohort(PATIENTS, home / "cohort")
    out = home / "out.txt"
    command = [sys.executable, "-m", "lgescar", "serve", "--data", str(home / "cohort" / "images")]
    with out.open("wb") as log:
        server = subprocess.Popen([*command, "--store", str(home / "store"), "--port", "0"],
                                  stdout=log)  # fmt: skip
    while not out.read_text().endswith("\n"):
        time.sleep(STEP)
    return server, out.read_text().strip()


def take(page: Any) -> None:
    """Read a little as two readers, and keep what is seen."""
    page.get_by_label("Your name or initials").fill(READERS[0])
    page.keyboard.press("Enter")
    page.get_by_text("SIM0004", exact=True).wait_for()
    opened(page, "SIM0001")
    for _ in range(20):
        page.keyboard.press("a")
    page.keyboard.press("Shift+Enter")
    page.wait_for_selector("#saved[data-saved=saved]")
    listed(page)
    opened(page, "SIM0003")
    page.keyboard.press("x")
    page.wait_for_selector("#saved[data-saved=saved]")
    listed(page)
    page.get_by_label("Reading as").select_option("another reader …")
    page.get_by_label("Your name or initials").fill(READERS[1])
    page.keyboard.press("Enter")
    page.get_by_role("button", name=f"Open the reading of {READERS[0]}, Accepted").wait_for()
    opened(page, "SIM0001")
    page.keyboard.press("a")
    page.keyboard.press("b")
    kept(page, "slice")
    page.keyboard.press("h")
    page.keyboard.press("d")
    painted(page)
    kept(page, "beside")
    page.keyboard.press("h")
    page.locator("#compare").select_option("rule:fwhm-remote")
    page.locator("#rule-column").select_option("fwhm-remote")
    page.keyboard.press("r")
    page.wait_for_selector("#other .lines .scar[d^=M]", state="attached")
    page.get_by_text("FWHM rem.", exact=True).wait_for()
    kept(page, "threshold")
    listed(page)
    page.get_by_role("button", name=re.compile("^Read SIM0004")).wait_for()
    kept(page, "worklist")


def listed(page: Any) -> None:
    """Back on the worklist."""
    page.get_by_role("link", name="Back to the worklist").click()
    page.wait_for_selector("#rows tr")


def opened(page: Any, study: str) -> None:
    """A reading, once it is counted."""
    page.get_by_role("button", name=re.compile(f"^(Read|Continue) {study}$")).click()
    page.wait_for_selector("#numbers:not([aria-busy])")


def painted(page: Any) -> None:
    """A stroke within the wall, as a reader would draw it."""
    frame = page.locator("#stage").bounding_box()
    x, y = frame["x"] + frame["width"] * 0.258, frame["y"] + frame["height"] * 0.46
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x - 4, y + 42, steps=6)
    page.mouse.up()
    page.wait_for_selector("#saved[data-saved=saved]")


def kept(page: Any, name: str) -> None:
    """Once pictures and numbers have come."""
    page.wait_for_load_state("networkidle")
    page.screenshot(path=str(PICTURES / f"reader-{name}.png"))


if __name__ == "__main__":
    main()
