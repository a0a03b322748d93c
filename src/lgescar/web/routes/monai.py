"""What clients of MONAI Label (3D Slicer, OHIF) request; closed unless requested.

Addresses and answers follow MONAI Label 0.8. A client logs in at ``/auth/token``: its password is
the printed token, or a named user's own.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Sequence
from typing import Any, cast

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import UploadFile
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from lgescar.core.errors import EventError
from lgescar.core.prompt import Point, Prompt
from lgescar.core.study import Study
from lgescar.core.tissue import LabelMap, Tissue
from lgescar.core.version import VERSION
from lgescar.reader.reading import Reading
from lgescar.reader.values import FARTHEST_PX, MOST_POINTS
from lgescar.web.protection import ProtectedRoute
from lgescar.web.responses import MIB, Refusal
from lgescar.web.routes.request import access, responded, service
from lgescar.web.routes.uploads import MOST_FILES, stored
from lgescar.web.users import Users
from lgescar.web.views import Json
from lgescar.write.nifti import label_maps_nifti

MODEL = "lgescar"
LABELS = {t.name.lower().replace("_", " "): int(t) for t in Tissue if t is not Tissue.BACKGROUND}
LARGEST_UPLOAD = 512 * MIB


async def enabled(_: Request) -> Response:
    """A client must log in."""
    return JSONResponse({"enabled": True, "client_id": "lgescar", "realm": "lgescar"})


async def token(request: Request) -> Response:
    """A key for a name and a password."""
    async with request.form(max_files=0, max_fields=8) as form:
        name, password = str(form.get("username", "")), str(form.get("password", ""))
    users = cast("Users | None", request.app.state.users)
    if users is None:
        right = access(request).opens(password)
    else:
        right = await run_in_threadpool(users.knows, name, password)
    if not right:
        raise Refusal(401, "that is not the password; it is the token that lgescar serve printed")
    return JSONResponse({"access_token": access(request).enter(), "token_type": "bearer"})


async def valid(_: Request) -> Response:
    """The key still opens."""
    return JSONResponse({})


async def about(_: Request) -> Response:
    """The one model: the automatic outlines, or corrected by points."""
    model = {
        "type": "deepedit",
        "labels": LABELS,
        "dimension": 3,
        "description": "blood pool, viable wall, scar and MVO; points correct the scar of a slice",
        "config": {},
    }
    empty: Json = {"trainers": {}, "strategies": {}, "scoring": {}, "train_stats": {}, "config": {}}
    about = {
        "name": "lgescar",
        "description": "myocardial scar; for research use",
        "version": VERSION,
        "labels": LABELS,
        "models": {MODEL: model},
        "datastore": {},
    }
    return JSONResponse({**about, **empty})


async def datastore(request: Request) -> Response:
    """The studies of the worklist."""

    def content() -> Json:
        studies = service(request).store.studies()
        objects = {s.id: {"image": {"info": {"name": s.name}}, "labels": {}} for s in studies}
        return {"name": "lgescar", "description": "", "objects": objects}

    return await responded(content)


async def add_image(request: Request) -> Response:
    """Keep an image under the name that its client gave; the name is not listed."""
    name = request.query_params.get("image", "")
    async with request.form(max_files=1, max_fields=8) as form:
        file = form.get("file")
        if not isinstance(file, UploadFile):
            raise Refusal(400, "send the image in the field 'file'")
        study = (await run_in_threadpool(stored, service(request), [file], None))["study"]
    if name:
        _names(request)[name] = study
    return JSONResponse({"image": name or study})


async def new_session(request: Request) -> Response:
    """Keep the images that were sent; the session is their study."""
    async with request.form(max_files=MOST_FILES, max_fields=8) as form:
        files = [one for one in form.getlist("files") if isinstance(one, UploadFile)]
        if not files:
            raise Refusal(400, "send the study's files in the field 'files'")
        study = (await run_in_threadpool(stored, service(request), files, None))["study"]
    return JSONResponse({"session_id": study, "session_info": {"name": study}})


async def session(request: Request) -> Response:
    """A study by its id; a request to remove it is ignored, since readings may need it."""
    return await responded(lambda: {"name": service(request).study(request.path_params["id"]).id})


async def infer(request: Request) -> Response:
    """Label codes of the study as NIfTI; with points, the scar of their slices is what they say."""
    if request.path_params["model"] != MODEL:
        raise Refusal(404, f"the model is called {MODEL}")
    async with request.form(max_files=1, max_fields=8) as form:
        params, file = _params(form.get("params")), form.get("file")
        if isinstance(file, UploadFile):
            study = (await run_in_threadpool(stored, service(request), [file], None))["study"]
        else:
            study = request.query_params.get("session_id") or request.query_params.get("image", "")
            study = _names(request).get(study, study)

    def outlined() -> bytes:
        reading = service(request).reading(service(request).study(study).id)
        return label_maps_nifti(reading.study, _corrected(reading, params))

    return _multipart(await run_in_threadpool(outlined))


def _names(request: Request) -> dict[str, str]:
    """Studies by the names of the clients that sent them: in memory only, they may be patients'."""
    return cast("dict[str, str]", request.app.state.names)


