"""One reading: what it is, its slices and quantities, and how far the encoding is."""

from __future__ import annotations

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from lgescar.outline.threshold import THRESHOLDS
from lgescar.reader.rows import SessionRow
from lgescar.reader.rules import rule_labels
from lgescar.reader.service import AnySession
from lgescar.web.responses import Refusal, whole
from lgescar.web.routes.request import browser, responded, service, session_id
from lgescar.web.views import (
    Json,
    history_to_json,
    image_bytes,
    notes_to_json,
    numbers_to_json,
    run_lengths,
    study_to_json,
    view_to_json,
)


async def opened(request: Request) -> Response:
    """All of a reading except pixels; its slices begin to be encoded."""

    def content() -> Json:
        row = service(request).row(session_id(request), browser(request))
        with service(request).session(row.id) as session:
            session.start_encoding()
            return _session_to_json(row, service(request).shown_name(row), session)

    return await responded(content)


async def encoded(request: Request) -> Response:
    """Which slices were predicted."""

    def content() -> Json:
        row = service(request).row(session_id(request), browser(request))
        session = service(request).glance(row)
        return {"encoded": sorted(session.encoded), "total": len(session.study.slices)}

    return await responded(content)


async def view(request: Request) -> Response:
    """What a slice shows."""
    index = whole(request.path_params["index"], "a slice")
    automatic = request.query_params.get("automatic") == "1"
    rule = request.query_params.get("rule")

    def content() -> Json:
        row = service(request).row(session_id(request), browser(request))
        with service(request).session(row.id) as session:
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

    return await responded(content)


async def numbers(request: Request) -> Response:
    """Quantities now, automatic, and of a rule where one is named."""
    rule = request.query_params.get("rule")

    def content() -> Json:
        row = service(request).row(session_id(request), browser(request))
        with service(request).session(row.id) as session:
            found = {
                "now": numbers_to_json(session.numbers(), session.state.now.edits),
                "automatic": numbers_to_json(session.automatic_numbers(), 0),
            }
            if rule is not None:
                found["rule"] = numbers_to_json(session.rule_numbers(rule), 0)
            return found

    return await responded(content)


async def image(request: Request) -> Response:
    """The pixels of a slice."""
    index = whole(request.path_params["index"], "a slice")

    def pixels() -> bytes:
        row = service(request).row(session_id(request), browser(request))
        study = service(request).glance(row).study
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
        # Plausible lesions are chosen over the whole study: no view before its last slice.
        "views": [view_to_json(session.slice(i)) for i in study.indices]
        if len(ready) == len(study.indices)
        else [],
        **history_to_json(session),
        # The heart is found with the first prediction; its notes come with it.
        "notes": notes_to_json(session.notes if ready or session.read_only else study.notes),
    }
