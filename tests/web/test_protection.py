"""Who is let in, and what every answer carries."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from starlette.responses import PlainTextResponse
from starlette.routing import Route
from starlette.testclient import TestClient

from lgescar.bundle import open_bundle
from lgescar.reader.store import Store
from lgescar.web.access import Access
from lgescar.web.app import ROUTES, reader_app
from lgescar.web.protection import ProtectedRoute
from lgescar.web.routes.monai import MONAI_ROUTES

BASE = "http://127.0.0.1:8350"


def path_of(door: ProtectedRoute) -> str:
    """The door's address with something in its gaps."""
    return re.sub(r"\{(\w+)(:path)?\}", "1", door.path)


def spelled(door: ProtectedRoute) -> str:
    return f"{next(iter(door.methods - {'HEAD'}))} {door.path}"


def test_the_token_is_exchanged_for_a_cookie_that_scripts_and_other_sites_cannot_use(
    server: Any,
) -> None:
    with server.stranger() as client:
        assert client.get("/").status_code == 401
        entered = client.get(server.address)
        assert entered.status_code == 303
        assert entered.headers["location"] == "/"
        cookie = entered.headers["set-cookie"].lower()
        assert {"httponly", "samesite=strict", "path=/"} <= {w.strip() for w in cookie.split(";")}
        assert client.get("/api/me").status_code == 200


@pytest.mark.parametrize("token", ["", "x", "é", "?token"])
def test_another_token_opens_nothing(server: Any, token: str) -> None:
    with server.stranger() as client:
        refused = client.get("/", params={"token": token})
        assert refused.status_code == 401
        assert "set-cookie" not in refused.headers


def test_another_cookie_opens_nothing(server: Any) -> None:
    with server.stranger() as client:
        assert client.get("/api/me", headers={"Cookie": "lgescar=guess"}).status_code == 401


@pytest.mark.parametrize("door", ROUTES, ids=spelled)
def test_every_route_but_the_open_ones_refuses_a_stranger(
    server: Any, door: ProtectedRoute
) -> None:
    method = next(iter(door.methods - {"HEAD"}))
    with server.stranger() as client:
        answer = client.request(method, path_of(door))
    if door.protection == "open":
        assert answer.status_code != 401
        assert "set-cookie" not in answer.headers
    else:
        assert answer.status_code == 401


@pytest.mark.parametrize("door", ROUTES, ids=spelled)
def test_every_route_refuses_another_host_and_another_site(
    server: Any, door: ProtectedRoute
) -> None:
    method = next(iter(door.methods - {"HEAD"}))
    with server.reader("guarded") as browser:
        for headers in ({"Host": "evil.example"}, {"Origin": "http://evil.example"}):
            answer = browser.client.request(method, path_of(door), headers=headers)
            assert answer.status_code == 403, headers


def test_a_change_without_an_origin_is_refused(server: Any) -> None:
    with server.reader("guarded") as browser:
        del browser.client.headers["Origin"]
        assert browser.client.post("/api/me", json={"reader": "eve"}).status_code == 403
        assert browser.client.get("/api/me").status_code == 200


def test_the_open_doors_are_these() -> None:
    opened = {d.path for d in ROUTES if d.protection == "open"}
    assert opened == {"/healthz", "/login", "/public/{file}"}
    assert {d.path for d in ROUTES if d.protection == "token"} == {"/"}


@pytest.mark.parametrize("path", ["/", "/healthz", "/api/me", "/nothing", "/api/nothing"])
def test_every_answer_carries_the_protecting_headers(server: Any, path: str) -> None:
    with server.stranger() as client:
        answer = client.get(path)
    policy = answer.headers["content-security-policy"].split(";")
    # What may run or be shown is the server's own (pictures also from the page's memory, "blob:",
    # and icons within a style, "data:"); nobody may frame, embed or redirect the page.
    assert dict(one.split(maxsplit=1) for one in policy) == {
        "default-src": "'self'",
        "img-src": "'self' blob: data:",
        "object-src": "'none'",
        "frame-ancestors": "'none'",
        "base-uri": "'none'",
        "form-action": "'self'",
    }
    expected = {
        "x-content-type-options": "nosniff",
        "x-frame-options": "DENY",
        "referrer-policy": "same-origin",
        "cross-origin-opener-policy": "same-origin",
        "cross-origin-resource-policy": "same-origin",
        "permissions-policy": "camera=(), microphone=(), geolocation=()",
    }
    assert {name: answer.headers.get(name) for name in expected} == expected
    assert "access-control-allow-origin" not in answer.headers
    assert "server" not in answer.headers


