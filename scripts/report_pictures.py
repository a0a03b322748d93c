"""The report of a simulated patient, for README; with numbers on it, for report-annotated.md.

Run: python scripts/report_pictures.py            (needs Chromium and playwright; half a minute)
"""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

import lgescar
from lgescar.simulate.cohort import CohortPlan, write_cohort

CHROMIUM = "/usr/bin/chromium"
PICTURES = Path(__file__).parents[1] / "docs" / "pictures"
PATIENT = CohortPlan(2, 21, "dicom", scar="mixed")
WIDTH_PX = 1080
MARGIN_PX = 26
FIRST_PX = 1086

UPPER = (
    (".lead", 0.0), (".notes", 0.0), (".fact:nth-child(1)", 1.0), (".fact:nth-child(2)", 1.0),
    (".fact:nth-child(3)", 1.0), (".fact:nth-child(4)", 1.0), (".fact:nth-child(5)", 1.0),
    (".grid figure:has(strong) .picture", 0.0), (".grid figure:has(strong) figcaption", 0.0),
)  # fmt: skip
LOWER = (
    (".panels figure:nth-child(1)", 0.0), (".panels figure:nth-child(2)", 0.0),
    (".panels figure:nth-child(3)", 0.0), (".table:nth-child(1) h2", 0.0),
    (".table:nth-child(2) h2", 0.0), (".images .grade", 0.0), (".images table", 0.0),
    (".provenance h2", 0.0),
)  # fmt: skip
"""What is numbered, in order: a selector, and where along its upper edge the number stands."""

MARK = """([selector, along, number]) => {
  const box = document.querySelector(selector).getBoundingClientRect();
  const mark = document.createElement("b");
  mark.textContent = number;
  mark.style.cssText = `position:absolute; width:26px; height:26px; border-radius:13px; z-index:9;
    background:#b3261e; color:#fff; border:2px solid #fff; text-align:center;
    font:700 15px/26px sans-serif; left:${box.left + scrollX + along * (box.width + 14) - 30}px;
    top:${box.top + scrollY - 12}px`;
  document.body.append(mark);
}"""


def main() -> None:
    """Simulate, segment, number and photograph."""
    from playwright.sync_api import sync_playwright

    with tempfile.TemporaryDirectory() as home, sync_playwright() as playwright:
        write_cohort(PATIENT, Path(home) / "cohort")
        study = lgescar.read(Path(home) / "cohort" / "SIM0002")
        page_file = lgescar.write(lgescar.segment(study), Path(home) / "out") / "report.html"
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": WIDTH_PX, "height": 1200},
                                bypass_csp=True)  # fmt: skip
        page.goto(page_file.as_uri())
        take(page, "report", 0, FIRST_PX)
        for number, (selector, along) in enumerate((*UPPER, *LOWER), start=1):
            page.evaluate(MARK, [selector, along, number])
        cut = page.evaluate("document.querySelector('.segments').getBoundingClientRect().top")
        end = page.evaluate("document.documentElement.scrollHeight")
        take(page, "report-upper", 0, cut - MARGIN_PX)
        take(page, "report-lower", cut - MARGIN_PX, end)
        browser.close()


def take(page: Any, name: str, top: float, bottom: float) -> None:
    """One strip of the page, over its whole width."""
    clip = {"x": 0, "y": top, "width": WIDTH_PX, "height": bottom - top}
    page.screenshot(path=str(PICTURES / f"{name}.png"), full_page=True, clip=clip)


if __name__ == "__main__":
    main()
