"""The query: `GET /customers/{id}` answers with a customer's profile as Redis has it, and nothing while that may be wrong.

Answers are of `schemas.query`; faults are problems of RFC 9457. 503 comes with Retry-After: Redis does not answer, or the
customer's partition is still being filled, so that who is not found need not be unknown.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping
from datetime import UTC, datetime
from http import HTTPStatus

import msgspec
from aiohttp import web
from redis.exceptions import RedisError

from schemas.query import Problem
from service import metrics
from service.access.query_access import QueryAccess
from service.logs import log_events
from service.logs.error_words import in_short
from service.stored_profiles import StoredProfiles, decode
from service.web.server import RETRY_SECONDS

LONGEST_SECONDS = 2.0
"""Within which Redis has to answer."""
AT_ONCE = 64
"""Look-ups that Redis is asked for at a time; others wait."""

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


def application(access: QueryAccess, profiles: StoredProfiles) -> web.Application:
    """The query as a web application."""
    return _Query(access, profiles).app


class _Query:
    def __init__(self, access: QueryAccess, profiles: StoredProfiles) -> None:
        self._access, self._profiles = access, profiles
        self._at_once = asyncio.Semaphore(AT_ONCE)
        self.app = web.Application(middlewares=[self._observed])
        self.app.router.add_get(r"/customers/{customer_id:[^/]+}", self._customer)

    @web.middleware
    async def _observed(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        began = time.perf_counter()
        try:
            response = await self._checked(request, handler)
        except Exception as error:  # noqa: BLE001 - whatever it is, who asks has an answer as promised
            log_events.LOOK_UP_FAILED(reason=in_short(error), error=error)
            response = _problem(500, "a fault of the query itself")
        response.headers["Cache-Control"] = "no-store"
        metrics.QUERY_SECONDS.labels(str(response.status)).observe(time.perf_counter() - began)
        return response

    async def _checked(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        if not self._access.lets_in(request.headers.get("Authorization", "")):
            return _problem(401, "a token is asked for (Authorization: Bearer ...)", {"WWW-Authenticate": "Bearer"})
        try:
            return await handler(request)
        except web.HTTPMethodNotAllowed as error:
            return _problem(error.status, "customers can be looked up, nothing else", {"Allow": error.headers["Allow"]})
        except web.HTTPException as error:
            return _problem(error.status, "there is /customers/{id}, and nothing else")

    async def _customer(self, request: web.Request) -> web.Response:
        customer_id = request.match_info["customer_id"]
        try:
            async with asyncio.timeout(LONGEST_SECONDS), self._at_once:
                found = await self._profiles.look_up(customer_id)
        except (RedisError, OSError):  # a TimeoutError is an OSError
            return _later("Redis does not answer")
        if found.read_to is None:
            return _later(f"the read model is still being filled, in partition {found.partition}")
        if found.data is None:
            return _problem(404, f"no such customer was known at {_moment(found.read_to)}")
        return _found(customer_id, found.read_to, found.data)


def _found(customer_id: str, read_to: float, data: bytes) -> web.Response:
    try:
        decode(data)
    except msgspec.MsgspecError:
        return _problem(500, "what lies in Redis is no profile")
    # As it was published: also what a newer version has added.
    answer = {"customer_id": customer_id, "read_to": _moment(read_to), "data": msgspec.Raw(data)}
    return web.Response(body=msgspec.json.encode(answer), content_type="application/json")


def _later(detail: str) -> web.Response:
    return _problem(503, detail, {"Retry-After": str(RETRY_SECONDS)})


def _problem(status: int, detail: str, headers: Mapping[str, str] | None = None) -> web.Response:
    body = msgspec.json.encode(Problem(title=HTTPStatus(status).phrase, status=status, detail=detail))
    return web.Response(status=status, body=body, content_type="application/problem+json", headers=headers)


def _moment(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