def _params(text: object) -> Json:
    try:
        content = json.loads(text) if isinstance(text, str) else {}
    except (ValueError, RecursionError) as error:
        raise Refusal(400, "params is no JSON") from error
    if not isinstance(content, dict):
        raise Refusal(400, "params is a JSON object")
    return content


def _corrected(reading: Reading, params: Json) -> tuple[LabelMap, ...]:
    points: dict[int, list[Point]] = {}
    for word, inside in (("foreground", True), ("background", False)):
        for index, point in _points(reading.study, params.get(word) or [], inside=inside):
            points.setdefault(index, []).append(point)
    labels = list(reading.report.labels)
    for index, given in points.items():
        at = reading.place(index)
        boxes = reading.report.results[at].boxes
        labels[at] = reading.answer(index, Prompt(boxes, tuple(given))).labels
    return tuple(labels)


def _points(study: Study, voxels: Any, *, inside: bool) -> Sequence[tuple[int, Point]]:
    """Voxels of the input's array as points of a slice; a voxel's centre is half a pixel on."""
    if not isinstance(voxels, list) or len(voxels) > MOST_POINTS:
        raise EventError(f"points are a list of at most {MOST_POINTS}")
    found = []
    for voxel in voxels:
        if not isinstance(voxel, list) or len(voxel) != 3 or not all(map(_coordinate, voxel)):
            raise EventError("a point is three coordinates of a voxel")
        rest = list(voxel)
        index = rest.pop(study.grid.slice_axis)
        found.append((round(index), Point(rest[0] + 0.5, rest[1] + 0.5, inside)))
    return found


def _coordinate(value: object) -> bool:
    number = isinstance(value, int | float) and not isinstance(value, bool)
    return number and abs(cast(float, value)) <= FARTHEST_PX


def _multipart(labels: bytes) -> Response:
    """Parts ``params`` and ``image``, as the client takes them apart."""
    mark = secrets.token_hex(16)
    head = f'--{mark}\r\nContent-Disposition: form-data; name="'
    body = (
        f'{head}params"\r\nContent-Type: application/json\r\n\r\n'
        f"{json.dumps({'label_names': LABELS})}\r\n"
        f'{head}image"; filename="labels.nii.gz"\r\nContent-Type: application/gzip\r\n\r\n'
    )
    content = body.encode() + labels + f"\r\n--{mark}--\r\n".encode()
    return Response(content, media_type=f"multipart/form-data; boundary={mark}")


MONAI_ROUTES: tuple[ProtectedRoute, ...] = (
    ProtectedRoute("GET", "/auth/", enabled, "open", programs=True),
    ProtectedRoute("POST", "/auth/token", token, "open", programs=True),
    ProtectedRoute("GET", "/auth/token/valid", valid, programs=True),
    ProtectedRoute("GET", "/info/", about, programs=True),
    ProtectedRoute("GET", "/datastore/", datastore, programs=True),
    ProtectedRoute("PUT", "/datastore/", add_image, most_bytes=LARGEST_UPLOAD, programs=True),
    ProtectedRoute("PUT", "/session/", new_session, most_bytes=LARGEST_UPLOAD, programs=True),
    ProtectedRoute("GET", "/session/{id}", session, programs=True),
    ProtectedRoute("DELETE", "/session/{id}", session, programs=True),
    ProtectedRoute("POST", "/infer/{model}", infer, most_bytes=LARGEST_UPLOAD, programs=True),
)
"""Open to clients of MONAI Label where ``lgescar serve --monai-label`` says so."""
