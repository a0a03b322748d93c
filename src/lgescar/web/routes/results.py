"""What leaves the server: the files of a reading, sessions as JSON; and sessions coming in."""

from __future__ import annotations

import io
import tempfile
import zipfile
from dataclasses import replace
from pathlib import Path

from starlette.background import BackgroundTask
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from lgescar import pipeline
from lgescar.core.report import Report
from lgescar.reader.exchange import exported, import_session
from lgescar.report.html import pdf
from lgescar.web.responses import Refusal
from lgescar.web.routes.request import browser, responded, service, session_id
from lgescar.web.views import Json


async def result(request: Request) -> Response:
    """The files of ``lgescar segment`` for what is on screen, as one zip."""

    def written() -> tuple[str, bytes]:
        row = service(request).row(session_id(request), browser(request))
        with service(request).session(row.id) as session:
            report = session.report()
        name = service(request).shown_name(row)
        return name, _zipped(replace(report, study=replace(report.study, name=name)))

    name, content = await run_in_threadpool(written)
    return Response(
        content,
        media_type="application/zip",
        headers=_saved_as(f"{name}.zip"),
        background=BackgroundTask(service(request).store_snapshot, session_id(request)),
    )


async def session_json(request: Request) -> Response:
    """A session with all its events, for another store."""

    def content() -> str:
        row = service(request).row(session_id(request), browser(request))
        return exported(service(request).store, row.id)

    text = await run_in_threadpool(content)
    return Response(
        text, media_type="application/json", headers=_saved_as(f"{session_id(request)}.json")
    )


async def import_json(request: Request) -> Response:
    """A session that ``session_json`` gave, checked event by event."""
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != "application/json":
        raise Refusal(400, "send the request as application/json")
    body = await request.body()

    def imported() -> Json:
        try:
            text = body.decode()
        except UnicodeDecodeError as error:
            raise Refusal(400, "the session's file is no JSON") from error
        return {"session": import_session(service(request).store, text).id}

    return await responded(imported)


def _zipped(report: Report) -> bytes:
    out = io.BytesIO()
    with (
        tempfile.TemporaryDirectory() as home,
        zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as z,
    ):
        folder = pipeline.write(report, home)
        for file in sorted(path for path in folder.rglob("*") if path.is_file()):
            z.write(file, file.relative_to(Path(home)).as_posix())
        printed = pdf((folder / "report.html").read_text("utf-8"))
        if printed is not None:
            z.writestr(f"{folder.name}/report.pdf", printed)
    return out.getvalue()


def _saved_as(name: str) -> dict[str, str]:
    """Letters that no header can hold become ``_``."""
    harmless = "".join(c if c.isascii() and (c.isalnum() or c in "._-") else "_" for c in name)
    return {"Content-Disposition": f'attachment; filename="{harmless}"'}
