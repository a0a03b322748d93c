"""What the site adds to docs/: the pages above it, and every name of the public API."""

from __future__ import annotations

import posixpath
import re
from pathlib import Path
from typing import Any

from mkdocs.structure.files import File

ROOT = Path(__file__).resolve().parents[1]
ABOVE = {
    "README.md": "project/overview.md",
    "CONTRIBUTING.md": "project/contributing.md",
    "CHANGELOG.md": "project/changes.md",
}
"""A page beside docs/ → where it stands on the site."""

API = {
    "Study": ("lgescar.core.study", "lgescar.core.image"),
    "Outlines and prompts": ("lgescar.core.tissue", "lgescar.core.box", "lgescar.core.prompt"),
    "Report": ("lgescar.core.report", "lgescar.core.quality", "lgescar.core.provenance"),
    "Systems": ("lgescar.outline.systems", "lgescar.outline.system", "lgescar.outline.study"),
    "Measuring": ("lgescar.measure.quantities", "lgescar.measure.segments"),
    "Metrics": (
        "lgescar.metrics.overlap", "lgescar.metrics.surface", "lgescar.metrics.size",
        "lgescar.metrics.agreement", "lgescar.metrics.calibration", "lgescar.metrics.bootstrap",
    ),
    "Simulation": ("lgescar.simulate.series",),
    "Errors": ("lgescar.core.errors",),
}  # fmt: skip
"""Heading → modules whose public names are listed."""


def on_files(files: Any, config: Any) -> Any:
    """Pages that are in no file below docs/."""
    for name, place in ABOVE.items():
        text = (ROOT / name).read_text("utf-8").replace("[LICENSE](LICENSE)", "`LICENSE`")
        text = re.sub(r"\]\(docs/", "](../", text)
        for other, there in ABOVE.items():
            text = text.replace(f"]({other}", f"]({posixpath.relpath(there, 'project')}")
        files.append(File.generated(config, place, content=text))
    parts = ["# Every public name\n\nFrom the docstrings; [Python](python.md) is the short form.\n"]
    for heading, modules in API.items():
        parts.append(f"\n## {heading}\n")
        parts += [f"\n::: {module}\n" for module in modules]
    files.append(File.generated(config, "reference/api.md", content="".join(parts)))
    return files


def on_page_markdown(markdown: str, page: Any, **_: Any) -> str:
    """Links to the pages beside docs/ lead to their place on the site."""
    here = posixpath.dirname(page.file.src_uri) or "."
    if here == "project":
        return markdown
    for name, place in ABOVE.items():
        there = posixpath.relpath(place, here)
        markdown = re.sub(rf"\]\((?:\.\./)+{re.escape(name)}", f"]({there}", markdown)
    return markdown
