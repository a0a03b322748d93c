"""Many readers at once."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

READERS, ROUNDS = 10, 4


def test_ten_readers_at_once_lose_nothing_and_see_their_own(server: Any, study: str) -> None:
    def read(number: int) -> tuple[list[str], int]:
        with server.reader(f"load-{number}") as browser:
            session = browser.begin(study)
            spots = []
            for after in range(ROUNDS):
                index = (number + after) % 12
                image = browser.client.get(f"/api/sessions/{session}/slices/{index}/image")
                assert (image.status_code, len(image.content)) == (200, 2 * 512 * 512)
                box = [200.0 + number, 250.0, 260.0, 320.0 + after]
                event = {"kind": "boxes", "slice": index, "boxes": [box]}
                answer = browser.edit(session, after, event)
                assert answer.status_code == 200, answer.text
                spots.append(answer.json()["changed"][0]["boxes"] == [box])
            stored = browser.json(f"/api/sessions/{session}/events")
            return [one["who"] for one in stored["events"]], sum(spots)

    with ThreadPoolExecutor(READERS) as pool:
        found = list(pool.map(read, range(READERS)))
    assert found == [([f"load-{number}"] * ROUNDS, ROUNDS) for number in range(READERS)]
