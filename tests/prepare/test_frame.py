import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lgescar.core.box import Box
from lgescar.core.errors import GeometryError
from lgescar.prepare.frame import Frame

STEPS = st.floats(0.3, 4.0)


def ramp(rows: int, cols: int) -> np.ndarray:
    """Brightness that equals 2 x row + 3 x col at pixel centres, edges counted from 0."""
    return (2.0 * (np.arange(rows)[:, None] + 0.5) + 3.0 * (np.arange(cols)[None, :] + 0.5)).astype(
        np.float32
    )


@given(STEPS, STEPS, st.floats(-20, 80), st.floats(-20, 80))
def test_a_box_comes_back_from_the_frame_unchanged(
    down: float, across: float, row: float, col: float
) -> None:
    frame = Frame((60, 50), (row, col), (down, across), 32)
    box = Box(3.0, 4.5, 20.25, 31.0, 0.5)
    back = frame.box_to_slice(frame.box_to_frame(box))
    assert (back.top, back.left, back.bottom, back.right) == pytest.approx(
        (box.top, box.left, box.bottom, box.right), abs=1e-9
    )
    assert back.score == box.score


@pytest.mark.parametrize("step", [(0.5, 0.5), (1.0, 1.0), (1.5, 2.5)])
def test_a_ramp_is_sampled_where_the_frame_says(step: tuple[float, float]) -> None:
    frame = Frame((100, 90), (50.3, 44.1), step, 16)
    seen = frame.sample(ramp(100, 90))
    rows = 50.3 + (np.arange(16) + 0.5 - 8) * step[0]
    cols = 44.1 + (np.arange(16) + 0.5 - 8) * step[1]
    # A triangle filter is exact on a ramp only where its taps are balanced: within half a tap.
    expected = 2.0 * rows[:, None] + 3.0 * cols[None, :]
    assert np.abs(seen - expected).max() < (1e-3 if step[0] <= 1 else 0.4)


def test_samples_put_back_are_the_ramp_again_inside_and_fill_outside() -> None:
    frame = Frame((60, 60), (30.0, 30.0), (1.4, 1.4), 20)
    rows = 30.0 + (np.arange(20) + 0.5 - 10) * 1.4
    samples = (2.0 * rows[:, None] + 3.0 * rows[None, :]).astype(np.float32)
    back = frame.restore(samples, fill=-7.0)
    middle = slice(18, 42)
    assert np.allclose(back[middle, middle], ramp(60, 60)[middle, middle], atol=1e-3)
    assert (back[:15] == -7.0).all()


def test_a_mirrored_slice_gives_mirrored_samples() -> None:
    image = np.random.default_rng(1).normal(size=(41, 57)).astype(np.float32)
    frame = Frame((41, 57), (20.2, 30.7), (1.3, 0.9), 24)
    mirrored = Frame((41, 57), (20.2, 57 - 30.7), (1.3, 0.9), 24)
    assert np.allclose(mirrored.sample(image[:, ::-1]), frame.sample(image)[:, ::-1], atol=1e-5)


def test_coarse_samples_average_rather_than_skip_pixels() -> None:
    stripes = np.tile(np.array([0.0, 1.0], np.float32), (40, 20))
    seen = Frame((40, 40), (20.0, 20.0), (4.0, 4.0), 8).sample(stripes)
    assert np.abs(seen - 0.5).max() < 0.05


def test_inside_marks_what_lies_over_the_slice() -> None:
    inside = Frame((10, 10), (0.0, 5.0), (1.0, 1.0), 8).inside()
    assert inside[:4].sum() == 0
    assert inside[4:].all()


def test_a_frame_with_a_step_of_zero_is_refused() -> None:
    with pytest.raises(GeometryError):
        Frame((10, 10), (5.0, 5.0), (0.0, 1.0), 8)


@pytest.mark.parametrize(
    ("box", "seen"),
    [
        (Box(40.0, 40.0, 50.0, 50.0), True),
        (Box(24.0, 40.0, 30.5, 50.0), True),  # the frame begins at row 30
        (Box(24.0, 40.0, 30.0, 50.0), False),
        (Box(70.0, 40.0, 75.0, 50.0), False),  # and ends at row 70
        (Box(40.0, 71.0, 50.0, 79.0), False),  # seen by the frame, which passes the slice's side
    ],
)
def test_a_box_is_seen_where_it_touches_frame_and_slice(box: Box, seen: bool) -> None:
    """20 samples of 2 pixels, centred on (50, 60): rows 30 to 70, columns 40 to 80."""
    assert Frame((100, 71), (50.0, 60.0), (2.0, 2.0), 20).sees(box) is seen


def test_a_rescaled_frame_keeps_its_centre_unless_it_lies_over_the_slice() -> None:
    frame = Frame((100, 80), (30.0, 20.0), (2.0, 1.0), 96)
    assert frame.rescaled(1.5, 64) == Frame((100, 80), (30.0, 20.0), (3.0, 1.5), 64)
    assert frame.rescaled(0.5, 64, on_slice=True) == Frame((100, 80), (50.0, 40.0), (1.0, 0.5), 64)
