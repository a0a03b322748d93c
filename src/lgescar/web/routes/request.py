"""What every route takes from a request: the service, the browser and its reader."""

from __future__ import annotations

from collections.abc import Callable
from typing import cast

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from lgescar.web.access import Access, Browser
from lgescar.web.responses import Refusal
from lgescar.web.service import WebReaderService
from lgescar.web.views import Json


def service(request: Request) -> WebReaderService:
    """What is open here."""
    return cast(WebReaderService, request.app.state.service)


def access(request: Request) -> Access:
    """The keys of this server."""
    return cast(Access, request.app.state.access)


def browser(request: Request) -> Browser:
    """The browser that sent the request."""
    return cast(Browser, request.scope["lgescar.browser"])


def reader(request: Request) -> str:
    """The reader at the browser.

    Raises:
        Refusal: nobody has said who reads.
    """
    name = browser(request).reader
    if name is None:
        raise Refusal(400, "say who reads first")
    return name


def session_id(request: Request) -> str:
    """The session of the address."""
    return str(request.path_params["session"])


async def responded(work: Callable[[], Json]) -> Response:
    """The JSON of ``work``, which runs in a thread so that the others need not wait."""
    return JSONResponse(await run_in_threadpool(work))
