"""The addresses under which the curves of a run are had: by its owner, and by whoever has its view link."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

import anyio.to_thread
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from components.owner import owner_in
from lib.errors import UserError
from lib.runs.feed import Feed, Feeds
from lib.runs.store import Store
from lib.settings import settings

FEEDS: Final = Feeds()
RUN: Final = "/api/runs/{run}/points"
VIEW: Final = "/api/views/{link}/points"
_HEADERS: Final = {"cache-control": "no-store"}


async def points_of_run(request: Request) -> Response:
    """The curves of a run for its owner, as far as they are new after the cursor `after`."""
    run, home = request.path_params["run"], str(settings().home)
    owner = owner_in(request.cookies)
    if owner is None:
        return _missing()
    found = FEEDS.fresh(home, run) or await _found(lambda: FEEDS.look(Store(), home, run))
    return _points(request, found, lambda feed: feed.owner == owner)


async def points_of_view(request: Request) -> Response:
    """The same for whoever has a view link."""
    link, home = request.path_params["link"], str(settings().home)
    found = FEEDS.fresh_by_link(home, link) or await _found(lambda: FEEDS.look_by_link(Store(), home, link))
    return _points(request, found, lambda feed: feed.link == link)


async def _found(look: Callable[[], Feed | None]) -> Feed | Response:
    """The feed, looked for in a thread; what is missing and what is foreign get the same answer."""
    try:
        return await anyio.to_thread.run_sync(look) or _missing()
    except UserError:
        return Response(status_code=503, headers=_HEADERS)


def _points(request: Request, feed: Feed | Response, may_see: Callable[[Feed], bool]) -> Response:
    """What is new in `feed` for who may see it; a response in its place is passed on."""
    if isinstance(feed, Response):
        return feed
    if not may_see(feed):
        return _missing()
    found = feed.answer(request.query_params.get("after", ""))
    if found is None:
        return Response(status_code=204, headers=_HEADERS)
    return Response(found, media_type="application/json", headers=_HEADERS)


def _missing() -> Response:
    return Response(status_code=404, headers=_HEADERS)


ROUTES: Final[Sequence[BaseRoute]] = (Route(RUN, points_of_run), Route(VIEW, points_of_view))
