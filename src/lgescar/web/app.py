"""The application: every route with its protection, over a store and a bundle."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.middleware import Middleware

from lgescar.bundle import Bundle
from lgescar.core.errors import LgescarError
from lgescar.reader.store import Store
from lgescar.web.access import Access
from lgescar.web.protection import ProtectedRoute, ProtectionMiddleware
from lgescar.web.responses import MIB, Refusal, on_error, on_refusal
from lgescar.web.routes import events, login, pages, results, sessions, uploads, worklist
from lgescar.web.service import WebReaderService
from lgescar.web.users import Users

EVENTS_BYTES, IMPORT_BYTES, UPLOAD_BYTES = 32 * MIB, 64 * MIB, 512 * MIB
ONE = "/api/sessions/{session}"

ROUTES: tuple[ProtectedRoute, ...] = (
    ProtectedRoute("GET", "/healthz", pages.healthz, "open"),
    ProtectedRoute("GET", "/", pages.worklist_page, "token"),
    ProtectedRoute("GET", "/login", login.login_page, "open"),
    ProtectedRoute("POST", "/login", login.log_in, "open"),
    ProtectedRoute("POST", "/logout", login.log_out),
    ProtectedRoute("GET", "/public/{file}", pages.public_file, "open"),
    ProtectedRoute("GET", "/read/{session}", pages.reading_page),
    ProtectedRoute("GET", "/static/{file:path}", pages.static_file),
    ProtectedRoute("GET", "/api/me", login.me),
    ProtectedRoute("POST", "/api/me", login.name_reader),
    ProtectedRoute("GET", "/api/worklist", worklist.worklist),
    ProtectedRoute("GET", "/api/studies/{study}/thumbnail.png", worklist.study_thumbnail),
    ProtectedRoute("POST", "/api/sessions", worklist.begin),
    ProtectedRoute("POST", "/api/sessions/import", results.import_json, most_bytes=IMPORT_BYTES),
    ProtectedRoute("POST", "/api/uploads", uploads.upload, most_bytes=UPLOAD_BYTES),
    ProtectedRoute("POST", "/api/readings", worklist.plan),
    ProtectedRoute("GET", ONE, sessions.opened),
    ProtectedRoute("GET", f"{ONE}/thumbnail.png", worklist.session_thumbnail),
    ProtectedRoute("GET", f"{ONE}/encoded", sessions.encoded),
    ProtectedRoute("GET", f"{ONE}/slices/{{index}}", sessions.view),
    ProtectedRoute("GET", f"{ONE}/slices/{{index}}/image", sessions.image),
    ProtectedRoute("GET", f"{ONE}/events", events.stored),
    ProtectedRoute("POST", f"{ONE}/events", events.append, most_bytes=EVENTS_BYTES),
    ProtectedRoute("GET", f"{ONE}/branches", events.branches),
    ProtectedRoute("GET", f"{ONE}/numbers", sessions.numbers),
    ProtectedRoute("GET", f"{ONE}/result.zip", results.result),
    ProtectedRoute("GET", f"{ONE}/session.json", results.session_json),
)


def reader_app(
    store: Store,
    bundle: Bundle,
    access: Access,
    users: Users | None = None,
    more: Sequence[ProtectedRoute] = (),
) -> Starlette:
    """The reader's server; ``more`` are routes that are closed unless requested."""
    service = WebReaderService(store, bundle)

    @asynccontextmanager
    async def open_service(_: Starlette) -> AsyncIterator[None]:
        yield
        await run_in_threadpool(service.close)

    app = Starlette(
        routes=[*ROUTES, *more],
        middleware=[Middleware(ProtectionMiddleware, access=access)],
        exception_handlers={Refusal: on_refusal, LgescarError: on_error},
        lifespan=open_service,
    )
    app.state.service = service
    app.state.access = access
    app.state.users = users
    app.state.names = {}
    return app
