"""From chosen images to a stack in order, with the distances that its positions give."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from lgescar.core.errors import GeometryError
from lgescar.core.image import SliceGeometry, Vector, vector
from lgescar.core.study import Note
from lgescar.read.choose import Stack
from lgescar.read.dicom_header import FrameHeader
from lgescar.read.dicom_source import Source
from lgescar.read.stack import toward_apex, unit


@dataclass(frozen=True, slots=True)
class Arrangement:
    """Images from base to apex, their step (None where unknown) and the vector of one step."""

    frames: tuple[FrameHeader, ...]
    step_mm: float | None
    step: Vector
    oriented: bool
    complete: bool
    notes: tuple[Note, ...]


def arrange(stack: Stack, sources: list[Source]) -> Arrangement:
    """The images of a stack in order along their normal.

    Steps are even within the larger of 0.1 mm and 2 %. Where they are not, the middle step stands
    for the regular one and the stack is incomplete.

    Raises:
        GeometryError: directions that are not perpendicular, or no way to order the images.
    """
    if any(f.position is None or f.across is None or f.down is None for f in stack.frames):
        return _by_instance(stack)
    normal = _normal(stack.frames[0])
    frames = sorted(stack.frames, key=lambda f: float(normal @ np.asarray(f.position)))
    if not toward_apex(normal):
        frames.reverse()
    positions = np.array([f.position for f in frames], np.float64)
    if len(frames) == 1:
        thickness = frames[0].between_mm or frames[0].thickness_mm or 1.0
        step = normal * abs(thickness or 1.0) * (1.0 if toward_apex(normal) else -1.0)
        return Arrangement(tuple(frames), None, vector(step), True, True, ())
    steps = np.abs(np.diff(positions @ normal))
    middle = float(np.median(steps))
    uneven = np.abs(steps - middle) > max(0.1, 0.02 * middle)
    notes = [*_uneven_notes(steps, uneven, middle, frames, sources)]
    step_mm = middle if uneven.any() else float(steps.mean())
    notes += _disagreements(frames, step_mm)
    mean_step = (positions[-1] - positions[0]) / (len(frames) - 1)
    return Arrangement(
        tuple(frames), step_mm, vector(mean_step), True, not bool(uneven.any()), tuple(notes)
    )


def geometry_of(frame: FrameHeader, index: int, step: Vector) -> SliceGeometry:
    """Where an image lies; a placeholder plane where the file does not say.

    Raises:
        GeometryError: directions that are not perpendicular.
    """
    if frame.position is None or frame.across is None or frame.down is None:
        origin = vector(np.asarray(step) * index)
        return SliceGeometry(origin, (0.0, 1.0, 0.0), (1.0, 0.0, 0.0), frame.spacing_mm)
    _normal(frame)
    down, across = vector(unit(frame.down)), vector(unit(frame.across))
    return SliceGeometry(frame.position, down, across, frame.spacing_mm)


def _normal(frame: FrameHeader) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    across, down = np.asarray(frame.across, float), np.asarray(frame.down, float)
    lengths = np.linalg.norm([across, down], axis=1)
    if np.abs(lengths - 1.0).max() > 0.01 or abs(float(across @ down)) > 0.01:
        raise GeometryError("ImageOrientationPatient is not two perpendicular directions")
    normal = np.cross(across, down)
    return np.asarray(normal / np.linalg.norm(normal))


def _by_instance(stack: Stack) -> Arrangement:
    numbers = [f.instance for f in stack.frames]
    if None in numbers or len(set(numbers)) < len(numbers):
        raise GeometryError("the images have neither positions nor distinct instance numbers")
    frames = tuple(sorted(stack.frames, key=lambda f: f.instance or 0.0))
    text = "the images have no position in the patient; they keep the order of their numbers"
    note = Note("positions-missing", text)
    return Arrangement(frames, None, (0.0, 0.0, 1.0), False, True, (note,))


def _uneven_notes(
    steps: np.ndarray[tuple[int], np.dtype[np.float64]],
    uneven: np.ndarray[tuple[int], np.dtype[np.bool_]],
    middle: float,
    frames: list[FrameHeader],
    sources: list[Source],
) -> Iterable[Note]:
    for i in np.flatnonzero(uneven):
        between = " and ".join(sources[f.source].name for f in frames[i : i + 2])
        times = steps[i] / middle
        missing = round(times) >= 2 and abs(times - round(times)) <= 0.1
        code = "slice-missing" if missing else "steps-uneven"
        what = "a slice seems to be missing" if missing else "the step is uneven"
        text = (
            f"{what} between {between}: {steps[i]:.2f} mm there, {middle:.2f} mm elsewhere; "
            "volume and mass are incomplete"
        )
        yield Note(code, text)


def _disagreements(frames: list[FrameHeader], step_mm: float) -> Iterable[Note]:
    for name, values in (
        ("SpacingBetweenSlices", {f.between_mm for f in frames}),
        ("SliceThickness", {f.thickness_mm for f in frames}),
    ):
        stated = [v for v in values if v is not None and v > 0]
        off = [v for v in stated if abs(v - step_mm) > min(0.1, 0.01 * step_mm)]
        if off:
            text = f"{name} says {off[0]:.2f} mm, the positions step by {step_mm:.2f} mm; "
            yield Note("step-differs", text + "the positions are used")
