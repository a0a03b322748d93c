"""Studies that are read while others are outlined."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from lgescar.core.study import Study
from lgescar.read.sandbox import read_study


@contextmanager
def reading_ahead(paths: Iterable[Path], **how: Any) -> Iterator[Iterator[Future[Study]]]:
    """The studies of ``paths`` in their order, each done: a study, or why it cannot be read.

    Each is read in its child process, as ``read_study`` reads it, while the one before is in use:
    the first from the start on, never more than one ahead.
    """
    pool = ThreadPoolExecutor(1)
    begun = (pool.submit(read_study, path, **how) for path in paths)

    def studies(ahead: Future[Study] | None) -> Iterator[Future[Study]]:
        while ahead is not None:
            ready = ahead
            wait([ready])
            ahead = next(begun, None)
            yield ready

    try:
        yield studies(next(begun, None))
    finally:
        pool.shutdown(wait=False, cancel_futures=True)
