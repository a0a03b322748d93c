"""How much scar there is on screen, beside what the program and a threshold say."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

from lgescar.web.routes.asked import answered, browser, desk, session_id
from lgescar.web.views import Json, numbers_to_json


async def numbers(request: Request) -> Response:
    """Quantities now, automatic, and of a rule where one is named."""
    rule = request.query_params.get("rule")

    def told() -> Json:
        row = desk(request).row(session_id(request), browser(request))
        with desk(request).session(row.id) as session:
            found = {
                "now": numbers_to_json(session.numbers(), session.state.now.edits),
                "automatic": numbers_to_json(session.automatic_numbers(), 0),
            }
            if rule is not None:
                found["rule"] = numbers_to_json(session.rule_numbers(rule), 0)
            return found

    return await answered(told)
