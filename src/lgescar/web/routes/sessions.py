"""One reading: what it is, its slices, and how far the encoding is."""

from __future__ import annotations

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from lgescar.outline.threshold import THRESHOLDS
from lgescar.reader.desk import AnySession
from lgescar.reader.rows import SessionRow
from lgescar.reader.rules import rule_labels
from lgescar.web.answers import Refusal, whole
from lgescar.web.routes.asked import answered, browser, desk, session_id
from lgescar.web.views import (
    Json,
    history_to_json,
    image_bytes,
    notes_to_json,
    run_lengths,
    study_to_json,
    view_to_json,
)


async def opened(request: Request) -> Response:
    """All of a reading except pixels; its slices begin to be encoded."""

    def told() -> Json:
        row = desk(request).row(session_id(request), browser(request))
        with desk(request).session(row.id) as session:
            session.start_encoding()
            return _session_to_json(row, desk(request).shown_name(row), session)

    return await answered(told)


async def encoded(request: Request) -> Response:
    """Which slices were looked at."""

    def told() -> Json:
        row = desk(request).row(session_id(request), browser(request))
        session = desk(request).glance(row)
        return {"encoded": sorted(session.encoded), "total": len(session.study.slices)}

    return await answered(told)


async def view(request: Request) -> Response:
    """What a slice shows."""
    index = whole(request.path_params["index"], "a slice")
    automatic = request.query_params.get("automatic") == "1"
    rule = request.query_params.get("rule")

    def told() -> Json:
        row = desk(request).row(session_id(request), browser(request))
        with desk(request).session(row.id) as session:
            now = session.slice(index)
            shown = view_to_json(now)
            if automatic:
                shown["automatic_runs"] = run_lengths(session.automatic_labels(index).codes)
            if rule is not None:
                study = session.study
                image = study.slices[study.indices.index(index)]
                found = rule_labels(image, now.labels, rule)
                shown["rule_runs"] = run_lengths(found.codes)
            return shown

    return await answered(told)


async def image(request: Request) -> Response:
    """The pixels of a slice."""
    index = whole(request.path_params["index"], "a slice")

    def pixels() -> bytes:
        row = desk(request).row(session_id(request), browser(request))
        study = desk(request).glance(row).study
        if index not in study.indices:
            raise Refusal(404, "the study has no such slice")
        return image_bytes(study.slices[study.indices.index(index)])

    return Response(
        await run_in_threadpool(pixels),
        media_type="application/octet-stream",
        headers={"Cache-Control": "private, max-age=31536000, immutable"},
    )


def _session_to_json(row: SessionRow, name: str, session: AnySession) -> Json:
    study, ready = session.study, session.encoded
    return {
        "session": row.id,
        "name": name,
        "study": None if row.blinded else row.study,
        "reader": row.reader,
        "number": row.number,
        "grade": session.state.grade,
        "remark": session.state.remark,
        "last": session.state.events,
        "read_only": session.read_only,
        **study_to_json(study),
        "rules": list(THRESHOLDS),
        "encoded": sorted(ready),
        # Lesions are believed or not over the whole study: no view before its last slice.
        "views": [view_to_json(session.slice(i)) for i in study.indices]
        if len(ready) == len(study.indices)
        else [],
        **history_to_json(session),
        # Before the first slice was looked at nobody has asked where the heart lies.
        "notes": notes_to_json(session.notes if ready or session.read_only else study.notes),
    }
