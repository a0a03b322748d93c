"""What a reader waits for in Chromium, into benchmarks/results/reader_browser.json.

One reader, the real server and headless Chromium without a graphics card, all on this machine.
Studies are opened one after the other from the worklist, each for the first time; on the last one
boxes are drawn, their handles moved and points placed, at a person's pace, and then its slices are
turned with the wheel and with a held key, both at 60 steps a second. ``load_before`` says how busy
the machine was with other work.
"""

from __future__ import annotations

import asyncio
import json
import os
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable
from itertools import pairwise
from pathlib import Path
from statistics import median, quantiles
from typing import Any

import nibabel
import numpy as np
from playwright.async_api import Browser, Page, async_playwright
from record import RESULTS, about

from lgescar.simulate import simulate_patient

RESULT = RESULTS / "reader_browser.json"
HOOK = Path(__file__).with_suffix(".js")
CHROMIUM = "/usr/bin/chromium"
FLAGS = ["--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking",
         "--disable-component-update", "--disable-sync"]  # fmt: skip
VIEW = {"width": 1280, "height": 800}
SEEDS = (7, 18, 22, 23, 27, 44, 52)
"""Patients with scar of ten slices."""
ROUNDS, PAUSE_S, TURNED_S, STEPS_A_S = 2, 0.5, 5.0, 60
AT_MOST = {"prompt_p95_ms": 100.0, "ready_s": 2.0}
AT_LEAST = {"wheel_per_s": 30.0, "key_per_s": 30.0}
"""What we promise."""
KINDS = ("box", "handle", "point")


def main() -> int:
    """Measure, print beside the limits, store."""
    before = os.getloadavg()[0]
    with tempfile.TemporaryDirectory() as scratch:
        found = asyncio.run(measured(Path(scratch)))
    for name, value in found.items():
        most, least = AT_MOST.get(name), AT_LEAST.get(name)
        wrong = (most is not None and value > most) or (least is not None and value < least)
        limit = f"   {'at most' if most else 'at least'} {most or least:g}" if most or least else ""
        print(f"{name:24} {value:9.2f}{limit}{'   MISSED' if wrong else ''}")
    record = {
        **about(
            "python benchmarks/reader_browser.py", seeds={"patients": SEEDS}, labels="none used"
        ),
        "studies": len(SEEDS),
        "slices": 10,
        "load_before": before,
        "at_most": AT_MOST,
        "at_least": AT_LEAST,
        "found": {name: round(value, 3) for name, value in found.items()},
    }
    RESULT.write_text(json.dumps(record, indent=1) + "\n")
    return 0


async def measured(home: Path) -> dict[str, float]:
    """Every number."""
    (home / "exams").mkdir()
    for seed in SEEDS:
        write_study(seed, home / "exams" / f"patient-{seed}.nii.gz")
    command = [sys.executable, "-m", "lgescar", "serve", "--data", str(home / "exams")]
    server = subprocess.Popen(
        [*command, "--store", str(home / "store"), "--port", "0"], stdout=subprocess.PIPE, text=True
    )
    assert server.stdout is not None
    try:
        address = server.stdout.readline().strip()
        async with async_playwright() as playwright:
            browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
            page = await worklist(browser, address)
            opened = [await opening(page, address.partition("/?")[0], seed) for seed in SEEDS]
            await page.wait_for_selector("#numbers:not([aria-busy])")
            evaluated = await prompts(page)
            turned = await turning(page)
            await browser.close()
    finally:
        server.terminate()
        server.communicate()
    return {**of_openings(opened), **of_prompts(evaluated), **turned}


