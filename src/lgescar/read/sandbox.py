"""The guarded door: a file is decoded in a child process that may not hurt this one.

Whatever the child does (raise, crash, hang, eat memory), the caller sees a study or an
``InputError`` of one sentence.
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any, TypeVar

from lgescar.core import errors
from lgescar.core.errors import ChoiceError, InputError
from lgescar.core.study import Study
from lgescar.core.tissue import LabelMap
from lgescar.read.wire import Unreadable, unpack

T = TypeVar("T")
MEMORY_BYTES = 3 * 2**30
"""Address space of the child."""
BASE_SECONDS = 8.5
"""Wall time for a small input, so that a hanging decoder is refused within 10 s."""
SECONDS_PER_MIB = 0.02
MOST_SECONDS = 60.0
_FILES_LOOKED_AT = 20_000


def read_study(
    path: str | os.PathLike[str],
    *,
    spacing_mm: tuple[float, float, float] | None = None,
    series: str | None = None,
    strict: bool = False,
) -> Study:
    """The short-axis LGE stack in a DICOM, NIfTI or PNG/TIFF file, a folder or a zip.

    ``spacing_mm`` (row, col, step) stands in where the file does not know its own. ``series`` is
    the SeriesInstanceUID to take. Where several stacks fit, the documented one is taken and a
    note says so; ``strict`` refuses instead.

    Raises:
        InputError: nothing there that can be read.
        GeometryError: slices that do not form a stack.
        ChoiceError: several stacks fit and nothing decides.
    """
    if spacing_mm is not None and not all(0.0 < s < float("inf") for s in spacing_mm):
        raise errors.UsageError(f"spacing must be three positive lengths, found {spacing_mm}")
    request = {"what": "study", "spacing_mm": spacing_mm, "series": series, "strict": strict}
    return _read_apart(Path(path), request, Study)


def read_labels(path: str | os.PathLike[str], study: Study) -> tuple[LabelMap, ...]:
    """The label map of each slice of ``study`` from a NIfTI file on the study's own grid.

    Raises:
        InputError: a file that cannot be read, or codes that are no ``Tissue``.
        GeometryError: another shape or another place than the study's.
    """
    # Imported here: only this function needs it, and it must not slow the common door.
    from lgescar.read.labels import LabelVolume, label_maps

    return label_maps(_read_apart(Path(path), {"what": "labels"}, LabelVolume), study)


def _read_apart(path: Path, request: dict[str, Any], kind: type[T]) -> T:
    """What the child reads."""
    seconds = _wall_seconds(path)
    request |= {
        "path": os.path.abspath(path),
        "memory_bytes": MEMORY_BYTES,
        "cpu_seconds": int(seconds) + 2,
    }
    message = _run_child(json.dumps(request).encode(), seconds)
    try:
        found = unpack(message, kind)
    except ValueError as error:
        text = "the input is damaged, or needs more memory than reading may use"
        raise InputError(text) from error
    if isinstance(found, Unreadable):
        raise _error(found)
    return found


def _error(refusal: Unreadable) -> InputError:
    kind = getattr(errors, refusal.error, InputError)
    if kind is ChoiceError:
        return ChoiceError(refusal.message, refusal.options)
    return kind(refusal.message) if issubclass(kind, InputError) else InputError(refusal.message)


def _run_child(request: bytes, seconds: float) -> bytes:
    source = str(Path(__file__).resolve().parents[2])
    found = os.environ.get("PYTHONPATH")
    one_thread = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")
    child = subprocess.Popen(
        # -P: no module may be picked up from the folder the user happens to be in.
        [sys.executable, "-P", "-m", "lgescar.read.worker"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env=os.environ
        | one_thread
        | {"PYTHONPATH": os.pathsep.join(filter(None, (source, found)))},
        start_new_session=os.name == "posix",
    )
    try:
        answer, _ = child.communicate(request, timeout=seconds)
    except subprocess.TimeoutExpired as error:
        raise InputError(f"reading the input took longer than {seconds:.0f} seconds") from error
    finally:
        _end(child)
    return answer


def _end(child: subprocess.Popen[bytes]) -> None:
    """Kills the child and whatever it started, and waits for it."""
    if child.poll() is None:
        if os.name == "posix":
            with contextlib.suppress(ProcessLookupError):
                os.killpg(child.pid, signal.SIGKILL)
        else:
            child.kill()
    for stream in (child.stdin, child.stdout):
        if stream is not None:
            with contextlib.suppress(OSError):
                stream.close()
    child.wait()


def _wall_seconds(path: Path) -> float:
    """More time for a larger input, within bounds."""
    size = 0
    with contextlib.suppress(OSError):
        if path.is_dir():
            for count, (folder, _, names) in enumerate(os.walk(path)):
                if count > _FILES_LOOKED_AT:
                    break
                for name in names[:_FILES_LOOKED_AT]:
                    with contextlib.suppress(OSError):
                        size += os.lstat(os.path.join(folder, name)).st_size
        else:
            size = path.stat().st_size
    return min(MOST_SECONDS, BASE_SECONDS + SECONDS_PER_MIB * size / 2**20)
