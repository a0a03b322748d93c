"""The source as it is written: every module with its syntax tree and what it imports."""

from __future__ import annotations

import ast
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SOURCE = ROOT / "src"


@dataclass(frozen=True)
class Module:
    """One source file. ``imports`` are dotted names, wherever in the file they stand."""

    name: str
    path: Path
    tree: ast.Module
    imports: frozenset[str]

    @property
    def room(self) -> str:
        """First name under lgescar; empty for the package itself."""
        return [*self.name.split("."), ""][1]


def imported(tree: ast.Module, package: str) -> Iterator[str]:
    """Every dotted name an import statement could load."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            above = package.split(".")[: len(package.split(".")) - node.level + 1]
            base = ".".join([*(above if node.level else []), *([node.module] * bool(node.module))])
            if base != "lgescar":
                yield base
            yield from (f"{base}.{alias.name}" for alias in node.names)


def parsed(path: Path) -> Module:
    parts = path.relative_to(SOURCE).with_suffix("").parts
    package = ".".join(parts[:-1])
    name = package if parts[-1] == "__init__" else ".".join(parts)
    tree = ast.parse(path.read_text("utf-8"))
    return Module(name, path, tree, frozenset(imported(tree, package)))


@pytest.fixture(scope="session")
def root() -> Path:
    """The repository."""
    return ROOT


@pytest.fixture(scope="session")
def modules() -> tuple[Module, ...]:
    """Every module of the package."""
    return tuple(parsed(path) for path in sorted(SOURCE.rglob("*.py")))


@pytest.fixture(scope="session")
def tracked() -> tuple[Path, ...]:
    """Every file under version control or about to be; without git, every file that is ours."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"]
    try:
        done = subprocess.run(command, cwd=ROOT, capture_output=True, check=True)
    except (OSError, subprocess.CalledProcessError):
        own = [ROOT / name for name in ("src", "tests", "docs", "examples", "benchmarks")]
        return tuple(path for folder in own for path in folder.rglob("*") if path.is_file())
    paths = (ROOT / name for name in done.stdout.decode().split("\0") if name)
    return tuple(path for path in paths if path.is_file())
