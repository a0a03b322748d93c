"""Ten readers on one server for a minute, into benchmarks/results/reader_load.json.

Each looks at a slice and corrects it with a box, about once a second, and now and then asks for
the numbers: ten such people work faster than ten cardiologists do. The server and the readers
share the machine; ``load_before`` says how busy it was with other work. Studies are opened and
encoded before the clock starts.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import subprocess
import sys
import tempfile
import time
import uuid
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from statistics import median, quantiles

import httpx
from record import ROOT, about

RESULT = ROOT / "benchmarks" / "results" / "reader_load.json"
READERS, PATIENTS, PAUSE_S, NUMBERS_EVERY = 10, 4, 1.0, 5
LIMITS = {"errors": 0, "image_p95_ms": 150.0, "event_p95_ms": 250.0}
"""What we promise."""
LGESCAR = [sys.executable, "-m", "lgescar"]


def main() -> int:
    """Measure, print beside the limits, store."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=60.0)
    seconds = parser.parse_args().seconds
    before = os.getloadavg()[0]
    with tempfile.TemporaryDirectory() as scratch:
        found = measured(Path(scratch), seconds)
    for name, value in found.items():
        limit = LIMITS.get(name)
        verdict = "" if limit is None or value <= limit else "   OVER"
        print(f"{name:20} {value:9.1f}{'' if limit is None else f'   limit {limit:g}'}{verdict}")
    record = {
        **about(
            "python benchmarks/reader_load.py", seeds={"patients": "cohort 1"}, labels="none used"
        ),
        "readers": READERS,
        "patients": PATIENTS,
        "pause_s": PAUSE_S,
        "load_before": before,
        "limits": LIMITS,
        "found": found,
    }
    RESULT.write_text(json.dumps(record, indent=1) + "\n")
    return 0


def measured(home: Path, seconds: float) -> dict[str, float]:
    """The load, and what it took."""
    made = [*LGESCAR, "simulate", "--patients", str(PATIENTS), "--seed", "1"]
    subprocess.run([*made, "--out", home / "cohort"], check=True, capture_output=True)
    words = ["--data", home / "cohort", "--store", home / "store", "--port", "0"]
    server = subprocess.Popen([*LGESCAR, "serve", *words], stdout=subprocess.PIPE, text=True)
    assert server.stdout is not None
    try:
        address = server.stdout.readline().strip()
        with ThreadPoolExecutor(READERS) as pool:
            readers = list(pool.map(lambda number: Reader(address, number), range(READERS)))
            end = time.monotonic() + seconds
            list(pool.map(lambda reader: reader.read_until(end), readers))
    finally:
        server.terminate()
        server.communicate()
    images = [spent for reader in readers for spent in reader.images]
    events = [spent for reader in readers for spent in reader.events]
    return {
        "errors": sum(reader.errors for reader in readers),
        "images": len(images),
        "events": len(events),
        "image_median_ms": median(images),
        "image_p95_ms": quantiles(images, n=20)[-1],
        "event_median_ms": median(events),
        "event_p95_ms": quantiles(events, n=20)[-1],
        "event_longest_ms": max(events),
    }


class Reader:
    """One browser with its reading, encoded."""

    def __init__(self, address: str, number: int) -> None:
        base = address.partition("/?")[0]
        self.client = httpx.Client(base_url=base, headers={"Origin": base}, timeout=300)
        self.client.get(address)
        self.client.post("/api/me", json={"reader": f"reader-{number}"})
        while len(studies := self.json("/api/worklist")["studies"]) < PATIENTS:
            time.sleep(0.1)
        begun = {"study": studies[number % PATIENTS]["id"], "number": 1}
        self.session = self.client.post("/api/sessions", json=begun).json()["session"]
        self.url = f"/api/sessions/{self.session}"
        self.slices = [one["index"] for one in self.json(self.url)["slices"]]
        self.boxes = {i: self.json(f"{self.url}/slices/{i}")["boxes"] for i in self.slices}
        self.chance = random.Random(number)
        self.images: list[float] = []
        self.events: list[float] = []
        self.errors = 0

    def json(self, path: str) -> dict:
        answer = self.client.get(path)
        answer.raise_for_status()
        return answer.json()

    def read_until(self, end: float) -> None:
        last = 0
        while time.monotonic() < end:
            time.sleep(self.chance.uniform(0.5, 1.5) * PAUSE_S)
            index = self.chance.choice(self.slices)
            self.timed(self.images, "GET", f"{self.url}/slices/{index}/image")
            near = self.boxes[index] or [[200.0, 240.0, 240.0, 280.0]]
            more = [self.chance.uniform(0.0, 4.0) for _ in range(4)]
            box = [e + sign * m for e, sign, m in zip(near[0], (-1, -1, 1, 1), more, strict=True)]
            event = {"kind": "boxes", "slice": index, "boxes": [box]}
            sent = {"after": last, "events": [{"id": str(uuid.uuid4()), "event": event}]}
            answer = self.timed(self.events, "POST", f"{self.url}/events", json=sent)
            last = answer.json().get("last", last)
            if last % NUMBERS_EVERY == 0:
                self.timed([], "GET", f"{self.url}/numbers")

    def timed(self, kept: list[float], method: str, path: str, **more: object) -> httpx.Response:
        start = time.perf_counter()
        answer = self.client.request(method, path, **more)
        kept.append(1000.0 * (time.perf_counter() - start))
        if answer.status_code != 200:
            self.errors += 1
            print(f"{method} {path}: {answer.status_code} {answer.text[:200]}", file=sys.stderr)
        return answer


if __name__ == "__main__":
    sys.exit(main())