def write_study(seed: int, path: Path) -> None:
    """A simulated patient as the scanner acquired it: 256 x 256, before it was zoomed."""
    study = simulate_patient(seed, vendor="ge").study
    grid = study.grid
    fine = grid.stack({i: one.pixels for i, one in enumerate(study.slices)}, np.float32)
    rows, cols, count = (n // 2 if axis < 2 else n for axis, n in enumerate(fine.shape))
    assert (rows, cols, count) == (256, 256, 10)
    coarse = fine.reshape(rows, 2, cols, 2, count).mean((1, 3)).astype(np.int16)
    larger = np.array(
        [[2.0, 0.0, 0.0, 0.5], [0.0, 2.0, 0.0, 0.5], [0.0, 0.0, 1.0, 0.0], [0.0, 0.0, 0.0, 1.0]]
    )
    image: Any = nibabel.Nifti1Image(coarse, grid.affine @ larger)
    image.header.set_xyzt_units("mm")
    nibabel.save(image, path)


async def worklist(browser: Browser, address: str) -> Page:
    """A browser that came in by the printed address, with a reader at it."""
    page = await browser.new_page(viewport=VIEW)
    page.set_default_timeout(120_000)
    await page.add_init_script(path=HOOK)
    await page.goto(address)
    await page.get_by_label("Your name or initials").fill("reader")
    await page.get_by_role("button", name="Go on").click()
    await page.locator("#reader option[value=reader]").wait_for(state="attached")
    while await page.locator("tbody#rows tr").count() < len(SEEDS):
        await asyncio.sleep(0.2)
        await page.goto(address.partition("/?")[0])
        await page.wait_for_selector("body[data-ready]")
    return page


async def opening(page: Page, base: str, seed: int) -> dict[str, float]:
    """Seconds from the worklist to a study's picture, its outline and its first prompt answered."""
    await page.goto(base)
    await page.wait_for_load_state("networkidle")
    await page.get_by_role("button", name=f"Read patient-{seed}", exact=True).click()
    await page.wait_for_url("**/read/*")
    await page.evaluate("measured.possible")
    await drawn_box(page, random.Random(seed))
    times = await page.evaluate("({...measured, possible: null})")
    names = ("picture", "ready", "answered")
    return {name: (times[name] - times["clicked"]) / 1000.0 for name in names}


async def prompts(page: Page) -> dict[str, list[dict[str, float]]]:
    """Boxes, handles and points on every slice; what each prompt took."""
    chance = random.Random(1)
    evaluated: dict[str, list[dict[str, float]]] = {kind: [] for kind in KINDS}
    for place in [*range(10)] * ROUNDS:
        await page.evaluate(f"lgescar.reading.go({place}); lgescar.stage.fitHeart()")
        await page.locator("#stage").focus()
        for kind, act in (("box", drawn_box), ("handle", moved_handle), ("point", placed_point)):
            await asyncio.sleep(PAUSE_S)
            await act(page, chance)
            evaluated[kind].append(await page.evaluate("measured.prompts.at(-1)"))
    return evaluated


async def drawn_box(page: Page, chance: random.Random) -> None:
    """A new box somewhere on the heart."""
    await page.keyboard.press("b")
    row, col = await somewhere(page, chance)
    far = chance.uniform(6.0, 12.0), chance.uniform(6.0, 12.0)
    await page.keyboard.down("Shift")
    await drag(page, (row, col), (row + far[0], col + far[1]))
    await page.keyboard.up("Shift")


async def moved_handle(page: Page, chance: random.Random) -> None:
    """The corner of the box that was drawn last."""
    row, col = await page.evaluate("lgescar.stage.view.boxes.at(-1).slice(2)")
    by = chance.uniform(1.5, 4.0), chance.uniform(1.5, 4.0)
    await drag(page, (row, col), (row + by[0], col + by[1]))


async def placed_point(page: Page, chance: random.Random) -> None:
    """A point inside scar, somewhere on the heart."""
    await page.keyboard.press("p")
    await drag(page, await somewhere(page, chance))


async def somewhere(page: Page, chance: random.Random) -> tuple[float, float]:
    """A place of the slice's wall, or of its middle where no heart was found."""
    found = await page.evaluate(
        "(({rows, cols, at}) => [rows, cols, [...at.keys()].filter((k) => at[k] >= 2)])"
        "(lgescar.stage.view.labels)"
    )
    rows, cols, wall = found
    row, col = divmod(chance.choice(wall), cols) if wall else (rows / 2, cols / 2)
    return row + 0.5, col + 0.5


async def drag(page: Page, *places: tuple[float, float]) -> None:
    """Press, move, let go; until the answer is painted and saved."""
    frame = await page.locator("#stage").bounding_box()
    assert frame is not None
    places = await page.evaluate(
        "(all) => all.map((one) => lgescar.stage.camera.toScreen(one))", places
    )
    ways = [(frame["x"] + x, frame["y"] + y) for x, y in places]
    await page.mouse.move(*ways[0])
    await page.mouse.down()
    for way in ways[1:]:
        await page.mouse.move(*way, steps=4)
    waiting = asyncio.create_task(page.evaluate("measured.next()"))
    await asyncio.sleep(0)
    await page.mouse.up()
    await asyncio.wait_for(waiting, 60.0)
    await page.wait_for_selector("#saved[data-saved=saved]")


async def turning(page: Page) -> dict[str, float]:
    """Slices a second and the longest gap between two, by wheel and by key."""
    cdp = await page.context.new_cdp_session(page)
    await page.keyboard.press("b")
    frame = await page.locator("#stage").bounding_box()
    assert frame is not None
    at = {"x": frame["x"] + frame["width"] / 2, "y": frame["y"] + frame["height"] / 2}

    def wheel(down: bool) -> Awaitable[Any]:
        turn = {"type": "mouseWheel", **at, "deltaX": 0, "deltaY": 100 if down else -100}
        return cdp.send("Input.dispatchMouseEvent", turn)

    def key(down: bool) -> Awaitable[Any]:
        name, code = ("ArrowDown", 40) if down else ("ArrowUp", 38)
        held = {"type": "rawKeyDown", "key": name, "code": name, "windowsVirtualKeyCode": code}
        return cdp.send("Input.dispatchKeyEvent", {**held, "autoRepeat": True})

    found: dict[str, float] = {}
    for name, step in (("wheel", wheel), ("key", key)):
        painted = await slices_painted(page, step)
        gaps = [after - before for before, after in pairwise(painted)]
        found[f"{name}_per_s"] = 1000.0 * len(gaps) / (painted[-1] - painted[0])
        found[f"{name}_longest_gap_ms"] = max(gaps)
    return found


async def slices_painted(page: Page, step: Callable[[bool], Awaitable[Any]]) -> list[float]:
    """When a new slice was painted, while they are turned up and down at an even pace.

    A step does not wait for the one before, as a hand does not either.
    """
    await page.evaluate("lgescar.reading.go(0); measured.slices.length = 0")
    begun, sent = time.monotonic(), []
    for number in range(int(TURNED_S * STEPS_A_S)):
        sent.append(asyncio.ensure_future(step(number // 9 % 2 == 0)))
        await asyncio.sleep(max(0.0, begun + (number + 1) / STEPS_A_S - time.monotonic()))
    await asyncio.gather(*sent)
    return list(await page.evaluate("measured.slices"))


def of_openings(opened: list[dict[str, float]]) -> dict[str, float]:
    """Medians, and the slowest opening."""
    return {
        "picture_s": median(one["picture"] for one in opened),
        "possible_s": median(one["ready"] for one in opened),
        "ready_s": median(one["answered"] for one in opened),
        "ready_slowest_s": max(one["answered"] for one in opened),
    }


def of_prompts(evaluated: dict[str, list[dict[str, float]]]) -> dict[str, float]:
    """Median and 95th percentile of all and of each kind, and where the time goes."""
    everything = [one for kind in KINDS for one in evaluated[kind]]
    found: dict[str, float] = {"prompts": len(everything)}
    for name, some in (("prompt", everything), *((kind, evaluated[kind]) for kind in KINDS)):
        spent = [one["whole_ms"] for one in some]
        found |= {f"{name}_median_ms": median(spent), f"{name}_p95_ms": quantiles(spent, n=20)[-1]}
    for part in ("sending_ms", "server_ms", "drawing_ms"):
        found[f"of_it_{part}"] = median(one[part] for one in everything)
    return found


if __name__ == "__main__":
    sys.exit(main())
