"""A real server in a child process, and simulated patients to read on it."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import time
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from lgescar.simulate.cohort import CohortPlan, write_cohort

START_S = 120.0


class Server:
    """``lgescar serve`` on a free port; what it printed is kept."""

    def __init__(self, home: Path, *words: str, store: Path | None = None) -> None:
        self.store = store or home / "store"
        self.out, self.err = home / "out.txt", home / "err.txt"
        home.mkdir(parents=True, exist_ok=True)
        command = [sys.executable, "-m", "lgescar", "serve", "--store", str(self.store)]
        with self.out.open("wb") as out, self.err.open("wb") as err:
            self.process = subprocess.Popen(
                [*command, "--port", "0", *words], stdout=out, stderr=err, env=os.environ
            )
        self.address = self._printed()
        self.base = self.address.partition("/?")[0].rstrip("/")

    def _printed(self) -> str:
        end = time.monotonic() + START_S
        while time.monotonic() < end and self.process.poll() is None:
            if (text := self.out.read_text()).endswith("\n"):
                return text.strip()
            with contextlib.suppress(subprocess.TimeoutExpired):
                self.process.wait(0.05)
        raise AssertionError(f"the server did not start: {self.err.read_text()}")

    @contextlib.contextmanager
    def stranger(self) -> Iterator[httpx.Client]:
        """A browser without a cookie."""
        headers = {"Origin": self.base}
        with httpx.Client(base_url=self.base, headers=headers, timeout=120, verify=False) as one:
            yield one

    @contextlib.contextmanager
    def reader(self, name: str) -> Iterator[Browser]:
        """A browser that came in by the printed address and said who reads."""
        with self.stranger() as client:
            assert client.get(self.address).status_code == 303
            assert client.post("/api/me", json={"reader": name}).status_code == 200
            yield Browser(client)

    def kill(self) -> None:
        """No time to tidy up."""
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()

    def interrupt(self) -> int:
        """Ctrl-C; the exit code."""
        self.process.send_signal(signal.SIGINT)
        return self.process.wait(30)


class Browser:
    """What a page asks for."""

    def __init__(self, client: httpx.Client) -> None:
        self.client = client

    def json(self, path: str) -> Any:
        answer = self.client.get(path)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def studies(self) -> dict[str, str]:
        """Ids by name; --data is read while the server answers already."""
        return {row["name"]: row["id"] for row in self.json("/api/worklist")["studies"]}

    def upload(self, path: Path) -> str:
        with path.open("rb") as file:
            files, name = {"file": (path.name, file)}, path.name.partition(".")[0]
            answer = self.client.post("/api/uploads", files=files, data={"name": name})
        assert answer.status_code == 200, answer.text
        return str(answer.json()["study"])

    def begin(self, study: str) -> str:
        answer = self.client.post("/api/sessions", json={"study": study, "number": 1})
        assert answer.status_code == 200, answer.text
        return str(answer.json()["session"])

    def edit(self, session: str, after: int, *events: Any, ids: Any = None) -> httpx.Response:
        named = ids or [str(uuid.uuid4()) for _ in events]
        sent = [{"id": i, "event": event} for i, event in zip(named, events, strict=True)]
        return self.client.post(
            f"/api/sessions/{session}/events", json={"after": after, "events": sent}
        )


@pytest.fixture(scope="session")
def patients(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, ...]:
    """Simulated patients with scar, as NIfTI files."""
    home = tmp_path_factory.mktemp("patients") / "cohort"
    write_cohort(CohortPlan(2, 7, "nifti", scar="chronic"), home)
    return tuple(sorted((home / "images").iterdir()))


@pytest.fixture(scope="session")
def exam(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The DICOM folder of a simulated patient."""
    home = tmp_path_factory.mktemp("exam") / "cohort"
    write_cohort(CohortPlan(1, 8, "dicom"), home)
    return next(path for path in sorted(home.iterdir()) if path.is_dir() and path.name != "labels")


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """One server for all tests that leave it running."""
    one = Server(tmp_path_factory.mktemp("server"))
    yield one
    one.interrupt()


@pytest.fixture(scope="session")
def study(server: Server, patients: tuple[Path, ...]) -> str:
    """The first patient on that server."""
    with server.reader("setup") as browser:
        return browser.upload(patients[0])


def starting() -> Iterator[Callable[..., Server]]:
    """Starts servers that end with whoever asked for them."""
    started: list[Server] = []

    def start(home: Path, *words: str, store: Path | None = None) -> Server:
        started.append(Server(home, *words, store=store))
        return started[-1]

    yield start
    for one in started:
        if one.process.poll() is None:
            one.kill()


servers = pytest.fixture(starting)
module_servers = pytest.fixture(starting, scope="module")
