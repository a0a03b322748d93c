"""Small files, short functions, few parameters."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from statistics import median
from typing import Any

FILE_LINES, CLI_LINES, MEDIAN_LINES, FUNCTION_LINES, PARAMETERS = 400, 120, 150, 50, 6
VAGUE = {"get", "compute", "process", "manager", "helper", "helpers", "util", "utils", "info"}

Function = ast.FunctionDef | ast.AsyncFunctionDef


def functions(module: Any) -> Iterator[Function]:
    return (n for n in ast.walk(module.tree) if isinstance(n, Function))


def parameters(function: Function) -> int:
    named = [*function.args.posonlyargs, *function.args.args, *function.args.kwonlyargs]
    return len([a for a in named if a.arg not in {"self", "cls"}])


def lines(module: Any) -> int:
    return len(module.path.read_text("utf-8").splitlines())


def test_no_file_is_longer_than_400_lines(modules: Any) -> None:
    assert not [f"{m.name}: {lines(m)}" for m in modules if lines(m) > FILE_LINES]


def test_no_file_of_the_command_line_is_longer_than_120_lines(modules: Any) -> None:
    assert not [
        f"{m.name}: {lines(m)}" for m in modules if m.room == "cli" and lines(m) > CLI_LINES
    ]


def test_half_the_files_are_150_lines_or_less(modules: Any) -> None:
    assert median(lines(m) for m in modules) <= MEDIAN_LINES


def test_no_function_is_longer_than_50_lines(modules: Any) -> None:
    long = [
        f"{m.name}.{f.name}: {(f.end_lineno or 0) - f.lineno + 1}"
        for m in modules
        for f in functions(m)
        if (f.end_lineno or 0) - f.lineno + 1 > FUNCTION_LINES
    ]
    assert not long


def test_no_public_function_has_more_than_6_parameters(modules: Any) -> None:
    wide = [
        f"{m.name}.{f.name}: {parameters(f)}"
        for m in modules
        for f in functions(m)
        if not f.name.startswith("_") and parameters(f) > PARAMETERS
    ]
    assert not wide


def test_no_name_is_vague(modules: Any) -> None:
    vague = [
        f"{m.name}.{n.name}"
        for m in modules
        for n in ast.walk(m.tree)
        if isinstance(n, (ast.FunctionDef, ast.ClassDef)) and VAGUE & set(n.name.lower().split("_"))
    ]
    vague += [m.name for m in modules if VAGUE & set(m.name.replace("_", ".").split("."))]
    assert not vague
