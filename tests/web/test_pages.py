"""Pages in real Chromium that need servers of their own: log in, read without the bundle."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from reader_pages import CHROMIUM

from lgescar.bundle.open import EMBEDDED
from lgescar.web.users import add_user

PASSWORD = "correct horse battery"
WAIT_MS = 90_000

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(not CHROMIUM.exists(), reason="Chromium (Debian package) is not here"),
    # Playwright leaves its event loop's sockets to the garbage collector.
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]


@pytest.fixture
def page(chromium: Any) -> Iterator[Any]:
    """An empty tab of a browser; what goes wrong in it is in ``page.wrong``."""
    tab = chromium.new_page(viewport={"width": 1280, "height": 800})
    tab.set_default_timeout(WAIT_MS)
    tab.wrong = []
    tab.on("pageerror", lambda error: tab.wrong.append(str(error)))
    yield tab
    tab.close()


def ready(page: Any) -> None:
    page.wait_for_selector("body[data-ready=yes]")


def test_a_user_logs_in_and_reads_under_that_name(
    page: Any, servers: Callable[..., Any], tmp_path: Path
) -> None:
    add_user(tmp_path / "users.json", "anna", PASSWORD)
    server = servers(tmp_path / "server", "--users", str(tmp_path / "users.json"))
    page.goto(server.base)
    for word in ("not the password", PASSWORD):
        page.get_by_label("Name").fill("anna")
        page.get_by_label("Password").fill(word)
        page.get_by_role("button", name="Log in").click()
        if word != PASSWORD:
            page.get_by_text("do not fit").wait_for()
            # The style sheet came without a cookie: its rule, not the browser's own.
            assert page.evaluate("getComputedStyle(document.body).display") == "grid"
    ready(page)
    assert page.locator("#reader").input_value() == "anna"
    assert page.wrong == []


def test_a_reading_without_its_bundle_says_so_takes_no_edit_and_offers_a_new_one(
    page: Any, servers: Callable[..., Any], patients: Any, tmp_path: Path
) -> None:
    old = Path(shutil.copytree(EMBEDDED / "default", tmp_path / "old"))
    card = json.loads((old / "card.json").read_text())
    (old / "card.json").write_text(json.dumps({**card, "name": "old"}))
    server = servers(tmp_path / "server", "--bundle", str(old))
    with server.reader("anna") as browser:
        study = browser.upload(patients[0])
        session = browser.begin(study)
        browser.edit(session, 0, {"kind": "clear", "slice": 5}, {"kind": "accept-study"})
        shown = browser.json(f"/api/sessions/{session}/slices/5")
        assert browser.client.get(f"/api/sessions/{session}/result.zip").status_code == 200
    assert server.interrupt() == 0  # what is kept is kept before it ends
    shutil.rmtree(server.store / "bundles")
    later = servers(tmp_path / "later", store=server.store)
    page.goto(later.address)
    page.get_by_label("Your name or initials").fill("anna")
    page.get_by_role("button", name="Go on").click()
    page.get_by_role("button", name="Open ").first.click()
    page.wait_for_url("**/read/*")
    ready(page)
    assert "not edited" in page.locator("#read-only").inner_text()
    for key in ("x", "Enter", "Shift+Enter", "Control+z"):
        page.keyboard.press(key)
    assert page.locator("#saved").inner_text() == "Read only"
    with later.reader("anna") as browser:
        assert browser.json(f"/api/sessions/{session}/slices/5") == shown
        assert browser.json(f"/api/sessions/{session}/events")["last"] == 2
        refused = browser.edit(session, 2, {"kind": "clear", "slice": 4})
        assert (refused.status_code, "not edited" in refused.json()["error"]) == (400, True)
        assert browser.client.get(f"/api/sessions/{session}/result.zip").status_code == 200
    page.get_by_role("button", name="Begin a new reading").click()
    page.wait_for_url(lambda url: session not in url)
    ready(page)
    assert page.locator("#reader").inner_text() == "anna, reading 2"
    assert page.locator("#read-only").is_hidden()
    assert page.wrong == []
