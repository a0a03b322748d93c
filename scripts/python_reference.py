"""Writes docs/reference/python.md from signatures and docstrings; with --check only compares."""

from __future__ import annotations

import dataclasses
import inspect
import re
from collections.abc import Callable, Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

from pages import keep_current

PAGE = Path(__file__).resolve().parents[1] / "docs" / "reference" / "python.md"

INTRODUCTION = """\
# Python

Written from the docstrings by `make docs`; do not edit.

```python
import lgescar

study = lgescar.read("STUDY")
report = lgescar.segment(study)
for note in report.notes:
    print(note.code, note.message)
print(report.quantities.scar_mass_g, report.quantities.scar_percent_of_lv)
print([int(labels.scar.sum()) for labels in report.labels])  # scar pixels a slice
lgescar.write(report, "results")
```

One slice from a prompt, as the reader in the browser does it (pixels of the slice, rows first):

```python
from lgescar.core.box import Box
from lgescar.core.prompt import Point, Prompt
from lgescar.outline.study import OutlinedStudy
from lgescar.outline.systems import open_system

outlined = OutlinedStudy(study, open_system())  # or open_system("my-sam"), open_system("5sd")
prompt = Prompt(boxes=(Box(top=90, left=60, bottom=130, right=110),), points=(Point(110, 80),))
result = outlined.answer(3, prompt)  # slice index 3; the default network takes boxes and points
print(result.labels.scar.sum(), "pixels of scar")
```

`lgescar` is typed: editors and mypy know every field. What is in `lgescar.core`, and what stands on
this page, stays where it is between versions; the rest may move. The words are those of the
[glossary](glossary.md); how quantities are computed is in [mass](../explain/mass.md).
`examples/python_api.py` is a whole script.
"""

SECTIONS: dict[str, tuple[str, ...]] = {
    "From study to report": (
        "lgescar.read", "lgescar.segment", "lgescar.measure", "lgescar.write", "lgescar.simulate",
    ),
    "A study": (
        "lgescar.core.study.Study", "lgescar.core.image.Slice", "lgescar.core.image.SliceGeometry",
        "lgescar.core.study.Note",
    ),
    "Outlines": (
        "lgescar.core.tissue.LabelMap", "lgescar.core.tissue.Tissue", "lgescar.core.box.Box",
        "lgescar.core.prompt.Point", "lgescar.core.prompt.Prompt",
    ),
    "A report": (
        "lgescar.core.report.Report", "lgescar.core.report.Quantities",
        "lgescar.core.report.SegmentScar", "lgescar.core.report.Likely",
        "lgescar.core.report.SliceResult", "lgescar.core.quality.Quality",
        "lgescar.core.provenance.Provenance",
    ),
    "Systems and prompts": (
        "lgescar.bundle.open_bundle", "lgescar.outline.systems.open_system",
        "lgescar.outline.study.OutlinedStudy", "lgescar.outline.study.Outcome",
    ),
    "Metrics": (
        "lgescar.metrics.overlap.dice", "lgescar.metrics.surface.slice_distance",
        "lgescar.metrics.surface.stack_distance_mm", "lgescar.metrics.agreement.lin_ccc",
        "lgescar.metrics.agreement.bland_altman", "lgescar.metrics.bootstrap.mean_interval",
    ),
    "Errors": ("lgescar.core.errors",),
}  # fmt: skip
"""Heading → dotted names; a module stands for its classes."""

LINE = 100

ROOMS = SECTIONS["From study to report"]


def page() -> str:
    """The whole page."""
    parts = [INTRODUCTION]
    for heading, names in SECTIONS.items():
        parts.append(f"\n## {heading}\n")
        parts += [entry for name in names for entry in entries(name)]
    return "".join(parts)


def entries(name: str) -> Iterator[str]:
    """Heading, signature and docstring of an object; of each class of a module."""
    found = resolved(name)
    if inspect.ismodule(found):
        for one in vars(found).values():
            if isinstance(one, type) and one.__module__ == found.__name__:
                yield entry(one.__name__, one)
    else:
        yield entry(name, found)


def resolved(name: str) -> Any:
    """The object of a dotted name; the function behind a room that can be called."""
    above, _, inner = name.rpartition(".")
    if name in ROOMS:
        above, inner = import_module("lgescar")._DOORS.get(inner, (above, inner))
    found = getattr(import_module(above), inner, None)
    return import_module(name) if found is None else found


def entry(name: str, found: Any) -> str:
    """One heading with what stands below it."""
    text = f"\n### {name.rpartition('.')[2] if isinstance(found, type) else name}\n\n"
    if isinstance(found, type):
        if not issubclass(found, Exception):
            text += f"`{found.__module__}.{found.__name__}`\n\n"
        text += prose(found)
        return text + fields(found) + properties(found)
    return text + f"```python\n{signature(name, found)}\n```\n\n" + prose(found)


def signature(name: str, found: Callable[..., Any]) -> str:
    """As it is called, a parameter a line where that is long."""
    parts: list[str] = []
    for parameter in inspect.signature(found).parameters.values():
        if parameter.kind is inspect.Parameter.KEYWORD_ONLY and "*" not in parts:
            parts.append("*")
        default = parameter.default
        ends = "" if default is inspect.Parameter.empty else f" = {default!r}"
        parts.append(f"{parameter.name}: {parameter.annotation}{ends}")
    gives = f" -> {inspect.signature(found).return_annotation}"
    one_line = f"{name}({', '.join(parts)}){gives}"
    if len(one_line) <= LINE:
        return one_line
    return f"{name}(\n" + "".join(f"    {part},\n" for part in parts) + f"){gives}"


def prose(found: Any) -> str:
    """The docstring as Markdown: its sections as bold words, its code as code."""
    text = inspect.getdoc(found) or ""
    text = re.sub(r"^Raises:\n", "**Raises**\n\n", text, flags=re.MULTILINE)
    text = re.sub(r"^    (\w+Error): ", r"* `\1`: ", text, flags=re.MULTILINE)
    text = re.sub(r"^ +", "  ", text, flags=re.MULTILINE)
    return text.replace("``", "`") + "\n"


def fields(found: type) -> str:
    """A dataclass's fields, or an enumeration's members, as a table."""
    if dataclasses.is_dataclass(found):
        rows = [(f.name, str(f.type).replace("|", "\\|")) for f in dataclasses.fields(found)]
        return table("field", "type", rows)
    members = getattr(found, "__members__", {})
    return table("member", "value", [(key, str(int(value))) for key, value in members.items()])


def properties(found: type) -> str:
    """What a class computes of its fields, and how else it is made."""
    rows = []
    for key, value in vars(found).items():
        behind = value.fget if isinstance(value, property) else getattr(value, "__func__", value)
        if key.startswith("_") or not inspect.isfunction(behind):
            continue
        call = "" if isinstance(value, property) else "(…)"
        first = (inspect.getdoc(behind) or "").split("\n\n")[0]
        rows.append((key + call, " ".join(first.split()).replace("``", "`")))
    return table("also", "what it gives", rows, code_right=False)


def table(left: str, right: str, rows: list[tuple[str, str]], code_right: bool = True) -> str:
    """A Markdown table; nothing where there are no rows."""
    if not rows:
        return ""
    mark = "`" if code_right else ""
    lines = [f"| `{a}` | {mark}{b}{mark} |" for a, b in rows]
    return "\n".join(["", f"| {left} | {right} |", "|---|---|", *lines, ""])


if __name__ == "__main__":
    raise SystemExit(keep_current({PAGE: page()}))
