"""Names that are safe in folders, pages and logs."""

from __future__ import annotations

import re
import unicodedata
from pathlib import Path

_ENDINGS = re.compile(r"(\.nii\.gz|\.nii|\.gz|\.dcm|\.ima|\.zip|\.png|\.tiff?|\.json)$", re.I)
_LITTER = {"thumbs.db", "desktop.ini", "dicomdir", "__macosx", "lockfile"}


def plain(text: str) -> str:
    """``text`` in letters and digits of any script and . _ - only, at most 80 of them.

    Letters keep their script: names in Chinese must not all become the same one.
    """
    return re.sub(r"[^\w.-]+", "_", unicodedata.normalize("NFC", text)).strip("._-")[:80]


def study_name(path: Path) -> str:
    """The stem of a file or the name of a folder, made plain; never taken from a header."""
    name = path.name if path.name not in ("", "..") else path.resolve().name
    return plain(_ENDINGS.sub("", name)) or "study"


def is_litter(path: Path) -> bool:
    """True for what operating systems and CD exports leave beside images."""
    return path.name.startswith(".") or path.name.lower() in _LITTER


def natural_key(name: str) -> list[tuple[int, int, str]]:
    """Sorts img2 before img10."""
    parts = re.split(r"([0-9]+)", name)
    return [(0, int(p), "") if p.isdecimal() else (1, 0, p.casefold()) for p in parts if p]


def safe_uid(text: object) -> str | None:
    """A DICOM UID as it is, or None for anything that is not one."""
    uid = str(text or "").strip()
    return uid if re.fullmatch(r"[0-9]+(\.[0-9]+)*", uid) and len(uid) <= 64 else None
