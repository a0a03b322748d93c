"""What may not stand in any file, and what must stand in some."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

BINARY = {".png", ".onnx", ".npz", ".gz", ".dcm", ".pt", ".bin", ".ico", ".zip"}
FORBIDDEN = {
    "a path of one machine": r"(?<![\w.~-])/(?:work|root|Users|home/\w+|opt)/[\w.]",
    "the address of a registry": r"(?i)://[^\s'\"]*(?:pypi|simple/|artifactory|devpi|nexus)",
    "an option that names a registry": r"--(?:extra-)?index-url|--find-links|--trusted-host",
    "a key or password": r"(?i)(?:api[_-]?key|secret|password|token)\s*[:=]\s*['\"][\w-]{8,}",
}


def texts(tracked: tuple[Path, ...]) -> list[tuple[Path, str]]:
    own = Path(__file__)
    readable = [p for p in tracked if p.suffix not in BINARY and p != own]
    return [(p, p.read_text("utf-8", errors="replace")) for p in readable]


@pytest.mark.parametrize("what", FORBIDDEN)
def test_no_file_holds(what: str, tracked: tuple[Path, ...]) -> None:
    pattern = re.compile(FORBIDDEN[what])
    found = [f"{p.name}: {m.group()}" for p, text in texts(tracked) for m in pattern.finditer(text)]
    assert not found


def test_the_patterns_know_what_they_look_for() -> None:
    samples = {
        "a path of one machine": "open('/" + "work/main/x')",
        "the address of a registry": "https://mirror.example/api/pypi/x",
        "an option that names a registry": "pip install --index-url x",
        "a key or password": "api_key = 'abcdefgh12345'",
    }
    for what, sample in samples.items():
        assert re.search(FORBIDDEN[what], sample), what


def test_no_file_is_larger_than_15_mb(tracked: tuple[Path, ...]) -> None:
    assert not [p.name for p in tracked if p.stat().st_size > 15e6]


def test_no_real_image_is_kept(tracked: tuple[Path, ...]) -> None:
    kinds = (".nii", ".nii.gz", ".dcm", ".mha", ".nrrd")
    assert not [p.name for p in tracked if p.name.endswith(kinds)]


def test_the_tests_mirror_the_source(root: Path) -> None:
    rooms = {p.parent.name for p in (root / "src" / "lgescar").glob("*/__init__.py")}
    tested = {p.name for p in (root / "tests").iterdir() if any(p.glob("test_*.py"))}
    assert rooms <= tested


def test_the_licence_is_apache(root: Path) -> None:
    text = (root / "LICENSE").read_text("utf-8")
    assert "Apache License" in text
    assert "APPENDIX: How to apply the Apache License to your work." in text
