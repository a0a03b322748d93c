"""Imports point down; training stays out of using; truth stays outside."""

from __future__ import annotations

import ast
import re
import sys
from graphlib import CycleError, TopologicalSorter
from pathlib import Path
from typing import Any

import pytest

FLOOR = {
    "core": 0,
    "strict": 0.5,  # on core alone, below every room
    **dict.fromkeys(("read", "prepare", "bundle", "metrics", "simulate"), 1),
    **dict.fromkeys(("outline", "measure", "report", "write", "networks"), 2),
    **dict.fromkeys(("pipeline", "reader"), 3),
    **dict.fromkeys(("train", "evaluate", "batch"), 4),
    **dict.fromkeys(("studies", "web"), 5),
    **dict.fromkeys(("cli", "__main__"), 6),
}
TRAINING = {"torch", "torchvision", "ultralytics", "transformers", "monai", "safetensors"}
KNOWS_TRUTH = {"metrics", "simulate", "train", "evaluate", "studies", "cli"}

Modules = Any


def rooms_used(module: Any) -> set[str]:
    return {name.split(".")[1] for name in module.imports if name.startswith("lgescar.")}


def test_every_room_has_a_floor(modules: Modules) -> None:
    assert {m.room for m in modules} - {""} <= set(FLOOR)


@pytest.mark.parametrize("page", ["CONTRIBUTING.md", "docs/architecture.md"])
def test_the_floors_of_the_page_are_those_of_the_source(page: str, root: Path) -> None:
    text = (root / page).read_text("utf-8").split("# Rooms and floors")[1].split("\n## ")[0]
    rows = re.findall(r"^\| ([\d.]+) \| ((?:`\w+` ?)+)", text, re.MULTILINE)
    shown = {room: float(floor) for floor, rooms in rows for room in re.findall(r"\w+", rooms)}
    there = {p.name.removesuffix(".py") for p in (root / "src" / "lgescar").glob("[a-z]*")}
    moving: set[str] = set()
    expected = {r: f for r, f in FLOOR.items() if r in there - moving}
    assert {r: f for r, f in shown.items() if r in there} == expected


def test_imports_point_down_and_rooms_of_one_floor_do_not_know_each_other(
    modules: Modules,
) -> None:
    wrong = [
        f"{m.name} uses {room}"
        for m in modules
        if m.room
        for room in sorted(rooms_used(m) - {m.room})
        if FLOOR[room] >= FLOOR[m.room] and m.room != "__main__"
    ]
    assert not wrong


def test_nobody_outside_outline_finds_a_heart(modules: Modules) -> None:
    heart = {"lgescar.outline.heart", "lgescar.outline.heart.find_heart"}
    assert not [m.name for m in modules if m.room != "outline" and m.imports & heart]


def test_no_room_uses_the_package_from_above(modules: Modules) -> None:
    assert not [m.name for m in modules if m.room and "lgescar" in m.imports]


def test_no_import_goes_in_a_circle(modules: Modules) -> None:
    names = {m.name for m in modules if m.room}
    graph = {m.name: (m.imports & names) - {m.name} for m in modules if m.room}
    packages = {m.name for m in modules if m.path.name == "__init__.py"}
    inside = {
        name: {u for u in used if not (u in packages and name.startswith(u + "."))}
        for name, used in graph.items()
    }
    circle: list[str] = []
    try:
        TopologicalSorter(inside).prepare()
    except CycleError as error:
        circle = error.args[1]
    assert not circle, " -> ".join(circle)


def test_only_networks_and_train_know_torch(modules: Modules) -> None:
    wrong = [
        f"{m.name} imports {top}"
        for m in modules
        if m.room not in {"networks", "train"}
        for top in sorted({name.split(".")[0] for name in m.imports} & TRAINING)
    ]
    assert not wrong


def test_core_knows_numpy_and_nothing_else(modules: Modules) -> None:
    allowed = {"numpy", "lgescar", *sys.stdlib_module_names}
    for m in modules:
        if m.room == "core":
            assert {name.split(".")[0] for name in m.imports} <= allowed, m.name


def test_no_reference_can_enter_on_the_way_from_study_to_report(modules: Modules) -> None:
    wrong = []
    for m in modules:
        if not m.room or m.room in KNOWS_TRUTH:
            continue
        wrong += [f"{m.name} uses {r}" for r in rooms_used(m) & {"metrics", "simulate"}]
        for node in ast.walk(m.tree):
            if isinstance(node, ast.arg) and {"reference", "truth"} & set(node.arg.split("_")):
                wrong.append(f"{m.name}: parameter {node.arg}")
    assert not wrong
