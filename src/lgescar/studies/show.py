"""How every study is shown: a page of sentences and tables, its files, and where they come from."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from lgescar.evaluate.table import Section, as_markdown
from lgescar.evaluate.tables import record_text, write_files

PICTURE, PAGE, RECORD = "study.png", "study.md", "study.json"


def page(
    words: tuple[str, str, str],
    sentences: Iterable[str],
    pictures: Mapping[str, str],
    sections: Sequence[Section],
    origin: tuple[Mapping[str, Any], str],
) -> str:
    """The whole study for people.

    ``words`` are title, question and rule, the last two possibly empty; ``pictures`` are files by
    their description; ``origin`` is the record and what else to say of where the numbers come from.
    """
    title, question, rule = words
    record, more = origin
    about = record["machine"]
    lines = [f"# {title}", "", *([question, ""] if question else []), "## What came out", ""]
    lines += [*(f"* {one}" for one in sentences), "", *([rule, ""] if rule else [])]
    for meaning, file in pictures.items():
        lines += [f"![{meaning}]({file})", ""]
    lines += [as_markdown(sections), "## Where it comes from", "", f"`{record['command']}`", ""]
    lines += [
        f"Version {record['version']}, {about['processor']}, {about['cores']} cores, Python "
        f"{about['python']}. {more}",
        "",
    ]
    return "\n".join(lines)


def write_study(
    out: Path, record: Mapping[str, Any], text: str, more: Mapping[str, str] | None = None
) -> None:
    """``study.json``, ``study.md`` and ``more`` texts by file name in ``out``."""
    write_files(out, {RECORD: record_text(record), PAGE: text, **(more or {})})
