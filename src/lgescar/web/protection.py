"""What protects every route: Host, Origin, cookie, size of the request, headers of the response.

It is checked before any route runs. A route that states no protection is refused.
"""

from __future__ import annotations

import sys
import traceback
from collections.abc import Callable
from typing import Any, Literal, cast

from starlette.datastructures import MutableHeaders
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import BaseRoute, Match, Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from lgescar.web.access import COOKIE, Access
from lgescar.web.public_page import public_page
from lgescar.web.responses import Refusal, refused

HEADERS = {
    "Content-Security-Policy": "default-src 'self'; img-src 'self' blob: data:; "
    "object-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'self'",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    # "no-referrer" would make browsers send the login form with "Origin: null".
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
}
SAFE = frozenset({"GET", "HEAD"})
BODILESS = frozenset({"GET", "HEAD", "DELETE"})
CLOSED_PAGE = public_page("not open yet")
WAY_IN = "Open the address that lgescar serve printed."


Protection = Literal["open", "token", "cookie"]
"""``open`` to everyone; ``token`` by the printed address or a cookie; ``cookie`` only."""

SMALL_BYTES = 64 * 1024
"""What a request may hold where the route does not say otherwise."""


class ProtectedRoute(Route):
    """A path, its one method, who may use it and how much a request may hold.

    A route for ``programs`` takes no Origin, which they do not name, and takes the key from the
    Authorization header alone: no site can make a browser send that.
    """

    def __init__(
        self,
        method: str,
        path: str,
        endpoint: Callable[..., Any],
        protection: Protection = "cookie",
        most_bytes: int = SMALL_BYTES,
        programs: bool = False,
    ) -> None:
        super().__init__(path, endpoint, methods=[method])
        self.protection: Protection = protection
        self.most_bytes = most_bytes
        self.programs = programs


class ProtectionMiddleware:
    """Middleware around the application and its routes."""

    def __init__(self, app: ASGIApp, access: Access) -> None:
        self._app = app
        self._access = access

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer, or let pass."""
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
            return
        if scope["type"] != "http":
            await send({"type": "websocket.close", "code": 1008})
            return
        begun = False

        async def headed(message: Message) -> None:
            nonlocal begun
            if message["type"] == "http.response.start":
                begun = True
                headers = MutableHeaders(scope=message)
                for name, value in HEADERS.items():
                    headers[name] = value
                headers.setdefault("Cache-Control", "no-store")
            await send(message)

        try:
            route = self._checked(scope)
            await self._app(scope, _counted(receive, scope, route), headed)
        except Refusal as refusal:
            if not begun:
                await _turned_down(scope, refusal)(scope, receive, headed)
        except Exception as error:
            _log(error)
            if not begun:
                await refused(500, "a bug of lgescar; its log says where")(scope, receive, headed)

    def _checked(self, scope: Scope) -> ProtectedRoute:
        """The route that the request may pass.

        Raises:
            Refusal: it may not.
        """
        request = Request(scope)
        if request.headers.get("host", "").lower() not in self._access.hosts:
            raise Refusal(403, "this address is not served here")
        route = _route(scope)
        programs = isinstance(route, ProtectedRoute) and route.programs
        origin = request.headers.get("origin")
        if origin is None and scope["method"] not in SAFE and not programs:
            raise Refusal(403, "a request that changes something names its Origin")
        if origin is not None and origin.lower() not in self._access.origins:
            raise Refusal(403, "requests of other sites are not answered")
        if not isinstance(route, ProtectedRoute):
            raise Refusal(403, "this address states no protection and is closed")
        key = _bearer(request) if programs else request.cookies.get(COOKIE)
        scope["lgescar.browser"] = self._access.browser(key)
        if route.protection == "cookie" and scope["lgescar.browser"] is None:
            raise Refusal(401, WAY_IN)
        return route


def _bearer(request: Request) -> str | None:
    """The key that a program names."""
    kind, _, key = request.headers.get("authorization", "").partition(" ")
    return key.strip() if kind.lower() == "bearer" else None


def _route(scope: Scope) -> BaseRoute:
    """The route of a request, as the application itself will find it."""
    partly = False
    for route in scope["app"].routes:
        match, _ = route.matches(scope)
        if match is Match.FULL:
            return cast(BaseRoute, route)
        partly = partly or match is Match.PARTIAL
    raise Refusal(405, "not this way") if partly else Refusal(404, "there is nothing here")


def _counted(receive: Receive, scope: Scope, route: ProtectedRoute) -> Receive:
    """The request's body as it streams in, up to a size.

    Raises:
        Refusal: more is announced, or comes.
    """
    most_bytes = route.most_bytes
    sentence = f"the request is larger than {most_bytes} bytes"
    announced = Request(scope).headers.get("content-length", "0")
    # MONAI Label's client repeats the length of its last upload where it sends no body at all.
    if route.programs and scope["method"] in BODILESS and announced.isdecimal():
        announced = "0"
    if not announced.isdecimal() or int(announced) > most_bytes:
        raise Refusal(413, sentence)
    taken = 0

    async def counted() -> Message:
        nonlocal taken
        message = await receive()
        taken += len(message.get("body", b""))
        if taken > most_bytes:
            raise Refusal(413, sentence)
        return message

    return counted


def _turned_down(scope: Scope, refusal: Refusal) -> Response:
    """JSON for programs, a plain page for people."""
    if scope["path"].startswith("/api/") or scope["method"] not in SAFE:
        return refused(refusal.status, refusal.sentence)
    return HTMLResponse(CLOSED_PAGE.format(refusal.sentence), refusal.status)


def _log(error: Exception) -> None:
    """Where it happened and nothing of what was sent: messages may hold what must not be stored."""
    frame = traceback.extract_tb(error.__traceback__)[-1]
    where = f"{frame.filename.rpartition('/')[2]}:{frame.lineno} in {frame.name}"
    print(f"lgescar: a bug ({type(error).__name__} at {where})", file=sys.stderr, flush=True)
