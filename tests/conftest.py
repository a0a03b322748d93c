"""Fixtures that every room's tests share."""

import hashlib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from reader_pages import CHROMIUM, FLAGS

from lgescar.bundle import SamCard, SingleCard, SquareView
from lgescar.bundle.card import GRAPH, Role
from lgescar.bundle.open import write_model

DATA = Path(__file__).resolve().parents[2] / "shared" / "data"
CLIP = (1.0, 99.0)


@pytest.fixture(scope="session")
def data_dir() -> Path:
    """Folder of the development cohorts, or a skip where it is absent."""
    if not DATA.is_dir():
        pytest.skip("the development cohorts (../shared/data) are not here")
    return DATA


@pytest.fixture(scope="session")
def chromium() -> Iterator[Any]:
    """A browser; only one of them runs in a process."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=str(CHROMIUM), args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def models(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Folders of models whose answers can be told by hand, at the default bundle's scale.

    ``detector`` finds one box in the middle of the heart's frame, 16 samples wide; ``astray``
    finds that box and one away from the heart. ``boxed`` answers logit 4 inside the boxes and
    -4 outside, temperature 2, cutoff 0.6. ``sam`` answers the standardised brightness as logit.
    """
    home = tmp_path_factory.mktemp("models")
    middle, corner = (40.0, 40.0, 56.0, 56.0), (2.0, 2.0, 10.0, 10.0)
    _detector(home / "detector", 96, [middle])
    shifted = tuple(edge + (200 - 96) / 2 for edge in middle)
    _detector(home / "astray", 200, [shifted, corner])
    _boxed(home / "boxed")
    _sam(home / "sam")
    return {folder.name: folder for folder in home.iterdir()}


def _graph(
    nodes: Sequence[Any], inputs: dict[str, tuple[type, list[Any]]], outputs: dict[str, list[Any]]
) -> bytes:
    from onnx import checker, helper

    def values(of: dict[str, tuple[type, list[Any]]]) -> list[Any]:
        kinds = {name: helper.np_dtype_to_tensor_dtype(np.dtype(t)) for name, (t, _) in of.items()}
        return [helper.make_tensor_value_info(n, kinds[n], shape) for n, (_, shape) in of.items()]

    floats = {name: (np.float32, shape) for name, shape in outputs.items()}
    whole = helper.make_graph(nodes, "made", values(inputs), values(floats))
    model = helper.make_model(whole, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    checker.check_model(model)
    return bytes(model.SerializeToString())


def _constant(name: str, value: Any, kind: type = np.float32) -> Any:
    from onnx import helper, numpy_helper

    tensor = numpy_helper.from_array(np.array(value, kind))
    return helper.make_node("Constant", [], [name], value=tensor)


def _single(folder: Path, role: Role, graph: bytes, view_px: int, **more: float) -> None:
    card = SingleCard(
        name=f"made-{folder.name}",
        role=role,
        network="made",
        task="",
        licence="none",
        data={},
        scores={},
        preparation=SquareView(1.4, view_px, "heart", CLIP),
        **{"cutoff": 0.5, "overlap": 0.5, **more},
        recipe="made",
        recipe_sha256="",
        files={GRAPH: hashlib.sha256(graph).hexdigest()},
    )
    write_model(card, {GRAPH: graph}, folder)


def _detector(folder: Path, view_px: int, boxes: list[tuple[float, ...]]) -> None:
    nodes = [_constant("boxes", [boxes]), _constant("scores", [[0.75] * len(boxes)])]
    outputs = {"boxes": [1, len(boxes), 4], "scores": [1, len(boxes)]}
    image = {"image": (np.float32, [1, 1, view_px, view_px])}
    _single(folder, "detector", _graph(nodes, image, outputs), view_px)


def _boxed(folder: Path) -> None:
    from onnx import helper

    nodes = [
        _constant("eight", 8.0),
        _constant("four", 4.0),
        helper.make_node("Mul", ["boxes", "eight"], ["scaled"]),
        helper.make_node("Sub", ["scaled", "four"], ["logits"]),
    ]
    plane = (np.float32, [1, 1, 96, 96])
    graph = _graph(nodes, {"image": plane, "boxes": plane}, {"logits": [1, 1, 96, 96]})
    _single(folder, "box-segmenter", graph, 96, cutoff=0.6, temperature=2.0)


def _sam(folder: Path) -> None:
    from onnx import helper

    plane = [1, 1, 96, 96]
    encoder = [helper.make_node("Identity", ["image"], ["embedding_out"])]
    decoder = [
        _constant("axes", [2, 3], np.int64),
        _constant("zero", 0.0),
        helper.make_node("ReduceSum", ["at", "axes"], ["sums"], keepdims=1),
        helper.make_node("Mul", ["sums", "zero"], ["rows"]),
        helper.make_node("Add", ["rows", "embedding"], ["logits"]),
    ]
    asked = {
        "embedding": (np.float32, plane),
        "at": (np.float32, [1, "k", "t", 2]),
        "kinds": (np.int64, [1, "k", "t"]),
    }
    graphs = (
        _graph(encoder, {"image": (np.float32, plane)}, {"embedding_out": plane}),
        _graph(decoder, asked, {"logits": [1, "k", 96, 96]}),
    )
    files = dict(zip(SamCard.NETWORKS, graphs, strict=True))
    card = SamCard(
        name="made-sam",
        task="",
        licence="none",
        data={},
        scores={},
        frame_pixel_mm=1.4,
        frame_px=96,
        clip_percentiles=CLIP,
        checkpoint="",
        checkpoint_sha256="",
        recipe="made",
        recipe_sha256="",
        files={name: hashlib.sha256(graph).hexdigest() for name, graph in files.items()},
        temperature=1.0,
        scar_cutoff=0.6,
    )
    write_model(card, files, folder)
