import itertools
from dataclasses import replace

import numpy as np
import pytest

from lgescar.core.image import SliceGeometry
from lgescar.report.display import display_of, grey_levels

LEFT, BACK, HEAD = np.eye(3)
# Long axis (base to apex) to the left, front and feet, as in most people.
APEX = np.array([0.6, -0.6, -0.53]) / np.linalg.norm([0.6, -0.6, -0.53])
INFERIOR = -HEAD + APEX[2] * APEX
INFERIOR = INFERIOR / np.linalg.norm(INFERIOR)
LATERAL = np.cross(APEX, INFERIOR)

TURNS = list(itertools.product([False, True], [1, -1], [1, -1]))


def stored(down: np.ndarray, across: np.ndarray, turn: tuple[bool, int, int]) -> SliceGeometry:
    """The plane of two directions, stored transposed or from other corners."""
    if turn[0]:
        down, across = across, down
    down, across = turn[1] * down, turn[2] * across
    return SliceGeometry((0, 0, 0), tuple(down), tuple(across), (1.5, 1.5))


def shown(draw, geometry: SliceGeometry, **study) -> tuple[np.ndarray, np.ndarray]:
    """Patient directions to the right of and down the picture."""
    display = display_of(draw.report([draw.ring()], study={"geometry": geometry, **study}))
    corner, along_row, along_col = display.placed(np.array([[0.0, 0.0], [1.0, 0.0], [0.0, 1.0]]))
    row, col = (along_row - corner) / 1.5, (along_col - corner) / 1.5
    down, across = np.array(geometry.down), np.array(geometry.across)
    return row[0] * down + col[0] * across, row[1] * down + col[1] * across


@pytest.mark.parametrize("turn", TURNS)
def test_an_oblique_short_axis_shows_lateral_right_and_inferior_down(draw, turn) -> None:
    right, down = shown(draw, stored(INFERIOR, LATERAL, turn))

    assert LATERAL @ LEFT > 0.5  # the lateral wall lies to the patient's left
    assert right == pytest.approx(LATERAL, abs=1e-9)
    assert down == pytest.approx(INFERIOR, abs=1e-9)


@pytest.mark.parametrize("degrees", [-44, -20, 30, 44])
def test_a_tilted_stack_is_never_shown_as_its_mirror_image(draw, degrees: int) -> None:
    along, aside = np.cos(np.radians(degrees)), np.sin(np.radians(degrees))
    down, across = along * INFERIOR + aside * LATERAL, along * LATERAL - aside * INFERIOR

    pictures = [shown(draw, stored(down, across, turn)) for turn in TURNS]

    for right, foot in pictures:
        # Into the screen lies the base: the viewer stands at the apex.
        assert np.cross(right, foot) == pytest.approx(-APEX)
        assert right == pytest.approx(pictures[0][0])


@pytest.mark.parametrize("turn", TURNS)
@pytest.mark.parametrize(
    ("right", "down"), [(LEFT, BACK), (LEFT, -HEAD), (BACK, -HEAD)], ids=["axial", "cor", "sag"]
)
def test_the_three_main_planes_appear_as_everywhere_in_radiology(draw, turn, right, down) -> None:
    found = shown(draw, stored(down, right, turn))

    assert found[0] == pytest.approx(right)
    assert found[1] == pytest.approx(down)


@pytest.mark.parametrize("turn", TURNS)
def test_without_orientation_the_picture_is_as_stored(draw, turn) -> None:
    geometry = stored(BACK, LEFT, turn)

    right, down = shown(draw, geometry, oriented=False)

    assert right == pytest.approx(geometry.across)
    assert down == pytest.approx(geometry.down)


@pytest.mark.parametrize("turn", TURNS)
def test_pixels_and_lines_turn_together(draw, turn) -> None:
    codes = draw.ring()
    display = display_of(draw.report([codes], study={"geometry": stored(BACK, LEFT, turn)}))
    plane = np.zeros(codes.shape)
    plane[7, 20] = 1.0

    (row, col) = np.argwhere(display.turned(plane))[0]
    x, y = display.placed(np.array([[7.5, 20.5]]))[0]

    assert (x, y) == pytest.approx(((col + 0.5) * 1.5, (row + 0.5) * 1.5))


def test_letters_name_the_sides_of_the_patient(draw) -> None:
    axial = display_of(draw.report([draw.ring()]))
    oblique = display_of(
        draw.report([draw.ring()], study={"geometry": stored(INFERIOR, LATERAL, TURNS[0])})
    )
    unknown = display_of(draw.report([draw.ring()], study={"oriented": False}))

    assert axial.letters == ("R", "L", "A", "P")
    assert oblique.letters is not None
    assert oblique.letters[0][0] in "RA"
    assert oblique.letters[1][0] in "LP"
    assert (oblique.letters[2][0], oblique.letters[3][0]) == ("H", "F")
    assert unknown.letters is None


def test_the_part_shown_is_square_in_millimetres_and_holds_the_heart(draw) -> None:
    geometry = replace(draw.axial, spacing_mm=(1.0, 2.0))
    codes = draw.ring(8)
    display = display_of(draw.report([codes], study={"geometry": geometry}))

    _, _, width, height = display.frame(display.crop)

    assert width == pytest.approx(height, rel=0.1)
    assert display.crop.cut(codes).astype(bool).sum() == codes.astype(bool).sum()
    # 28 px across are 56 mm, the larger side; with 30 % on each side 90 mm.
    assert width == pytest.approx(56 * 1.6, rel=0.05)


def test_all_of_a_slice_without_outlines_is_shown(draw) -> None:
    display = display_of(draw.report([draw.ring() * 0]))

    assert display.crop == display.whole


def test_a_heart_at_the_border_is_shown_within_the_image(draw) -> None:
    codes = np.roll(draw.ring(), (-22, -32), (0, 1))
    crop = display_of(draw.report([codes])).crop

    assert (crop.top, crop.left) == (0, 0)
    assert crop.bottom <= 80
    assert crop.right <= 96


def test_fat_outside_the_heart_does_not_dim_it(draw) -> None:
    report = draw.report([draw.ring()])
    image = report.study.slices[0]
    pixels = image.pixels.copy()
    pixels[:, :8] = 5000.0
    display = display_of(report)

    greys = grey_levels(replace(image, pixels=pixels), display, display.whole)

    assert greys[report.labels[0].scar].max() > 200


def test_a_flat_image_is_black(draw) -> None:
    report = draw.report([draw.ring()])
    image = report.study.slices[0]
    display = display_of(report)

    assert not grey_levels(replace(image, pixels=image.pixels * 0), display, display.crop).any()
