"""DICOM: a file, a folder or a zip; classic and enhanced multi-frame MR."""

from __future__ import annotations

import hashlib
import zipfile
from collections import Counter
from dataclasses import replace
from pathlib import Path

import numpy as np

from lgescar.core.arrays import Pixels
from lgescar.core.errors import InputError
from lgescar.core.image import Slice
from lgescar.core.notes import NOT_SHORT_AXIS
from lgescar.core.study import Note, Study
from lgescar.read.choose import choose
from lgescar.read.dicom_header import CUT_SHORT, FrameHeader, read_headers
from lgescar.read.dicom_pixels import stored_frames
from lgescar.read.dicom_source import Source, folder_sources, zip_sources
from lgescar.read.dicom_stack import Arrangement, arrange, geometry_of
from lgescar.read.limits import check_image_size
from lgescar.read.names import study_name
from lgescar.read.stack import (
    blank_slices,
    finite_planes,
    given_notes,
    grid_of,
    spacing_notes,
)

Spacing = tuple[float, float, float]
LOSSY = Note(
    "lossy-compression",
    "the images were compressed with loss; faint scar may look different",
)


def read_dicom(
    path: Path,
    files: list[Path],
    spacing_mm: Spacing | None = None,
    series: str | None = None,
    strict: bool = False,
) -> Study:
    """The study in DICOM ``files``, named after ``path``.

    Raises:
        InputError: no image that can be read, or one that is damaged.
        GeometryError: images that form no stack.
        ChoiceError: several stacks fit.
    """
    return _read(study_name(path), folder_sources(files), 0, (spacing_mm, series, strict))


def read_dicom_zip(
    path: Path,
    spacing_mm: Spacing | None = None,
    series: str | None = None,
    strict: bool = False,
) -> Study:
    """The study in a zip of DICOM files, which is read in place.

    Raises:
        InputError: a damaged or hostile zip, or no image in it that can be read.
        GeometryError: images that form no stack.
        ChoiceError: several stacks fit.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            sources, others = zip_sources(archive, path.stat().st_size)
            return _read(study_name(path), sources, others, (spacing_mm, series, strict))
    except (zipfile.BadZipFile, OSError, ValueError) as error:
        raise InputError("the zip is damaged or not readable") from error


def _read(
    name: str,
    sources: list[Source],
    others: int,
    options: tuple[Spacing | None, str | None, bool],
) -> Study:
    spacing_mm, series, strict = options
    frames, skipped, whole = _all_headers(sources)
    if others:
        skipped = (*skipped, Note("files-skipped", f"{others} files of the zip are no images"))
    stack, choice_notes = choose(_without_copies(frames, sources), series, strict)
    arranged = arrange(stack, sources)
    planes, pixel_notes = finite_planes(_planes(arranged.frames, sources))
    gapless, blank_notes = blank_slices(planes)
    slices = _slices(name, arranged, planes, spacing_mm)
    step_mm = arranged.step_mm
    if step_mm is None and spacing_mm and len(slices) > 1:
        step_mm = spacing_mm[2]
    known = (slices[0].geometry.spacing_mm is not None, step_mm is not None)
    own = (arranged.frames[0].spacing_mm is not None, arranged.step_mm is not None)
    view = stack.view if arranged.oriented else "unknown"
    uids = {frame.series for frame in arranged.frames}
    contrast = arranged.frames[0].contrast
    notes = (
        *spacing_notes(*known, len(slices)),
        *given_notes(spacing_mm, *own, len(slices)),
        *((NOT_SHORT_AXIS,) if view == "other" else ()),
        *choice_notes,
        *arranged.notes,
        *((LOSSY,) if any(frame.lossy for frame in arranged.frames) else ()),
        *skipped,
        *pixel_notes,
        *blank_notes,
    )
    return Study(
        name=name,
        series_uid=uids.pop() or None if len(uids) == 1 else None,
        slices=slices,
        indices=tuple(range(len(slices))),
        grid=grid_of(slices, arranged.step),
        slice_step_mm=step_mm,
        sequence=None if contrast == "phase" else contrast,
        order_known=arranged.oriented and view == "short-axis" and len(slices) > 1,
        oriented=arranged.oriented,
        complete=arranged.complete and whole and gapless,
        view=view,
        notes=notes,
    )


def _all_headers(sources: list[Source]) -> tuple[list[FrameHeader], tuple[Note, ...], bool]:
    """The images, what was skipped, and whether no image can be among the skipped."""
    frames: list[FrameHeader] = []
    reasons: Counter[str] = Counter()
    for index, source in enumerate(sources):
        content = source.load()  # what a zip cannot give back whole is refused, not skipped
        try:
            frames += read_headers(content, index)
        except InputError as error:
            reasons[str(error)] += 1
    if not frames:
        if not reasons:
            raise InputError("no DICOM image was found in the input")
        reason, count = reasons.most_common(1)[0]
        raise InputError(
            reason if len(sources) == 1 else f"{count} of {len(sources)} files: {reason}"
        )
    notes = tuple(
        Note("files-skipped", f"{count} files skipped: {reason}")
        for reason, count in reasons.items()
    )
    return frames, notes, CUT_SHORT not in reasons


def _without_copies(frames: list[FrameHeader], sources: list[Source]) -> list[FrameHeader]:
    """Frames, those of the same instance and the same bytes kept once."""
    seen: dict[tuple[str, int], list[bytes]] = {}
    kept = []
    repeated = {k for k, n in Counter((f.uid, f.frame) for f in frames).items() if n > 1}
    for frame in frames:
        key = (frame.uid or "", frame.frame)
        if frame.uid and (frame.uid, frame.frame) in repeated:
            digest = hashlib.sha256(sources[frame.source].load()).digest()
            if digest in seen.setdefault(key, []):
                continue
            seen[key].append(digest)
        kept.append(frame)
    return kept


def _planes(frames: tuple[FrameHeader, ...], sources: list[Source]) -> list[Pixels]:
    """Pixels of the frames in their order, each with its own slope and intercept."""
    first, used = frames[0], {frame.source for frame in frames}
    check_image_size(
        first.rows,
        first.cols,
        len(frames),
        bytes_per_pixel=first.bits / 8,
        stored_bytes=sum(sources[index].stored_bytes for index in used),
    )
    planes: dict[tuple[int, int], Pixels] = {}
    for index in used:
        wanted = [frame for frame in frames if frame.source == index]
        stored = stored_frames(sources[index].load(), [frame.frame for frame in wanted])
        for frame, values in zip(wanted, stored, strict=True):
            with np.errstate(over="ignore"):
                scaled = values * frame.slope + frame.intercept
                planes[index, frame.frame] = scaled.astype(np.float32)
    return [planes[frame.source, frame.frame] for frame in frames]


def _slices(
    name: str, arranged: Arrangement, planes: list[Pixels], spacing_mm: Spacing | None
) -> tuple[Slice, ...]:
    slices = []
    for i, (frame, plane) in enumerate(zip(arranged.frames, planes, strict=True)):
        geometry = geometry_of(frame, i, arranged.step)
        if geometry.spacing_mm is None and spacing_mm:
            geometry = replace(geometry, spacing_mm=spacing_mm[:2])
        slices.append(Slice(frame.uid or f"{name}/{i}", plane, geometry))
    return tuple(slices)
