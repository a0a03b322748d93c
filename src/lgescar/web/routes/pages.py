"""Pages and the files they are made of, and the ways in."""

from __future__ import annotations

from pathlib import Path
from typing import cast

from starlette.requests import Request
from starlette.responses import (
    HTMLResponse,
    PlainTextResponse,
    RedirectResponse,
    Response,
)

from lgescar.web.access import COOKIE, Access
from lgescar.web.protection import CLOSED_PAGE, WAY_IN
from lgescar.web.public_page import FILES
from lgescar.web.responses import Refusal
from lgescar.web.routes.request import service, session_id

STATIC = Path(__file__).parents[1] / "static"
KINDS = {
    ".html": "text/html",
    ".js": "text/javascript",
    ".css": "text/css",
    ".svg": "image/svg+xml",
    ".png": "image/png",
}


async def healthz(_: Request) -> Response:
    """Whether the server runs; nothing else."""
    return PlainTextResponse("ok")


async def worklist_page(request: Request) -> Response:
    """The worklist; with the printed token, the way in."""
    access = cast(Access, request.app.state.access)
    token = request.query_params.get("token")
    if token is not None and access.opens(token):
        return let_in(access, access.enter())
    if request.scope["lgescar.browser"] is not None:
        return _file("index.html")
    if access.token is None:
        return RedirectResponse("/login", 303)
    return HTMLResponse(CLOSED_PAGE.format(WAY_IN), 401)


async def reading_page(request: Request) -> Response:
    """The page of one reading; it requests the rest itself, which is being read meanwhile."""
    service(request).open_soon(session_id(request))
    return _file("reader.html")


async def static_file(request: Request) -> Response:
    """A module, a style or a picture of the pages."""
    return _file(request.path_params["file"])


async def public_file(request: Request) -> Response:
    """A style or the logo of a page that needs no cookie."""
    if request.path_params["file"] not in FILES:
        raise Refusal(404, "there is nothing here")
    return _file(request.path_params["file"])


def let_in(access: Access, secret: str) -> Response:
    """To the worklist, with a cookie that scripts cannot read and other sites cannot send."""
    answer = RedirectResponse("/", 303)
    answer.set_cookie(
        COOKIE, secret, path="/", secure=access.secure, httponly=True, samesite="strict"
    )
    return answer


def _file(name: str) -> Response:
    path = (STATIC / name).resolve()
    if path.suffix not in KINDS or STATIC.resolve() not in path.parents or not path.is_file():
        raise Refusal(404, "there is nothing here")
    kind = KINDS[path.suffix]
    return Response(path.read_bytes(), media_type=kind, headers={"Cache-Control": "no-cache"})
