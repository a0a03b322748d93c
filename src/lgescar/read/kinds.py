"""What a file is, by its first bytes and never by its name."""

from __future__ import annotations

import stat
from pathlib import Path
from typing import Literal

Kind = Literal["dicom", "nifti", "image", "zip", "unknown"]
_LITTLE_GROUPS = (b"\x02\x00", b"\x08\x00")


def kind_of(head: bytes) -> Kind:
    """What the first 540 bytes of a file say it is."""
    if head[128:132] == b"DICM":
        return "dicom"
    if head[:2] == b"PK":
        return "zip"
    if head[:8] == b"\x89PNG\r\n\x1a\n" or head[:4] in (b"II*\0", b"MM\0*"):
        return "image"
    sizes = (int.from_bytes(head[:4], "little"), int.from_bytes(head[:4], "big"))
    if head[:2] == b"\x1f\x8b" or 348 in sizes or 540 in sizes:
        return "nifti"
    # DICOM without its preamble: group 0002 or 0008, a small element, in either byte order.
    if len(head) > 8 and (head[:2] in _LITTLE_GROUPS or head[:2] == b"\x00\x08"):
        return "dicom"
    return "unknown"


def first_bytes(path: Path) -> bytes:
    """Up to 540 bytes of a regular file; nothing from a link, pipe, device or unreadable file."""
    try:
        if not stat.S_ISREG(path.lstat().st_mode):
            return b""
        with path.open("rb") as file:
            return file.read(540)
    except OSError:
        return b""
