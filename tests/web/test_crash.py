"""A killed server loses nothing that it acknowledged."""

from __future__ import annotations

import random
import threading
import uuid
from pathlib import Path
from typing import Any

import httpx
import pytest

from lgescar.reader.audit import verify


def edits(browser: Any, session: str, after: int, acknowledged: list[str]) -> None:
    """Edits one after another until the server is gone."""
    while True:
        name = str(uuid.uuid4())
        event = {"kind": "remark", "text": name}
        try:
            answer = browser.edit(session, after, event, ids=[name])
        except httpx.TransportError:
            return
        assert answer.status_code == 200, answer.text
        acknowledged.append(name)
        after = answer.json()["last"]


@pytest.mark.parametrize("kills", [2, pytest.param(20, marks=pytest.mark.slow)])
def test_every_acknowledged_edit_is_there_after_a_kill(
    servers: Any, patients: tuple[Path, ...], tmp_path: Path, kills: int
) -> None:
    chance = random.Random(5)
    acknowledged: list[str] = []
    for number in range(kills):
        one = servers(tmp_path / str(number), store=tmp_path / "store")
        with one.reader("anna") as browser:
            session = browser.begin(browser.upload(patients[0]))
            stored = browser.json(f"/api/sessions/{session}/events")
            assert set(acknowledged) <= {event["id"] for event in stored["events"]}
            enough = len(acknowledged) + chance.randint(1, 20)
            args = (browser, session, stored["last"], acknowledged)
            typing = threading.Thread(target=edits, args=args)
            typing.start()
            while len(acknowledged) < enough and typing.is_alive():
                typing.join(0.001)
            one.kill()
            typing.join()
    with servers(tmp_path / "last", store=tmp_path / "store").reader("anna") as browser:
        stored = browser.json(f"/api/sessions/{session}/events")
    found = [event["id"] for event in stored["events"]]
    assert [name for name in found if name in acknowledged] == acknowledged
    assert len(found) - len(acknowledged) <= kills  # stored, but killed before it could say so
    assert verify(tmp_path / "store").whole


def test_ctrl_c_ends_the_server_in_good_order(servers: Any, tmp_path: Path) -> None:
    one = servers(tmp_path)
    with one.reader("anna") as browser:
        assert browser.studies() == {}
    assert one.interrupt() == 0
    assert one.err.read_text() == ""
