"""A bundle is not evaluated on its training patients."""

import json
import shutil
from pathlib import Path

import pytest

from lgescar.bundle import open_bundle
from lgescar.bundle.open import bundle_folder
from lgescar.core.errors import UsageError
from lgescar.evaluate.known import refuse_known
from lgescar.read.splits import Split
from lgescar.studies.material import Material
from lgescar.studies.request import Request


@pytest.fixture
def trained(tmp_path: Path) -> Path:
    """The default bundle with a card that names its training patients."""
    folder = Path(shutil.copytree(bundle_folder("default"), tmp_path / "trained"))
    card = json.loads((folder / "card.json").read_text())
    card["data"]["labels_sha256"] = ["a" * 64, "b" * 64]
    (folder / "card.json").write_text(json.dumps(card))
    return folder


def test_a_bundle_is_refused_where_it_was_trained_on_an_evaluated_patient(trained: Path) -> None:
    bundle = open_bundle(trained)
    refuse_known(bundle, ["c" * 64, ""], "--bundle")
    with pytest.raises(UsageError, match=r"trained on 1 of the patients to eval.*give --bundle"):
        refuse_known(bundle, ["c" * 64, "a" * 64], "--bundle")


def test_a_study_takes_another_bundle_to_find_the_heart(trained: Path, tmp_path: Path) -> None:
    parts: dict[str, tuple[str, ...]] = {"validation": ("one/x",)}
    material = Material((), Split(1, parts, {"one/x": "b" * 64}))
    request = Request(None, (), tmp_path, "", finder=trained)
    with pytest.raises(UsageError, match="give --finder"):
        request.open_finder(material, "validation")
    assert Request(None, (), tmp_path, "").open_finder(material, "validation").card.name
