"""The application: a store and a bundle behind the guard."""

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
from lgescar.web.answers import Refusal, on_error, on_refusal
from lgescar.web.desk import Desk
from lgescar.web.doors import Door
from lgescar.web.guard import Guard
from lgescar.web.table import DOORS
from lgescar.web.users import Users


def reader_app(
    store: Store,
    bundle: Bundle,
    access: Access,
    users: Users | None = None,
    more: Sequence[Door] = (),
) -> Starlette:
    """The reader's server; ``more`` are doors that are closed unless asked for."""
    desk = Desk(store, bundle)

    @asynccontextmanager
    async def open_desk(_: Starlette) -> AsyncIterator[None]:
        yield
        await run_in_threadpool(desk.close)

    app = Starlette(
        routes=[*DOORS, *more],
        middleware=[Middleware(Guard, access=access)],
        exception_handlers={Refusal: on_refusal, LgescarError: on_error},
        lifespan=open_desk,
    )
    app.state.desk = desk
    app.state.access = access
    app.state.users = users
    app.state.names = {}
    return app
