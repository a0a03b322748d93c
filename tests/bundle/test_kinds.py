"""Models of any kind by path: shown, verified, fetched, with their calibration."""

import json
import shutil
from pathlib import Path

import pytest

from lgescar.bundle import bundle_names, open_model
from lgescar.bundle.fetch import fetch_bundle
from lgescar.cli.main import main
from lgescar.core.errors import ModelError

Models = dict[str, Path]
NETWORK = {"sam": "decoder.onnx", "detector": "model.onnx", "boxed": "model.onnx"}
CARD = {"sam": "card.json", "detector": "model.json", "boxed": "model.json"}


@pytest.mark.parametrize("kind", NETWORK)
def test_show_prints_the_card_and_verify_says_whole(
    models: Models, kind: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["bundle", "show", str(models[kind])]) == 0
    assert capsys.readouterr().out == (models[kind] / CARD[kind]).read_text()
    assert main(["bundle", "verify", str(models[kind])]) == 0
    assert f"made-{kind}: whole" in capsys.readouterr().out


@pytest.mark.parametrize("kind", NETWORK)
def test_verify_finds_a_changed_network(
    models: Models, kind: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = Path(shutil.copytree(models[kind], tmp_path / "copy"))
    with (folder / NETWORK[kind]).open("ab") as file:
        file.write(b"x")
    assert main(["bundle", "verify", str(folder)]) == 5
    assert "checksum" in capsys.readouterr().err


@pytest.mark.parametrize("kind", NETWORK)
def test_a_fetched_model_is_found_by_name(
    models: Models, kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    fetch_bundle(str(models[kind]))
    assert f"made-{kind}" in bundle_names()
    assert open_model(f"made-{kind}").sha256 == open_model(models[kind]).sha256


@pytest.mark.parametrize(
    ("kind", "field", "value"),
    [
        ("sam", "temperature", 0.0),
        ("sam", "scar_cutoff", 2.0),
        ("sam", "scar_cutoff", "0.5"),
        ("boxed", "temperature", -1.0),
        ("boxed", "cutoff", float("nan")),
    ],
)
def test_a_calibration_that_means_nothing_is_refused(
    models: Models, kind: str, field: str, value: object, tmp_path: Path
) -> None:
    folder = Path(shutil.copytree(models[kind], tmp_path / "copy"))
    card = json.loads((folder / CARD[kind]).read_text())
    (folder / CARD[kind]).write_text(json.dumps({**card, field: value}))
    with pytest.raises(ModelError, match="damaged"):
        open_model(folder)


@pytest.mark.parametrize(
    ("kind", "fields"), [("sam", {"temperature", "scar_cutoff"}), ("boxed", {"temperature"})]
)
def test_a_card_from_before_calibration_is_read_as_uncalibrated(
    models: Models, kind: str, fields: set[str], tmp_path: Path
) -> None:
    folder = Path(shutil.copytree(models[kind], tmp_path / "copy"))
    card = json.loads((folder / CARD[kind]).read_text())
    (folder / CARD[kind]).write_text(
        json.dumps({key: value for key, value in card.items() if key not in fields})
    )
    opened = open_model(folder).card
    assert opened.temperature == 1.0
    assert kind != "sam" or opened.scar_cutoff == 0.5
