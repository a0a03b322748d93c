"""Detectors as ONNX graphs that say what they were built to say."""

import dataclasses
import hashlib
import json
from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

from lgescar.bundle import SingleCard, SingleModel, SquareView, open_model
from lgescar.bundle.card import GRAPH
from lgescar.core.box import Box
from lgescar.core.errors import ModelError
from lgescar.core.image import Slice, SliceGeometry
from lgescar.outline.detector import detect, without_doubles
from lgescar.outline.heart import Place
from lgescar.prepare.frame import Frame
from lgescar.prepare.polar import PolarGrid

PREPARED = SquareView(2.0, 32, "slice", (1.0, 99.0))


def place_on(
    shape: tuple[int, int], centre: tuple[float, float], step: tuple[float, float]
) -> Place:
    """A heart whose frame has samples of 1.4 mm, ``step`` pixels apart."""
    return Place(Frame(shape, centre, step, 96), PolarGrid(shape, centre, (9.0, 9.0), 8, 4), 1.4)


def graph(boxes: list[list[float]], scores: list[float]) -> bytes:
    """A graph that answers any picture with the same boxes."""
    made = {
        "boxes": np.array([boxes], np.float32),
        "scores": np.array([scores], np.float32),
    }
    nodes = [
        helper.make_node("Constant", [], [name], value=numpy_helper.from_array(value))
        for name, value in made.items()
    ]
    image = helper.make_tensor_value_info("image", TensorProto.FLOAT, [1, 1, 32, 32])
    outputs = [
        helper.make_tensor_value_info(name, TensorProto.FLOAT, list(value.shape))
        for name, value in made.items()
    ]
    whole = helper.make_graph(nodes, "boxes", [image], outputs)
    model = helper.make_model(whole, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    onnx.checker.check_model(model)
    return bytes(model.SerializeToString())


def card(payload: bytes) -> SingleCard:
    digest = hashlib.sha256(payload).hexdigest()
    return SingleCard(
        name="made",
        role="detector",
        network="centres",
        task="",
        licence="Apache-2.0",
        data={},
        scores={},
        preparation=PREPARED,
        cutoff=0.5,
        overlap=0.5,
        recipe="made",
        recipe_sha256="",
        files={GRAPH: digest},
    )


def slice_of(rows: int, cols: int) -> Slice:
    place = SliceGeometry((0.0, 0.0, 0.0), (0.0, 1.0, 0.0), (1.0, 0.0, 0.0), (1.0, 1.0))
    return Slice("1", np.arange(rows * cols, dtype=np.float32).reshape(rows, cols), place)


def test_boxes_come_back_on_the_pixels_of_the_slice() -> None:
    payload = graph([[10.0, 8.0, 20.0, 12.0]], [0.75])
    # 32 samples of 2 mm, that is 2 pixels, centred on (40, 50): sample edge r is 40 + 2 (r - 16)
    place = place_on((80, 100), (11.0, 12.0), (1.4, 1.4))
    found = detect(SingleModel(card(payload), "", {GRAPH: payload}), slice_of(80, 100), place)
    assert [dataclasses.astuple(b) for b in found] == [
        pytest.approx((28.0, 34.0, 48.0, 42.0, 0.75))
    ]


def test_weak_boxes_doubles_and_slivers_are_dropped_and_the_best_comes_first() -> None:
    boxes = [
        [10.0, 10.0, 20.0, 20.0],
        [11.0, 10.0, 21.0, 20.0],  # shares 90 of 110 with the first
        [1.0, 1.0, 5.0, 5.0],
        [5.0, 5.0, 9.0, 9.0],  # below the cutoff
        [3.0, -9.0, 9.0, 0.5],  # half a pixel inside the view
    ]
    payload = graph(boxes, [0.8, 0.7, 0.9, 0.4, 0.95])
    model = SingleModel(card(payload), "", {GRAPH: payload})
    place = place_on((32, 32), (16.0, 16.0), (0.7, 0.7))  # 2 mm are a pixel
    found = detect(model, slice_of(32, 32), place)
    assert [(round(b.top, 6), round(b.score or 0, 3)) for b in found] == [(1.0, 0.9), (10.0, 0.8)]
    weaker = detect(model, slice_of(32, 32), place, lowest=0.3)
    assert [round(b.score or 0, 3) for b in weaker] == [0.9, 0.8, 0.4]


def test_boxes_that_share_just_the_allowed_part_stay() -> None:
    one, other = Box(0, 0, 10, 10, 0.9), Box(0, 0, 10, 20, 0.8)
    assert without_doubles([one, other], 0.5) == [one, other]
    assert without_doubles([one, other], 0.49) == [one]


@pytest.mark.parametrize(("placed", "centre"), [("slice", (50.0, 60.0)), ("heart", (30.0, 40.0))])
def test_the_frame_lies_where_the_card_says_at_the_scale_of_the_heart(
    placed: str, centre: tuple[float, float]
) -> None:
    place = place_on((100, 120), (30.0, 40.0), (0.7, 1.4))
    frame = place.view(2.0, 32, on_slice=placed == "slice")
    assert frame.centre == centre
    assert frame.step == pytest.approx((1.0, 2.0))
    assert frame.size == 32


def test_a_damaged_missing_or_foreign_detector_is_refused(tmp_path: Path) -> None:
    payload = graph([[1.0, 1.0, 5.0, 5.0]], [0.9])
    with pytest.raises(ModelError, match="no bundle"):
        open_model(tmp_path)
    (tmp_path / SingleCard.FILE).write_text(card(payload).to_json())
    (tmp_path / GRAPH).write_bytes(payload)
    assert open_model(tmp_path).card == card(payload)
    (tmp_path / GRAPH).write_bytes(payload[:-1])
    with pytest.raises(ModelError, match="checksum"):
        open_model(tmp_path)
    (tmp_path / GRAPH).write_bytes(payload)
    foreign = {**json.loads(card(payload).to_json()), "format": "other"}
    (tmp_path / SingleCard.FILE).write_text(json.dumps(foreign))
    with pytest.raises(ModelError, match="format"):
        open_model(tmp_path)
