"""Where a number came from."""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from lgescar.core.version import VERSION


def now() -> str:
    """The present moment, ISO 8601 in UTC, to the second."""
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


@dataclass(frozen=True, slots=True)
class Provenance:
    """Version, bundle, settings and the reader's edits behind a report."""

    bundle: str
    bundle_sha256: str
    settings: dict[str, Any] = field(default_factory=dict)
    edits: int = 0
    created: str = field(default_factory=now)
    version: str = VERSION
