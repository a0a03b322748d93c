"""Logging in by name, where users are named."""

from __future__ import annotations

from typing import cast

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from lgescar.web.access import COOKIE
from lgescar.web.answers import Refusal
from lgescar.web.outside import outside_page
from lgescar.web.routes.asked import access, desk
from lgescar.web.routes.pages import let_in
from lgescar.web.users import MOST_TRIES, Users

WRONG = f"Name and password do not fit. After {MOST_TRIES} wrong ones, wait a minute."
PAGE = outside_page(
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
    await run_in_threadpool(desk(request).store.add_reader, name)
    return let_in(access(request), access(request).enter(name))


async def log_out(request: Request) -> Response:
    """Forget the browser."""
    access(request).leave(request.cookies.get(COOKIE))
    answer = RedirectResponse("/", 303)
    answer.delete_cookie(COOKIE, path="/")
    return answer


def _users(request: Request) -> Users:
    users = cast("Users | None", request.app.state.users)
    if users is None:
        raise Refusal(404, "nobody logs in here; open the address that lgescar serve printed")
    return users
