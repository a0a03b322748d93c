"""How large an input may be. Checked on headers, before anything is allocated.

What each limit refuses: docs/reference/inputs.md.
"""

from __future__ import annotations

from lgescar.core.errors import InputError

MAX_SIDE_PX = 4096
"""Most rows, and most columns, of one image."""
MAX_FRAMES = 4096
"""Most images of one input."""
MAX_VOXELS = 2**28
"""Most pixels of one input, all images together."""
MAX_INFLATED_BYTES = 2 * 2**30
"""Most bytes an input may unpack to, whatever its size."""
INFLATION = 100
"""Most bytes unpacked from one stored byte, beyond the allowance below."""
INFLATION_ALLOWANCE_BYTES = 64 * 2**20
MAX_FILES = 5000
"""Most files looked at in one folder or zip."""


def inflated_limit(stored_bytes: int) -> int:
    """Most bytes that ``stored_bytes`` may unpack to."""
    return min(MAX_INFLATED_BYTES, INFLATION * stored_bytes + INFLATION_ALLOWANCE_BYTES)


def check_image_size(
    rows: int, cols: int, frames: int, *, bytes_per_pixel: float, stored_bytes: int
) -> None:
    """Refuses what a header claims before it is used.

    Raises:
        InputError: an empty image, or one over a limit of this module.
    """
    if min(rows, cols, frames) < 1:
        raise InputError(f"the header claims an empty image of {rows} x {cols} x {frames} pixels")
    if max(rows, cols) > MAX_SIDE_PX or frames > MAX_FRAMES or rows * cols * frames > MAX_VOXELS:
        raise InputError(
            f"the header claims {frames} images of {rows} x {cols} pixels; at most {MAX_FRAMES} "
            f"of {MAX_SIDE_PX} x {MAX_SIDE_PX} and {MAX_VOXELS} pixels in all are read"
        )
    claimed = rows * cols * frames * bytes_per_pixel
    if claimed > inflated_limit(stored_bytes):
        raise InputError(
            f"{stored_bytes} stored bytes claim to hold {claimed:.0f} bytes of pixels; "
            f"at most {inflated_limit(stored_bytes)} are unpacked"
        )
