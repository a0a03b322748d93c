"""Edits in, acknowledged once they are on the disc; stored events and refused versions out."""

from __future__ import annotations

import json
from typing import Any

from starlette.background import BackgroundTask
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from lgescar.core.errors import ConflictError, EventError
from lgescar.reader.chain import NewEvent, StoredEvent
from lgescar.reader.events import AcceptStudy, Copy, Event, SliceEvent, event_from_json
from lgescar.reader.replay import State
from lgescar.reader.service import AnySession
from lgescar.web.responses import json_body, refused, whole
from lgescar.web.routes.request import browser, reader, responded, service, session_id
from lgescar.web.views import Json, history_to_json, stored_to_json, view_to_json

MOST_EVENTS = 1000
"""Events of one request; a page that was away long sends several."""


async def append(request: Request) -> Response:
    """Store events behind number ``after``; what the slices they touched show now."""
    content = await json_body(request, {"after": int, "events": list})
    events, who = _new(content["events"]), reader(request)

    def appended() -> Response:
        row = service(request).row(session_id(request), browser(request))
        with service(request).session(row.id) as session:
            before = session.state
            try:
                service(request).edit(row.id, content["after"], events, who)
            except ConflictError as error:
                found = [
                    stored_to_json(event) for event in error.found if isinstance(event, StoredEvent)
                ]
                more: Json = {"last": before.events, "events": found, "branch": error.branch}
                return refused(409, str(error), **more)
            with service(request).session(row.id):  # what was stored is now applied
                accepted = any(isinstance(one.event, AcceptStudy) for one in events)
                snapshot = (
                    BackgroundTask(service(request).store_snapshot, row.id) if accepted else None
                )
                return JSONResponse(_shown(session, before, events), background=snapshot)

    return await run_in_threadpool(appended)


async def stored(request: Request) -> Response:
    """The events that follow a number."""
    after = whole(request.query_params.get("after", "0"), "after")

    def content() -> Json:
        row = service(request).row(session_id(request), browser(request))
        events = service(request).store.events(row.id, after)
        last = service(request).store.session(row.id).last
        return {"last": last, "events": [stored_to_json(event) for event in events]}

    return await responded(content)


async def branches(request: Request) -> Response:
    """Versions that were refused because the reading had gone on."""

    def content() -> Json:
        row = service(request).row(session_id(request), browser(request))
        found = service(request).store.branches(row.id)
        return {
            "branches": [
                {
                    "id": one.id,
                    "after": one.after,
                    "at": one.at,
                    "who": one.who,
                    "events": [
                        {"id": name, "event": json.loads(text)}
                        for name, text in json.loads(one.events)
                    ],
                }
                for one in found
            ]
        }

    return await responded(content)


def _new(content: list[Any]) -> list[NewEvent]:
    if not 0 < len(content) <= MOST_EVENTS:
        raise EventError(f"a request brings 1 to {MOST_EVENTS} events")
    new = []
    for one in content:
        if not isinstance(one, dict) or not {"id", "event"} <= set(one) <= {"id", "when", "event"}:
            raise EventError("an event comes with its id, and with when it happened")
        new.append(NewEvent(one["id"], event_from_json(one["event"])))
    return new


def _shown(session: AnySession, before: State, events: list[NewEvent]) -> Json:
    """What the slices show that changed, or that were named by an event stored before."""
    now, named = session.state.now, frozenset().union(*(_slices(new.event) for new in events))
    changed = [
        index
        for index in session.study.indices
        if index in named
        or now.at(index) is not before.now.at(index)
        or (index in now.accepted) != (index in before.now.accepted)
    ]
    return {
        "last": session.state.events,
        "changed": [view_to_json(session.slice(index)) for index in changed],
        **history_to_json(session),
    }


def _slices(event: Event) -> frozenset[int]:
    """The slices that an event names: shown again even where it was stored before."""
    if isinstance(event, Copy):
        return frozenset({event.to})
    return frozenset({event.slice} if isinstance(event, SliceEvent) else ())
