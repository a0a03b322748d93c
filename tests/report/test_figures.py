import io
from dataclasses import replace

import numpy as np
import pytest
from PIL import Image

from lgescar.report import overlays
from lgescar.report.display import display_of
from lgescar.report.figures import overlay_png
from lgescar.report.outlines import SCAR


def opened(content: bytes) -> Image.Image:
    return Image.open(io.BytesIO(content))


def near(pixels: np.ndarray, colour: str) -> np.ndarray:
    wanted = [int(colour[i : i + 2], 16) for i in (1, 3, 5)]
    return np.abs(pixels.astype(int) - wanted).sum(axis=2) < 60


def test_every_slice_has_a_picture_named_by_its_index(heart) -> None:
    report = replace(heart, study=replace(heart.study, indices=(9, 7, 5, 3, 1)))

    assert list(overlays(report)) == [f"slice-00{i}.png" for i in (9, 7, 5, 3, 1)]


@pytest.mark.parametrize("spacing", [(1.5, 1.5), (1.0, 2.0), None])
def test_the_picture_is_512_on_its_long_side_in_true_proportions(draw, spacing) -> None:
    report = draw.report(
        [draw.ring(8)], study={"geometry": replace(draw.axial, spacing_mm=spacing)}
    )
    display = display_of(report)
    _, _, width, height = display.frame(display.crop)

    size = opened(overlay_png(report.study.slices[0], report.results[0], display)).size

    assert max(size) == 512
    assert size[0] / size[1] == pytest.approx(width / height, rel=0.01)


def test_the_scar_is_outlined_where_it_is_and_not_painted(heart) -> None:
    display = display_of(heart)
    picture = opened(overlay_png(heart.study.slices[0], heart.results[0], display))
    drawn = near(np.asarray(picture), SCAR.colour)
    scar = display.turned(display.crop.cut(heart.labels[0].scar))
    scar = np.asarray(Image.fromarray(scar).resize(picture.size, Image.Resampling.NEAREST))

    assert drawn.any()
    assert scar[drawn].mean() == pytest.approx(0.5, abs=0.25)  # the line runs along the border
    assert drawn[scar].mean() < 0.2


def test_a_slice_without_scar_shows_no_scar_line(heart) -> None:
    picture = opened(overlay_png(heart.study.slices[4], heart.results[4], display_of(heart)))

    assert not near(np.asarray(picture), SCAR.colour).any()
