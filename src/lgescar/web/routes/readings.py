"""Reading studies: who reads what twice, blinded, in which order."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

from lgescar.core.errors import EventError
from lgescar.reader.plan import plan_readings
from lgescar.web.answers import json_body
from lgescar.web.routes.asked import answered, desk
from lgescar.web.views import Json

LARGEST_SEED = 2**32


async def plan(request: Request) -> Response:
    """Two blinded sessions of every reader and study, in an order drawn by the seed."""
    content = await json_body(request, {"readers": list, "studies": list, "seed": int})
    words = [*content["readers"], *content["studies"]]
    if not all(isinstance(word, str) for word in words):
        raise EventError("readers and studies are lists of names and ids")
    if not 0 <= content["seed"] < LARGEST_SEED:
        raise EventError(f"a seed is a whole number from 0, below {LARGEST_SEED}")

    def planned() -> Json:
        here = desk(request)
        for study in content["studies"]:
            here.study(study)
        here.keep_bundle()
        rows = plan_readings(
            here.store, content["studies"], content["readers"], here.bundle.sha256, content["seed"]
        )
        return {"sessions": [row.id for row in rows]}

    return await answered(planned)
