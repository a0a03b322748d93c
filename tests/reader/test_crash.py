"""A writer that is killed at any moment has lost nothing that was acknowledged."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from lgescar.reader.audit import verify
from lgescar.reader.store import Store

pytestmark = pytest.mark.skipif(os.name != "posix", reason="SIGKILL is POSIX's")

WRITERS = """
import os
import sys
from pathlib import Path
from lgescar.reader.chain import NewEvent
from lgescar.reader.events import Tick
from lgescar.reader.store import Store

def write(folder, session):
    store = Store(Path(folder))
    last = store.session(session).last
    while True:
        last = store.append(session, last, [NewEvent(f"event-{last + 1}", Tick(1.0))], "A")
        os.write(1, f"{last}\\n".encode())

for line in sys.stdin:  # a writer each time it is asked, without importing everything again
    pid = os.fork()
    if pid == 0:
        write(*sys.argv[1:])
    os.write(1, f"-{pid}\\n".encode())
    os.waitpid(pid, 0)
    os.write(1, b"dead\\n")
"""


def killed(writers: subprocess.Popen[str], answers: int, spin: int) -> int:
    """Kill a writer after so many answers and a little more; the last event it acknowledged."""
    assert writers.stdin is not None
    assert writers.stdout is not None
    writers.stdin.write("go\n")
    writers.stdin.flush()
    # The writer's process id is told below zero, before or after its first answers.
    said = [int(writers.stdout.readline()) for _ in range(answers + 1)]
    while min(said) > 0:
        said.append(int(writers.stdout.readline()))
    pid = -min(said)
    for _ in range(spin):  # a moment within the next append, at no fixed place
        pass
    os.kill(pid, signal.SIGKILL)
    while (line := writers.stdout.readline()) != "dead\n":
        said.append(int(line))
    return max(said)


Round = tuple[int, list[str]]
"""The last event acknowledged before a kill, and the ids that were kept after it."""


def killed_rounds(store: Store, session: str, times: int) -> tuple[Path, list[Round]]:
    """Where the store lies, and what each of ``times`` kills left."""
    draw = random.Random(times)
    folder = store.folder
    store.close()
    writers = subprocess.Popen(
        [sys.executable, "-c", WRITERS, str(folder), session],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    with writers:
        rounds = [
            (killed(writers, draw.randint(1, 6), draw.randrange(200_000)), _kept(folder, session))
            for _ in range(times)
        ]
    return folder, rounds


def lost(rounds: list[Round]) -> list[Round]:
    """The rounds after which an acknowledged event was missing, doubled or out of order."""
    return [
        (last, ids)
        for last, ids in rounds
        if len(ids) < last or ids != [f"event-{number}" for number in range(1, len(ids) + 1)]
    ]


def _kept(folder: Path, session: str) -> list[str]:
    with Store(folder) as again:
        return [one.id for one in again.events(session)]


def test_nothing_acknowledged_is_lost_when_the_writer_is_killed(store: Store, session: str) -> None:
    folder, rounds = killed_rounds(store, session, 20)
    assert len(rounds) == 20
    assert lost(rounds) == []
    assert verify(folder).whole


@pytest.mark.slow
def test_nor_in_two_hundred_kills(store: Store, session: str) -> None:
    folder, rounds = killed_rounds(store, session, 200)
    assert len(rounds) == 200
    assert lost(rounds) == []
    assert verify(folder).whole
