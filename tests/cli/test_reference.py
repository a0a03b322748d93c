"""Pages written by the code say what the code says."""

import subprocess
import sys
from pathlib import Path

import pytest

SCRIPTS = Path(__file__).resolve().parents[2] / "scripts"


@pytest.mark.parametrize(
    "script",
    ["cli_reference.py", "python_reference.py", "recipe_reference.py", "results_tables.py"],
)
def test_the_page_is_current(script: str) -> None:
    command = [sys.executable, str(SCRIPTS / script), "--check"]
    assert subprocess.run(command, check=False).returncode == 0, "run make docs"
