import json
import shutil
from pathlib import Path

import numpy as np
import pytest

from lgescar.bundle import bundle_names, open_bundle
from lgescar.bundle.open import EMBEDDED
from lgescar.core.errors import ModelError


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    return Path(shutil.copytree(EMBEDDED / "default", tmp_path / "copy"))


@pytest.mark.parametrize("name", ["default", "simulated"])
def test_the_embedded_bundles_are_whole(name: str) -> None:
    assert name in bundle_names()
    bundle = open_bundle(EMBEDDED / name)
    card = bundle.card
    assert card.name == name
    assert card.classes == ("background", "blood_pool", "viable", "scar", "mvo")
    assert len(bundle.sha256) == 64
    assert sum(map(len, bundle.networks.values())) < 15_000_000


def test_the_free_bundle_was_trained_on_no_patient() -> None:
    card = open_bundle(EMBEDDED / "simulated").card
    assert card.licence.startswith("Apache-2.0")
    assert (set(card.data["cohorts"]), card.data["labels_sha256"]) == ({"simulated"}, [])


def test_one_flipped_bit_in_any_network_is_refused(copy: Path) -> None:
    for path in copy.glob("*.onnx"):
        whole = path.read_bytes()
        path.write_bytes(whole[:1000] + bytes([whole[1000] ^ 1]) + whole[1001:])
        with pytest.raises(ModelError, match="checksum"):
            open_bundle(copy)
        path.write_bytes(whole)
    assert open_bundle(copy).card.name == "default"


def test_a_missing_network_is_refused(copy: Path) -> None:
    (copy / "decoder.onnx").unlink()
    with pytest.raises(ModelError, match="missing"):
        open_bundle(copy)


@pytest.mark.parametrize(
    "change",
    [
        {"format": "lgescar-bundle/9"},
        {"format": 3},
        {"preparation": None},
        {"files": {"other.onnx": "00"}},
        {"surprise": 1},
    ],
)
def test_a_card_of_another_kind_is_refused(copy: Path, change: dict[str, object]) -> None:
    card = json.loads((copy / "card.json").read_text())
    (copy / "card.json").write_text(json.dumps({**card, **change}))
    with pytest.raises(ModelError):
        open_bundle(copy)


@pytest.mark.parametrize(
    "text", [b"", b"{", b"[]", b"\xff\xfe", b"null", b"[" * 100_000], ids=range(6)
)
def test_a_damaged_card_is_refused(copy: Path, text: bytes) -> None:
    (copy / "card.json").write_bytes(text)
    with pytest.raises(ModelError):
        open_bundle(copy)


def test_a_graph_that_is_not_ours_is_refused_even_with_a_right_checksum(copy: Path) -> None:
    import hashlib

    card = json.loads((copy / "card.json").read_text())
    shutil.copyfile(copy / "localizer.onnx", copy / "decoder.onnx")
    card["files"]["decoder.onnx"] = hashlib.sha256((copy / "decoder.onnx").read_bytes()).hexdigest()
    (copy / "card.json").write_text(json.dumps(card))
    bundle = open_bundle(copy)
    with pytest.raises(ModelError, match="expected"):
        bundle.decode(*(np.zeros((1, 1, 16, 16), np.float32),) * 3)


def test_an_unknown_name_says_which_bundles_there_are() -> None:
    with pytest.raises(ModelError, match="default"):
        open_bundle("no-such-bundle")


def test_a_batch_of_two_equals_two_batches_of_one() -> None:
    bundle = open_bundle()
    prepared = bundle.card.preparation
    shape = (2, 1, prepared.angles, prepared.radii)
    images = np.random.default_rng(0).normal(size=shape).astype(np.float32)
    together = bundle.encode(images)
    apart = [bundle.encode(images[i : i + 1]) for i in range(2)]
    for part in range(2):
        assert np.allclose(together[part][1], apart[1][part][0], atol=1e-4)
