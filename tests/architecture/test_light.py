"""Using is light: no torch, a small install under licences that oblige nobody, a quick import."""

from __future__ import annotations

import importlib.metadata as metadata
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

HEAVY_ROOMS = {"networks", "train"}
SIZE_LIMIT_MB = 600
COPYLEFT = re.compile(r"\bA?GPL|GNU (Affero )?General Public", re.IGNORECASE)


def loaded_after(*names: str) -> set[str]:
    """Top-level modules in memory after importing ``names`` in a fresh interpreter."""
    lines = [f"import {name}" for name in names]
    code = "; ".join([*lines, "import sys", "print(*sys.modules)"])
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return {name.split(".")[0] for name in done.stdout.split()}


def pinned(lock: Path) -> dict[str, set[str]]:
    """Package → versions in a lock; one more than one where markers choose."""
    pins: dict[str, set[str]] = {}
    for name, version in re.findall(r"^([\w.-]+)==(\S+)", lock.read_text("utf-8"), re.MULTILINE):
        pins.setdefault(name, set()).add(version)
    return pins


def light_distributions(root: Path) -> list[metadata.Distribution]:
    """What the run-time lock installs on this machine."""
    found = []
    for name in pinned(root / "requirements.lock"):
        try:
            found.append(metadata.distribution(name))
        except metadata.PackageNotFoundError:
            continue
    return found


def test_no_light_module_loads_torch(modules: Any) -> None:
    light = [m.name for m in modules if m.room not in HEAVY_ROOMS | {"__main__"}]
    assert len(light) > 10
    assert not loaded_after(*light) & {"torch", "onnx", "matplotlib", "pandas"}


@pytest.mark.parametrize("name", ["lgescar", "lgescar.cli.main", "lgescar.strict"])
def test_the_doors_load_not_even_numpy(name: str) -> None:
    assert "numpy" not in loaded_after(name)


def test_the_light_lock_is_part_of_the_full_one(root: Path) -> None:
    full = pinned(root / "requirements-all.lock")
    light = pinned(root / "requirements.lock")
    assert "torch" in full
    assert "torch" not in light
    assert {name: full.get(name) for name in light} == light


def test_the_locks_hold_every_dependency_with_hashes_and_no_address(root: Path) -> None:
    direct = metadata.requires("lgescar") or []
    names = {re.split(r"[^\w.-]", line)[0].lower() for line in direct if "extra ==" not in line}
    assert names <= set(pinned(root / "requirements.lock"))
    for lock in root.glob("requirements*.lock"):
        text = lock.read_text("utf-8")
        assert "://" not in text
        for entry in re.split(r"\n(?=[\w])", text.strip()):
            assert "--hash=sha256:" in entry, f"{lock.name}: {entry[:60]}"


def test_no_light_dependency_is_copyleft(root: Path) -> None:
    for dist in light_distributions(root):
        about = dist.metadata
        stated = [about.get("License-Expression") or (about.get("License") or "").split("\n")[0]]
        stated += [c for c in about.get_all("Classifier") or [] if c.startswith("License")]
        assert any(stated), f"{dist.name} states no licence"
        assert not COPYLEFT.search(" ".join(stated)), f"{dist.name}: {stated}"


def test_the_light_install_stays_below_600_mb(root: Path) -> None:
    files = {
        Path(str(dist.locate_file(file)))
        for dist in light_distributions(root)
        for file in dist.files or []
    }
    size = sum(file.stat().st_size for file in files if file.is_file())
    assert 100e6 < size < SIZE_LIMIT_MB * 1e6
