"""Who may talk to the server: the printed token, browsers' cookies, and the names it answers to."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections import OrderedDict
from dataclasses import dataclass, field
from threading import Lock

COOKIE = "lgescar"
MOST_BROWSERS = 1000
"""Beyond that the one that was quiet longest must log in again."""


@dataclass(slots=True)
class Browser:
    """One browser that came in; ``reader`` is who sits there, once said."""

    reader: str | None = None


@dataclass(slots=True)
class Access:
    """The keys of one running server. ``token`` is None where people log in by name."""

    origins: frozenset[str]
    token: str | None = field(default_factory=lambda: secrets.token_urlsafe(32))
    secure: bool = False
    _browsers: OrderedDict[str, Browser] = field(default_factory=OrderedDict)
    _lock: Lock = field(default_factory=Lock)

    @property
    def hosts(self) -> frozenset[str]:
        """The Host headers that are answered."""
        return frozenset(origin.partition("://")[2] for origin in self.origins)

    def opens(self, token: str) -> bool:
        """Whether that is the token, compared in constant time."""
        return self.token is not None and hmac.compare_digest(self.token.encode(), token.encode())

    def enter(self, reader: str | None = None) -> str:
        """A new browser's cookie; only its hash is stored."""
        secret = secrets.token_urlsafe(32)
        with self._lock:
            self._browsers[_hash(secret)] = Browser(reader)
            while len(self._browsers) > MOST_BROWSERS:
                self._browsers.popitem(last=False)
        return secret

    def browser(self, secret: str | None) -> Browser | None:
        """The browser of a cookie, None where it is not known."""
        if not secret:
            return None
        with self._lock:
            name = _hash(secret)
            found = self._browsers.get(name)
            if found is not None:
                self._browsers.move_to_end(name)
            return found

    def leave(self, secret: str | None) -> None:
        """Forget a cookie."""
        with self._lock:
            self._browsers.pop(_hash(secret or ""), None)


def _hash(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()
