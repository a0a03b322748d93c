"""A route and what it asks for: one without a stated protection is refused by the guard."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal

from starlette.routing import Route

Protection = Literal["open", "token", "cookie"]
"""``open`` to everyone; ``token`` by the printed address or a cookie; ``cookie`` only."""

SMALL_BYTES = 64 * 1024
"""What a request may hold where the door does not say otherwise."""


class Door(Route):
    """A path, the one method it takes, who may pass and how much they may bring.

    A door for ``programs`` asks for no Origin, which they do not name, and takes the key from the
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