def test_healthz_says_nothing_else(server: Any) -> None:
    with server.stranger() as client:
        answer = client.get("/healthz")
    assert (answer.status_code, answer.text) == (200, "ok")


def test_a_request_that_is_too_large_is_refused_before_it_is_read(server: Any) -> None:
    with server.reader("guarded") as browser:
        large = b'{"reader": "' + b"x" * 70_000 + b'"}'
        answer = browser.client.post(
            "/api/me", content=large, headers={"Content-Type": "application/json"}
        )
    assert answer.status_code == 413
    assert "larger" in answer.json()["error"]


def test_a_request_that_announces_no_size_is_counted_as_it_comes(server: Any) -> None:
    def pieces() -> Any:
        for _ in range(70):
            yield b" " * 1000

    with server.reader("guarded") as browser:
        answer = browser.client.post(
            "/api/me", content=pieces(), headers={"Content-Type": "application/json"}
        )
    assert answer.status_code == 413


@pytest.mark.parametrize(
    "path", ["/static/../app.py", "/static/%2e%2e/app.py", "/static/..%2fapp.py", "/static/x.py"]
)
def test_static_files_are_those_of_the_pages_only(server: Any, path: str) -> None:
    with server.reader("guarded") as browser:
        assert browser.client.get(path).status_code == 404


def test_before_anybody_came_in_only_styles_and_the_logo_are_given(server: Any) -> None:
    with server.stranger() as client:
        found = {
            name: client.get(f"/public/{name}").status_code
            for name in ("common.css", "public.css", "logo.svg", "reader.js", "index.html")
        }
        page = client.get("/")
    assert found == {
        "common.css": 200, "public.css": 200, "logo.svg": 200, "reader.js": 404, "index.html": 404,
    }  # fmt: skip
    assert page.status_code == 401
    assert "lgescar serve printed" in page.text
    assert set(re.findall(r'(?:href|src)="([^"]*)"', page.text)) == {
        "/public/common.css", "/public/public.css", "/public/logo.svg",
    }  # fmt: skip


def test_another_method_is_refused(server: Any) -> None:
    with server.reader("guarded") as browser:
        assert browser.client.delete("/api/me").status_code == 405


def ask(app: Any, path: str) -> Any:
    """One request to an application in this process."""
    with TestClient(app, base_url=BASE, raise_server_exceptions=False) as client:
        return client.get(path)


def test_a_route_that_states_no_protection_is_refused(tmp_path: Path) -> None:
    async def secret(_: Any) -> Any:
        return PlainTextResponse("secret")

    with Store(tmp_path) as store:
        app = reader_app(store, open_bundle(), Access(frozenset({BASE})))
        assert list(app.routes) == list(ROUTES)
        app.router.routes.append(Route("/late", secret))
        app.router.routes.append(ProtectedRoute("GET", "/later", secret, "open"))
        assert (ask(app, "/late").status_code, ask(app, "/later").text) == (403, "secret")


def test_a_bug_is_told_without_details(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    async def broken(_: Any) -> Any:
        raise KeyError("DOE^JOHN")

    with Store(tmp_path) as store:
        app = reader_app(
            store,
            open_bundle(),
            Access(frozenset({BASE})),
            more=[ProtectedRoute("GET", "/b", broken, "open")],
        )
        answer = ask(app, "/b")
    assert answer.status_code == 500
    told = capsys.readouterr().err
    assert "DOE" not in answer.text + told
    assert "KeyError" in told


def test_every_route_stands_on_the_page_of_the_interface() -> None:
    page = (Path(__file__).parents[2] / "docs" / "reference" / "http.md").read_text("utf-8")
    missing = [
        spelled(d)
        for d in (*ROUTES, *MONAI_ROUTES)
        if f"`{spelled(d).replace(':path', '')}`" not in page
    ]
    assert missing == []
