"""Small JSON files that name their own format."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from lgescar.core.errors import InputError


def read_known_json(path: Path, format_name: str, largest_bytes: int) -> dict[str, Any]:
    """The object stored at ``path``, whose key ``format`` is ``format_name`` (lgescar-KIND/N).

    Raises:
        InputError: the file is larger, no JSON, or of another format.
    """
    kind = format_name.removeprefix("lgescar-").partition("/")[0]
    try:
        if path.stat().st_size > largest_bytes:
            raise InputError(f"{path.name} is larger than {largest_bytes} bytes and no {kind}")
        content = json.loads(path.read_bytes())
    except (OSError, ValueError, RecursionError) as error:
        raise InputError(f"{path.name} cannot be read as JSON") from error
    if not isinstance(content, dict) or content.get("format") != format_name:
        raise InputError(f"{path.name} is no {kind}; expected JSON with format {format_name!r}")
    return content
