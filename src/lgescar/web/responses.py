"""What the server says: JSON, and refusals of one sentence."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from lgescar.core.errors import ConflictError, LgescarError, UsageError

MIB = 2**20


class Refusal(Exception):
    """A request that is turned down with an HTTP ``status`` and one sentence."""

    def __init__(self, status: int, sentence: str) -> None:
        super().__init__(sentence)
        self.status = status
        self.sentence = sentence


def refused(status: int, sentence: str, **more: Any) -> JSONResponse:
    """A refusal as JSON."""
    return JSONResponse({"error": " ".join(sentence.split()), **more}, status)


async def on_refusal(_: Request, error: Exception) -> Response:
    """A refusal of a route."""
    assert isinstance(error, Refusal)
    return refused(error.status, error.sentence)


async def on_error(_: Request, error: Exception) -> Response:
    """What lgescar raises on purpose: the input, the event or the prompt is at fault."""
    if isinstance(error, ConflictError):
        return refused(409, str(error))
    wrong = isinstance(error, LgescarError) and error.exit_code != LgescarError.exit_code
    return refused(400 if wrong else 500, str(error) if wrong else "a bug of lgescar")


async def json_body(request: Request, fields: Mapping[str, type | tuple[type, ...]]) -> Any:
    """The JSON object of a request, its fields exactly those and of those types.

    Raises:
        Refusal: another content type, no JSON, or other fields.
    """
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != "application/json":
        raise Refusal(400, "send the request as application/json")
    try:
        content = json.loads(await request.body())
    except (ValueError, RecursionError) as error:
        raise Refusal(400, "the request is no JSON") from error
    if not isinstance(content, dict) or not set(content) <= set(fields):
        raise Refusal(400, f"the request is a JSON object with {', '.join(fields)}")
    for name, wanted in fields.items():
        if isinstance(content.get(name), bool) or not isinstance(content.get(name), wanted):
            raise Refusal(400, f"the request lacks {name}, or it is of another type")
    return content


def whole(text: str, what: str) -> int:
    """A whole number of an address.

    Raises:
        UsageError: it is none.
    """
    if not (text.isascii() and text.isdecimal() and len(text) < 10):
        raise UsageError(f"{what} is a whole number")
    return int(text)
