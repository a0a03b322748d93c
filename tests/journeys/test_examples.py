"""Every example runs as its first lines say."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """Folder and print-out of the demonstration."""
    out = tmp_path_factory.mktemp("demo")
    return out, printed("demo.py", str(out))


def printed(example: str, *arguments: str) -> str:
    command = [sys.executable, str(EXAMPLES / example), *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


def test_the_demonstration_prints_the_masses_its_files_hold(demo: tuple[Path, str]) -> None:
    out, said = demo
    truth = json.loads((out / "series" / "truth.json").read_text())["patients"][0]
    report = json.loads((out / "result" / truth["name"] / "report.json").read_text())
    row = next(line for line in said.splitlines() if line.startswith("scar mass")).split()
    predicted = report["quantities"]["scar_mass_g"]
    assert row == ["scar", "mass", f"{predicted:.1f}", f"{truth['scar_mass_g']:.1f}", "g"]


def test_the_demonstration_ends_with_a_page_that_exists(demo: tuple[Path, str]) -> None:
    page = Path(demo[1].splitlines()[-1].removeprefix("report: "))
    assert "<html" in page.read_text("utf-8")


def test_python_gives_what_the_command_line_gives(demo: tuple[Path, str], tmp_path: Path) -> None:
    out, _ = demo
    said = printed("python_api.py", str(out / "series" / "SIM0001"), str(tmp_path))
    again = json.loads((tmp_path / "SIM0001" / "report.json").read_text())
    first = json.loads((out / "result" / "SIM0001" / "report.json").read_text())
    assert again["quantities"] == first["quantities"]
    assert f"scar: {first['quantities']['scar_mass_g']:.1f} g" in said
