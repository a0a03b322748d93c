"""Pages that the code writes: kept current, or with --check only compared."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path


def keep_current(pages: Mapping[Path, str]) -> int:
    """Write the pages that differ; with --check name them instead, and 1 if there are any."""
    stale = [p for p, text in pages.items() if not p.is_file() or p.read_text("utf-8") != text]
    if "--check" in sys.argv[1:]:
        for page in stale:
            print(f"{page.name} is not current: run make docs")
        return int(bool(stale))
    for page in stale:
        page.write_text(pages[page], "utf-8")
        print(f"wrote {page.name}")
    return 0
