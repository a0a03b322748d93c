"""Nothing phones home: simulate and segment with every connection but loopback made impossible."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

WATCH = """
import os, sys

ALLOWED = ("127.", "localhost", "::1")

def watch(event, args):
    if event in ("socket.connect", "socket.sendto"):
        address = args[-1]
        if not isinstance(address, tuple) or str(address[0]).startswith(ALLOWED):
            return
    elif event == "socket.getaddrinfo":
        if args[0] is None or str(args[0]).startswith(ALLOWED):
            return
    else:
        return
    with open(os.environ["WATCH_LOG"], "a") as log:
        log.write(f"{event}\\n")
    raise RuntimeError(f"a connection was tried: {event}")

sys.addaudithook(watch)
with open(os.environ["WATCH_LOG"] + ".started", "a") as log:
    log.write(f"{os.getpid()}\\n")
"""


@pytest.fixture
def watched(tmp_path: Path) -> dict[str, str]:
    """Environment in which every Python process, and its children, is watched."""
    (tmp_path / "hook").mkdir()
    (tmp_path / "hook" / "sitecustomize.py").write_text(WATCH)
    return os.environ | {
        "PYTHONPATH": os.pathsep.join([str(tmp_path / "hook"), *sys.path]),
        "WATCH_LOG": str(tmp_path / "watch.log"),
    }


def ran(environment: dict[str, str], *arguments: str) -> int:
    return subprocess.run(
        [sys.executable, *arguments], env=environment, capture_output=True, check=False
    ).returncode


@pytest.mark.parametrize(
    "attempt",
    [
        "socket.create_connection(('192.0.2.1', 9), 0.1)",
        "socket.socket().connect(('192.0.2.1', 9))",
        "socket.getaddrinfo('example.org', 80)",
        "socket.socket(type=socket.SOCK_DGRAM).sendto(b'x', ('192.0.2.1', 9))",
    ],
)
def test_the_watch_sees_a_connection(watched: dict[str, str], tmp_path: Path, attempt: str) -> None:
    assert ran(watched, "-c", f"import socket; {attempt}") != 0
    assert (tmp_path / "watch.log").read_text().startswith("socket.")


def test_simulating_and_segmenting_connects_to_nothing(
    watched: dict[str, str], tmp_path: Path
) -> None:
    demo = Path(__file__).resolve().parents[2] / "examples" / "demo.py"
    assert ran(watched, str(demo), str(tmp_path / "demo")) == 0
    assert not (tmp_path / "watch.log").exists()
    processes = (tmp_path / "watch.log.started").read_text().split()
    assert len(set(processes)) >= 3, "demo, simulate, segment and its guarded reader"
