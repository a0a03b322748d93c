"""Who reads here, and what there is to read with."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

from lgescar.core.version import VERSION
from lgescar.outline.threshold import THRESHOLDS
from lgescar.web.answers import Refusal, json_body
from lgescar.web.routes.asked import access, answered, browser, desk
from lgescar.web.views import Json


async def me(request: Request) -> Response:
    """The reader at this browser, those known, the rules and the bundle."""
    return await answered(lambda: _me(request))


async def name_reader(request: Request) -> Response:
    """Say who reads at this browser; a new name becomes known."""
    content = await json_body(request, {"reader": str})

    def named() -> Json:
        name = content["reader"]
        if access(request).token is None and name != browser(request).reader:
            raise Refusal(403, "log in as the other reader to read under that name")
        browser(request).reader = desk(request).store.add_reader(name)
        return _me(request)

    return await answered(named)


def _me(request: Request) -> Json:
    return {
        "reader": browser(request).reader,
        "readers": list(desk(request).store.readers()),
        "version": VERSION,
        "rules": list(THRESHOLDS),
        "bundle": desk(request).bundle.card.name,
    }
