"""PNG and TIFF studies."""

import numpy as np
import pytest
from PIL import Image

from lgescar.core.errors import InputError
from lgescar.read.formats import read_trusted
from lgescar.read.spacing import write_spacing


def codes(study):
    return [note.code for note in study.notes]


@pytest.fixture
def folder(tmp_path):
    def make(planes, names):
        (tmp_path / "pictures").mkdir()
        for plane, name in zip(planes, names, strict=True):
            Image.fromarray(plane).save(tmp_path / "pictures" / name)
        return tmp_path / "pictures"

    return make


def ramp(dtype=np.uint8, offset=0):
    return (np.arange(30).reshape(5, 6) + offset).astype(dtype)


def test_a_folder_is_sorted_as_people_count(folder):
    path = folder([ramp(offset=i) for i in (10, 1, 2)], ["s10.png", "s1.png", "s2.png"])
    study = read_trusted(path)
    assert [float(s.pixels[0, 0]) for s in study.slices] == [1, 2, 10]
    assert (study.name, study.spacing_mm, study.slice_step_mm) == ("pictures", None, None)
    assert (study.oriented, study.order_known, study.view) == (False, False, "unknown")
    assert not study.grid.units_known
    assert codes(study) == ["spacing-unknown", "orientation-unknown"]


def test_16_bits_are_kept(folder):
    path = folder([ramp(np.uint16, 60000)], ["a.png"])
    assert read_trusted(path).slices[0].pixels.tolist() == ramp(np.uint16, 60000).tolist()


def test_pages_of_a_tiff_are_slices(tmp_path):
    pages = [Image.fromarray(ramp(np.uint16, i)) for i in range(3)]
    pages[0].save(tmp_path / "a.tif", save_all=True, append_images=pages[1:])
    study = read_trusted(tmp_path / "a.tif")
    assert [float(s.pixels[0, 0]) for s in study.slices] == [0, 1, 2]


def test_spacing_given_by_the_user_is_used(folder):
    path = folder([ramp(), ramp(offset=1)], ["1.png", "2.png"])
    study = read_trusted(path, (1.5, 1.25, 8.0))
    assert (study.spacing_mm, study.slice_step_mm) == ((1.5, 1.25), 8.0)
    assert study.grid.units_known
    lengths = np.linalg.norm(study.grid.affine[:3, :3], axis=0)
    assert lengths.tolist() == [1.5, 1.25, 8.0]


def test_spacing_kept_beside_the_pictures_is_used_and_the_user_s_own_goes_before(folder):
    path = folder([ramp(), ramp(offset=1)], ["1.png", "2.png"])
    write_spacing((1.5, 1.25, 8.0), path)
    study = read_trusted(path)
    assert (study.spacing_mm, study.slice_step_mm) == ((1.5, 1.25), 8.0)
    assert "spacing-given" in codes(study)
    assert "files-skipped" not in codes(study)
    assert read_trusted(path, (2.0, 2.0, 9.0)).spacing_mm == (2.0, 2.0)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[1.5, 1.5, 8]",
        '{"spacing_mm": [1.5, 1.5, 8]}',
        '{"format": "lgescar-spacing/1", "spacing_mm": [1.5, 1.5]}',
        '{"format": "lgescar-spacing/1", "spacing_mm": [1.5, 0, 8]}',
        '{"format": "lgescar-spacing/1", "spacing_mm": [1.5, NaN, 8]}',
        '{"format": "lgescar-spacing/1", "spacing_mm": [1.5, true, 8]}',
        '{"format": "lgescar-spacing/1", "spacing_mm": ["1.5", 1.5, 8]}',
        "[" * 4000,
        " " * 5000,
    ],
)
def test_a_spacing_file_that_means_nothing_is_refused(folder, text):
    path = folder([ramp()], ["1.png"])
    (path / "spacing.json").write_text(text)
    with pytest.raises(InputError, match=r"spacing"):
        read_trusted(path)


def test_grey_stored_as_colour_is_grey(folder):
    path = folder([np.repeat(ramp()[..., None], 3, axis=2)], ["a.png"])
    assert read_trusted(path).slices[0].pixels.tolist() == ramp().tolist()


def test_colour_is_refused(folder):
    colour = np.repeat(ramp()[..., None], 3, axis=2)
    colour[2, 2, 0] += 1
    with pytest.raises(InputError, match="colour"):
        read_trusted(folder([colour], ["a.png"]))


def test_16_bit_colour_is_refused_and_never_halved(folder):
    path = folder([np.repeat(ramp()[..., None], 3, axis=2)], ["a.png"])
    content = bytearray((path / "a.png").read_bytes())
    content[24] = 16  # bit depth in the IHDR chunk
    (path / "a.png").write_bytes(content)
    with pytest.raises(InputError, match="16-bit colour"):
        read_trusted(path)


def test_transparent_images_are_refused_and_opaque_ones_read(folder):
    opaque = np.repeat(ramp()[..., None], 4, axis=2)
    opaque[..., 3] = 255
    path = folder([opaque], ["a.png"])
    assert read_trusted(path).slices[0].pixels[0, 1] == 1
    opaque[0, 0, 3] = 0
    Image.fromarray(opaque).save(path / "a.png")
    with pytest.raises(InputError, match="transparent"):
        read_trusted(path)


def test_images_of_two_sizes_are_refused(folder):
    with pytest.raises(InputError, match="differ in size"):
        read_trusted(folder([ramp(), ramp()[:4]], ["1.png", "2.png"]))


def test_a_picture_cut_anywhere_is_refused(folder):
    path = folder([ramp(np.uint16)], ["a.png"])
    whole = (path / "a.png").read_bytes()
    for length in range(0, len(whole) - 13, 5):
        (path / "a.png").write_bytes(whole[:length])
        with pytest.raises(InputError):
            read_trusted(path)


def test_a_picture_that_claims_too_much_is_refused(folder):
    path = folder([ramp()], ["a.png"])
    content = bytearray((path / "a.png").read_bytes())
    content[16:24] = (60000).to_bytes(4, "big") * 2
    (path / "a.png").write_bytes(content)
    with pytest.raises(InputError):
        read_trusted(path)
