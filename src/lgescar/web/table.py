"""Every route of the server, in one table, with its protection and the size of what it takes."""

from __future__ import annotations

from lgescar.web.answers import MIB
from lgescar.web.doors import Door
from lgescar.web.routes import (
    events,
    login,
    me,
    numbers,
    pages,
    readings,
    results,
    sessions,
    uploads,
    worklist,
)

EVENTS_BYTES, IMPORT_BYTES, UPLOAD_BYTES = 32 * MIB, 64 * MIB, 512 * MIB
ONE = "/api/sessions/{session}"

DOORS: tuple[Door, ...] = (
    Door("GET", "/healthz", pages.healthz, "open"),
    Door("GET", "/", pages.worklist_page, "token"),
    Door("GET", "/login", login.login_page, "open"),
    Door("POST", "/login", login.log_in, "open"),
    Door("POST", "/logout", login.log_out),
    Door("GET", "/outside/{file}", pages.outside_file, "open"),
    Door("GET", "/read/{session}", pages.reading_page),
    Door("GET", "/static/{file:path}", pages.static_file),
    Door("GET", "/api/me", me.me),
    Door("POST", "/api/me", me.name_reader),
    Door("GET", "/api/worklist", worklist.worklist),
    Door("GET", "/api/studies/{study}/thumbnail.png", worklist.study_thumbnail),
    Door("POST", "/api/sessions", worklist.begin),
    Door("POST", "/api/sessions/import", results.import_json, most_bytes=IMPORT_BYTES),
    Door("POST", "/api/uploads", uploads.upload, most_bytes=UPLOAD_BYTES),
    Door("POST", "/api/readings", readings.plan),
    Door("GET", ONE, sessions.opened),
    Door("GET", f"{ONE}/thumbnail.png", worklist.session_thumbnail),
    Door("GET", f"{ONE}/encoded", sessions.encoded),
    Door("GET", f"{ONE}/slices/{{index}}", sessions.view),
    Door("GET", f"{ONE}/slices/{{index}}/image", sessions.image),
    Door("GET", f"{ONE}/events", events.stored),
    Door("POST", f"{ONE}/events", events.append, most_bytes=EVENTS_BYTES),
    Door("GET", f"{ONE}/branches", events.branches),
    Door("GET", f"{ONE}/numbers", numbers.numbers),
    Door("GET", f"{ONE}/result.zip", results.result),
    Door("GET", f"{ONE}/session.json", results.session_json),
)
