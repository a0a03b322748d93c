"""What there is to read, the beginning of a reading, and the plan of a reading study."""

from __future__ import annotations

import io
from collections.abc import Iterable
from threading import Lock

import numpy as np
from PIL import Image
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from lgescar.core.atomic import write_file
from lgescar.core.errors import EventError
from lgescar.core.study import Study
from lgescar.read import read_study
from lgescar.reader.plan import plan_readings
from lgescar.reader.rows import SessionRow
from lgescar.reader.store import WorklistRow
from lgescar.report.display import WINDOW_PERCENT, turn_of
from lgescar.web.responses import Refusal, json_body
from lgescar.web.routes.request import browser, reader, responded, service
from lgescar.web.service import WebReaderService
from lgescar.web.views import Json

LARGEST_SEED = 2**32
SIDE_PX = 160
_ONE_AT_A_TIME = Lock()


async def worklist(request: Request) -> Response:
    """Studies, and the readings that the reader may see."""

    def listed() -> Json:
        here = service(request)
        rows = here.store.worklist()
        mine = browser(request).reader
        due = blinded_studies(row.session for row in rows if row.session.reader == mine)
        studies = [
            {
                "id": study.id,
                "name": study.name,
                "slices": here.slice_counts.get(study.id),
                "added": study.added,
                "blinded": study.id in due,
            }
            for study in here.store.studies()
        ]
        shown = [r for r in rows if r.session.blinded is None or r.session.reader == mine]
        return {"studies": studies, "sessions": [_row_to_json(row) for row in shown]}

    return await responded(listed)


def blinded_studies(sessions: Iterable[SessionRow]) -> frozenset[str]:
    """Ids of the studies that are due as cases: under their own names they would tell which."""
    return frozenset(row.study for row in sessions if row.blinded is not None)


async def begin(request: Request) -> Response:
    """The reader's reading of a study; one that exists is given back."""
    content = await json_body(request, {"study": str, "number": int})

    def begun() -> Json:
        here, number = service(request), content["number"]
        if not 1 <= number <= 100:
            raise Refusal(400, "the number of a reading runs from 1 to 100")
        study, who = here.study(content["study"]), reader(request)
        if study.id in blinded_studies(here.store.sessions(who)):
            raise Refusal(409, "this study is due in a reading study; read it there, as a case")
        session = here.begin(study.id, who, number)
        here.open_soon(session)
        return {"session": session}

    return await responded(begun)


async def plan(request: Request) -> Response:
    """Two blinded sessions of every reader and study, in an order drawn by the seed."""
    content = await json_body(request, {"readers": list, "studies": list, "seed": int})
    words = [*content["readers"], *content["studies"]]
    if not all(isinstance(word, str) for word in words):
        raise EventError("readers and studies are lists of names and ids")
    if not 0 <= content["seed"] < LARGEST_SEED:
        raise EventError(f"a seed is a whole number from 0, below {LARGEST_SEED}")

    def planned() -> Json:
        here = service(request)
        for study in content["studies"]:
            here.study(study)
        here.store_bundle()
        rows = plan_readings(
            here.store, content["studies"], content["readers"], here.bundle.sha256, content["seed"]
        )
        return {"sessions": [row.id for row in rows]}

    return await responded(planned)


async def study_thumbnail(request: Request) -> Response:
    """The middle slice of a study."""
    study = service(request).study(request.path_params["study"])
    return await _picture(request, study.id)


async def session_thumbnail(request: Request) -> Response:
    """The middle slice of a session's study, which may be blinded."""
    row = service(request).row(request.path_params["session"], browser(request))
    return await _picture(request, row.study)


async def _picture(request: Request, study: str) -> Response:
    picture = await run_in_threadpool(thumbnail, service(request), study)
    return Response(
        picture, media_type="image/png", headers={"Cache-Control": "private, max-age=86400"}
    )


def _row_to_json(row: WorklistRow) -> Json:
    session = row.session
    return {
        "session": session.id,
        "study": session.study if session.blinded is None else None,
        "name": row.name,
        "reader": session.reader,
        "number": session.number,
        "status": row.status,
        "minutes": row.active_min,
        "last_change": row.changed,
        "due": session.place,
    }


def thumbnail(service: WebReaderService, study: str) -> bytes:
    """PNG of the middle slice, in true shape and turned as it is read, longer side ``SIDE_PX``.

    Raises:
        InputError: the study cannot be read.
    """
    row = service.study(study)
    folder = service.store.folder / "thumbnails"
    known = folder / f"{row.sha256}-turned.png"
    if known.is_file():
        return known.read_bytes()
    with _ONE_AT_A_TIME:
        if known.is_file():
            return known.read_bytes()
        read = read_study(service.input(study))
        service.slice_counts[study] = len(read.slices)
        picture = _png(read)
        write_file(known, picture)
    return picture


def _png(study: Study) -> bytes:
    turn = turn_of(study)
    image = turn.turned(study.slices[len(study.slices) // 2].pixels)
    low, high = np.percentile(image, WINDOW_PERCENT)
    greys = np.clip((image - low) / ((high - low) or 1.0), 0.0, 1.0) * 255.0
    pixel = turn.pixel(study.spacing_mm or (1.0, 1.0))
    tall, wide = (count * size for count, size in zip(image.shape, pixel, strict=True))
    scale = SIDE_PX / max(tall, wide)
    size = (max(1, round(wide * scale)), max(1, round(tall * scale)))
    out = io.BytesIO()
    Image.fromarray(np.rint(greys).astype(np.uint8)).resize(size).save(out, "PNG")
    return out.getvalue()
