"""What the page is told."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from lgescar.core.image import Slice, SliceGeometry
from lgescar.web.views import image_bytes, run_lengths


def test_run_lengths_go_row_by_row() -> None:
    codes = np.array([[0, 0, 1], [1, 1, 4]], np.uint8)
    assert run_lengths(codes) == [0, 2, 1, 3, 4, 1]


def test_one_tissue_is_one_run() -> None:
    assert run_lengths(np.zeros((3, 5), np.uint8)) == [0, 15]


@given(
    arrays(np.uint8, st.tuples(st.integers(1, 9), st.integers(1, 9)), elements=st.integers(0, 4))
)
def test_run_lengths_hold_the_whole_map(codes: np.ndarray) -> None:
    runs = run_lengths(codes)
    assert np.array_equal(np.repeat(runs[::2], runs[1::2]).reshape(codes.shape), codes)
    assert all(a != b for a, b in zip(runs[::2], runs[2::2], strict=False))


@pytest.mark.parametrize(
    ("pixels", "greys"),
    [
        ([[-1.0, 0.0, 1.0]], [0, 32768, 65535]),
        ([[5.0, 5.0]], [0, 0]),
        ([[0.0, 65535.0]], [0, 65535]),
    ],
)
def test_greys_span_the_slices_own_range(pixels: list[list[float]], greys: list[int]) -> None:
    place = SliceGeometry((0.0, 0.0, 0.0), (0.0, 1.0, 0.0), (1.0, 0.0, 0.0), None)
    image = Slice("1", np.array(pixels, np.float32), place)
    assert np.frombuffer(image_bytes(image), "<u2").tolist() == greys
