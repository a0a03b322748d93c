"""Who reads at this browser: logging in where users are named, and the name on the edits."""

from __future__ import annotations

from typing import cast

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from lgescar.core.version import VERSION
from lgescar.outline.threshold import THRESHOLDS
from lgescar.web.access import COOKIE
from lgescar.web.public_page import public_page
from lgescar.web.responses import Refusal, json_body
from lgescar.web.routes.pages import let_in
from lgescar.web.routes.request import access, browser, responded, service
from lgescar.web.users import MOST_TRIES, Users
from lgescar.web.views import Json

WRONG = f"Name and password do not fit. After {MOST_TRIES} wrong ones, wait a minute."
PAGE = public_page(
    "log in",
    """<form method="post" action="/login">
<label>Name <input name="name" type="text" autocomplete="username" required autofocus></label>
<label>Password <input name="password" type="password" autocomplete="current-password"
 required></label>
<button class="button primary">Log in</button>
</form>""",
)


async def login_page(request: Request) -> Response:
    """Asks for name and password."""
    _users(request)
    return HTMLResponse(PAGE.format("Log in to read."))


async def log_in(request: Request) -> Response:
    """To the worklist as that reader, or to the question again."""
    users = _users(request)
    async with request.form(max_files=0, max_fields=2) as form:
        name, password = str(form.get("name", "")), str(form.get("password", ""))
    if not await run_in_threadpool(users.knows, name, password):
        return HTMLResponse(PAGE.format(WRONG), 401)
    await run_in_threadpool(service(request).store.add_reader, name)
    return let_in(access(request), access(request).enter(name))


async def log_out(request: Request) -> Response:
    """Forget the browser."""
    access(request).leave(request.cookies.get(COOKIE))
    answer = RedirectResponse("/", 303)
    answer.delete_cookie(COOKIE, path="/")
    return answer


async def me(request: Request) -> Response:
    """The reader at this browser, those known, the rules and the bundle."""
    return await responded(lambda: _me(request))


async def name_reader(request: Request) -> Response:
    """Say who reads at this browser; a new name becomes known."""
    content = await json_body(request, {"reader": str})

    def named() -> Json:
        name = content["reader"]
        if access(request).token is None and name != browser(request).reader:
            raise Refusal(403, "log in as the other reader to read under that name")
        browser(request).reader = service(request).store.add_reader(name)
        return _me(request)

    return await responded(named)


def _me(request: Request) -> Json:
    return {
        "reader": browser(request).reader,
        "readers": list(service(request).store.readers()),
        "version": VERSION,
        "rules": list(THRESHOLDS),
        "bundle": service(request).bundle.card.name,
    }


def _users(request: Request) -> Users:
    users = cast("Users | None", request.app.state.users)
    if users is None:
        raise Refusal(404, "nobody logs in here; open the address that lgescar serve printed")
    return users
