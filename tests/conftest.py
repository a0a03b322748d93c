"""Fixtures that every room's tests share."""

from pathlib import Path

import pytest

DATA = Path(__file__).resolve().parents[2] / "shared" / "data"


@pytest.fixture(scope="session")
def data_dir() -> Path:
    """Folder of the development cohorts, or a skip where it is absent."""
    if not DATA.is_dir():
        pytest.skip("the development cohorts (../shared/data) are not here")
    return DATA
