"""Studies that a browser sends: stored in the store's folder, decoded in the guarded child only."""

from __future__ import annotations

import secrets
import shutil
from collections.abc import Sequence
from pathlib import Path

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import UploadFile
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from lgescar.read import read_study
from lgescar.read.names import natural_key, plain
from lgescar.read.spacing import Spacing, spacing_of, write_spacing
from lgescar.web.responses import Refusal
from lgescar.web.routes.request import service
from lgescar.web.service import WebReaderService
from lgescar.web.views import Json

MOST_FILES = 5000
ENDINGS = (".nii.gz", ".nii", ".zip", ".png", ".tiff", ".tif", ".dcm")
"""Endings that are stored; nothing else of a file's name is, for it may be a patient's."""


async def upload(request: Request) -> Response:
    """One study from one or several files; ``name`` is what the list calls it.

    ``spacing_mm``, three numbers with commas between, serves where the files do not know theirs.
    """
    async with request.form(max_files=MOST_FILES, max_fields=2) as form:
        files = [one for one in form.getlist("file") if isinstance(one, UploadFile)]
        name, given = form.get("name"), form.get("spacing_mm")
        if not files:
            raise Refusal(400, "send the study's files in the field 'file'")
        spacing = spacing_of(given) if isinstance(given, str) and given else None
        return JSONResponse(await run_in_threadpool(stored, service(request), files, name, spacing))


def stored(
    service: WebReaderService,
    files: Sequence[UploadFile],
    name: object,
    spacing: Spacing | None = None,
) -> Json:
    """The study of some files, once the guarded child could read it.

    Raises:
        InputError: it could not; nothing is stored then.
    """
    word = secrets.token_hex(4)
    shown = plain(name) if isinstance(name, str) else ""
    home = service.store.uploads / word
    try:
        path = _written(home, shown or f"upload-{word}", files, spacing)
        study = read_study(path)
        row = service.store.add_study(path, shown or f"upload-{word}")
    except BaseException:
        shutil.rmtree(home, ignore_errors=True)
        raise
    if service.store.study(row.id).path != str(path.resolve()):
        shutil.rmtree(home, ignore_errors=True)
    service.slice_counts[row.id] = len(study.slices)
    return {"study": row.id}


def _written(home: Path, name: str, files: Sequence[UploadFile], spacing: Spacing | None) -> Path:
    """The study's one file, or its folder, its files numbered in the order of their names."""
    home.mkdir(parents=True)
    if len(files) == 1 and spacing is None:
        path = home / f"{name}{_ending(files[0])}"
        _write(path, files[0])
        return path
    folder = home / name
    folder.mkdir()
    ordered = sorted(files, key=lambda file: natural_key(file.filename or ""))
    for number, file in enumerate(ordered, 1):
        _write(folder / f"{number:05d}{_ending(file)}", file)
    if spacing is not None:
        write_spacing(spacing, folder)
    return folder


def _write(path: Path, file: UploadFile) -> None:
    with path.open("xb") as stored:
        shutil.copyfileobj(file.file, stored)


def _ending(file: UploadFile) -> str:
    given = (file.filename or "").lower()
    return next((ending for ending in ENDINGS if given.endswith(ending)), "")
