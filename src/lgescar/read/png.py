"""PNG and TIFF: one image, the pages of a TIFF, or a folder of them in natural order.

Such files say nothing of the patient: without ``--spacing`` there are pixels and percent only.
Values are kept as they are stored, 8 or 16 bit. Colour is accepted only where it is grey.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
from PIL import Image

from lgescar.core.arrays import Pixels
from lgescar.core.errors import InputError
from lgescar.core.image import Slice, SliceGeometry
from lgescar.core.notes import ORIENTATION_UNKNOWN
from lgescar.core.study import Study
from lgescar.read.limits import check_image_size
from lgescar.read.names import natural_key, study_name
from lgescar.read.stack import blank_slices, finite_planes, given_notes, grid_of, spacing_notes

_FORMATS = ("PNG", "TIFF")
_BYTES = {"I": 4, "F": 4, "RGB": 3, "RGBA": 4, "LA": 2}
_PNG_DEPTH_AT, _PNG_COLOUR_AT = 24, 25


def read_images(
    path: Path, files: list[Path], spacing_mm: tuple[float, float, float] | None = None
) -> Study:
    """The study in the images ``files``, named after ``path``.

    Raises:
        InputError: an image that is damaged, coloured, too large, or of another size.
    """
    ordered = sorted(files, key=lambda f: natural_key(f.relative_to(path.parent).as_posix()))
    planes = [plane for file in ordered for plane in _pages(file)]
    if len({plane.shape for plane in planes}) > 1:
        raise InputError("the images differ in size; one study has slices of one size")
    planes, notes = finite_planes(planes)
    gapless, blank_notes = blank_slices(planes)
    step = spacing_mm[2] if spacing_mm else None
    name = study_name(path)
    slices = tuple(
        Slice(
            f"{name}/{i}",
            plane,
            SliceGeometry(
                (0.0, 0.0, i * (step or 1.0)),
                (0.0, 1.0, 0.0),
                (1.0, 0.0, 0.0),
                spacing_mm[:2] if spacing_mm else None,
            ),
        )
        for i, plane in enumerate(planes)
    )
    return Study(
        name=name,
        series_uid=None,
        slices=slices,
        indices=tuple(range(len(slices))),
        grid=grid_of(slices, (0.0, 0.0, step or 1.0)),
        slice_step_mm=step if len(slices) > 1 else None,
        complete=gapless,
        notes=(
            *spacing_notes(spacing_mm is not None, spacing_mm is not None, len(slices)),
            *given_notes(spacing_mm, False, False, len(slices)),
            ORIENTATION_UNKNOWN,
            *notes,
            *blank_notes,
        ),
    )


def _pages(file: Path) -> Iterator[Pixels]:
    try:
        stored_bytes = file.stat().st_size
        _refuse_deep_colour(file)
        with Image.open(file, formats=_FORMATS) as image:
            image.verify()  # checksums; the image must be opened anew afterwards
        with Image.open(file, formats=_FORMATS) as image:
            pages = getattr(image, "n_frames", 1)
            for page in range(pages):
                image.seek(page)
                cols, rows = image.size
                check_image_size(
                    rows,
                    cols,
                    pages,
                    bytes_per_pixel=_BYTES.get(image.mode, 2),
                    stored_bytes=stored_bytes,
                )
                yield _grey(image)
    except InputError:
        raise
    except Exception as error:  # Pillow raises many classes on damaged files
        raise InputError("an image file is damaged, cut short or not supported") from error


def _refuse_deep_colour(file: Path) -> None:
    """Pillow would silently halve the bits of a 16-bit colour PNG."""
    with file.open("rb") as stream:
        head = stream.read(_PNG_COLOUR_AT + 1)
    deep = head[:4] == b"\x89PNG" and head[_PNG_DEPTH_AT:_PNG_COLOUR_AT] == b"\x10"
    if deep and head[_PNG_COLOUR_AT:] != b"\0":
        raise InputError("16-bit colour PNG is not read; store the image as 16-bit grey")


def _grey(image: Image.Image) -> Pixels:
    if image.mode in ("P", "PA"):
        image = image.convert("RGBA")
    array = np.asarray(image)
    if array.ndim == 3:
        channels = array.shape[2]
        if channels in (2, 4) and (array[..., -1] != 255).any():
            raise InputError("an image is partly transparent; store it as plain grey")
        colours = array[..., : channels - 1] if channels in (2, 4) else array
        if image.mode not in ("RGB", "RGBA", "LA") or (colours != colours[..., :1]).any():
            raise InputError("colour images are not measured; export the original grey images")
        array = colours[..., 0]
    return array.astype(np.float32)
