"""The site: every page is on it, every link leads somewhere, nothing is loaded from elsewhere."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from html.parser import HTMLParser
from importlib.util import find_spec
from pathlib import Path

import pytest

GENERATED = {"reference/api.md", "project/contributing.md", "project/changes.md",
             "project/overview.md"}  # fmt: skip
"""Pages that scripts/site_hooks.py adds."""


def test_every_page_is_in_the_navigation_once(root: Path) -> None:
    listed = re.findall(r"^ +- ([\w/.-]+\.md)$", (root / "mkdocs.yml").read_text("utf-8"), re.M)
    pages = {p.relative_to(root / "docs").as_posix() for p in (root / "docs").rglob("*.md")}
    assert sorted(listed) == sorted(pages | GENERATED)


class Loads(HTMLParser):
    """Addresses that a browser loads with a page, without a click."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Pictures, scripts and styles; not links to follow."""
        given = dict(attrs)
        if tag in {"script", "img", "iframe", "source"}:
            self.found.append(given.get("src") or "")
        if tag == "link" and given.get("rel") not in {"canonical", "next", "prev"}:
            self.found.append(given.get("href") or "")


def loads(page: Path) -> Iterator[str]:
    parser = Loads()
    parser.feed(page.read_text("utf-8"))
    yield from parser.found


def test_a_page_that_loads_from_elsewhere_is_seen(tmp_path: Path) -> None:
    page = tmp_path / "page.html"
    page.write_text('<a href="https://a.example"></a><script src="//b.example/x.js"></script>')
    assert list(loads(page)) == ["//b.example/x.js"]


@pytest.mark.slow
@pytest.mark.skipif(find_spec("mkdocs") is None, reason="mkdocs comes with make site")
def test_the_site_is_built_without_a_warning_and_loads_nothing_from_elsewhere(
    root: Path, tmp_path: Path
) -> None:
    command = [sys.executable, "-m", "mkdocs", "build", "--strict", "--quiet", "-d", str(tmp_path)]
    quiet = {**os.environ, "NO_MKDOCS_2_WARNING": "1"}
    done = subprocess.run(command, cwd=root, env=quiet, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    pages = list(tmp_path.rglob("*.html"))
    assert len(pages) > len(GENERATED)
    elsewhere = {one for page in pages for one in loads(page) if re.match(r"(\w+:)?//", one)}
    assert elsewhere == set()
