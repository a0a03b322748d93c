import json
import shutil
from pathlib import Path

import pytest

from lgescar.bundle import bundle_names, open_bundle
from lgescar.bundle.fetch import fetch_bundle
from lgescar.bundle.open import EMBEDDED
from lgescar.core.errors import ModelError


@pytest.fixture
def mine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A bundle named ``mine`` in a folder, and a home of its own for fetched bundles."""
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "home"))
    folder = Path(shutil.copytree(EMBEDDED / "default", tmp_path / "mine"))
    card = json.loads((folder / "card.json").read_text())
    (folder / "card.json").write_text(json.dumps({**card, "name": "mine"}))
    return folder


def test_a_folder_is_fetched_and_found_by_name(mine: Path) -> None:
    fetch_bundle(str(mine))
    assert "mine" in bundle_names()
    assert open_bundle("mine").card.name == "mine"


def test_a_zip_is_fetched_and_replaces_an_older_one(mine: Path, tmp_path: Path) -> None:
    fetch_bundle(str(mine))
    archive = shutil.make_archive(str(tmp_path / "packed"), "zip", mine.parent, "mine")
    assert fetch_bundle(archive).name == "mine"
    assert open_bundle("mine").card.name == "mine"


def test_a_damaged_bundle_is_refused_and_leaves_nothing(mine: Path) -> None:
    (mine / "encoder.onnx").write_bytes(b"no graph")
    with pytest.raises(ModelError, match="checksum"):
        fetch_bundle(str(mine))
    assert "mine" not in bundle_names()


def test_an_embedded_name_is_not_taken_over(mine: Path) -> None:
    card = json.loads((mine / "card.json").read_text())
    (mine / "card.json").write_text(json.dumps({**card, "name": "default"}))
    with pytest.raises(ModelError, match="embedded"):
        fetch_bundle(str(mine))


@pytest.mark.parametrize("source", ["http://127.0.0.1:9/x.zip", "no/such/place", "ftp://x/y"])
def test_an_unusable_source_is_refused(mine: Path, source: str) -> None:
    with pytest.raises(ModelError):
        fetch_bundle(source)


def test_a_name_that_climbs_out_is_refused(mine: Path) -> None:
    card = json.loads((mine / "card.json").read_text())
    (mine / "card.json").write_text(json.dumps({**card, "name": "../evil"}))
    with pytest.raises(ModelError, match="name"):
        fetch_bundle(str(mine))
