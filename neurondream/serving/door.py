"""The page's server over HTTP: who may ask, what is answered (Fielding et al. 2022, RFC 9110)."""

import functools
import logging
import secrets
from collections.abc import Callable, Mapping
from typing import Any

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import Route

from neurondream.errors import InputError
from neurondream.serving.desk import BusyError
from neurondream.serving.wishes import MOST_BYTES

_LONGEST = 300  # of an error line
_HEADERS = {
    "Content-Security-Policy": "frame-ancestors 'none'",  # the page has the rest in itself
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Cache-Control": "no-store",
}
TOKEN = "x-token"

Answer = Callable[[bytes], Mapping[str, Any]]


def make_app(page: str, answers: Mapping[tuple[str, str], Answer], port: int, token: str):
    """Make the ASGI application.

    It answers this machine's own page alone: a request names the address as its host, so that no
    other name can be led here (DNS rebinding), comes from no other page (Origin), and, for
    whatever is not the page itself, brings the token that stands in the page.

    Args:
      page: HTML of `/`.
      answers: by method and path, from a request's body to JSON values; each runs in a thread.
      port: where it listens.
      token: of this process.
    """
    # Browsers leave the usual port out.
    ending = "" if port == 80 else f":{port}"
    hosts = [f"127.0.0.1{ending}", f"localhost{ending}"]

    def check(request: Request) -> None:
        if request.headers.getlist("host") not in [[host] for host in hosts]:
            raise HTTPException(403, f"this server answers as {hosts[0]} alone")
        origin = request.headers.get("origin")
        if origin is None and request.method in ("GET", "HEAD"):
            return
        if origin not in [f"http://{host}" for host in hosts]:
            raise HTTPException(403, "this server answers its own page alone")

    async def show(request: Request) -> Response:
        return HTMLResponse(page, headers=_HEADERS)

    async def answer(request: Request, work: Answer) -> Response:
        if not secrets.compare_digest(request.headers.get(TOKEN, "").encode(), token.encode()):
            raise HTTPException(403, "this page is of an earlier start; load it again")
        found = await run_in_threadpool(work, await read_body(request))
        return JSONResponse(found, headers=_HEADERS)

    routes = [Route("/", show)]
    for (method, path), work in answers.items():
        endpoint = functools.partial(answer, work=work)
        routes.append(Route(path, endpoint, methods=[method]))
    app = Starlette(routes=routes, exception_handlers={
        ClientDisconnect: lambda request, error: refuse(400, "nobody waits for the answer"),
        HTTPException: lambda request, error: refuse(error.status_code, error.detail),
        BusyError: lambda request, error: refuse(409, str(error)),
        InputError: lambda request, error: refuse(400, str(error)),
        Exception: fail,
    })

    async def guard(scope, receive, send) -> None:
        # Before anything is routed: what is not there is told to nobody else either.
        if scope["type"] == "http":
            try:
                check(Request(scope))
            except HTTPException as error:
                await refuse(error.status_code, error.detail)(scope, receive, send)
                return
        await app(scope, receive, send)

    return guard


async def read_body(request: Request) -> bytes:
    """Read a body of JSON within bounds."""
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if request.method == "POST" and kind != "application/json":
        raise HTTPException(415, "send JSON, as application/json")
    body = b""
    async for part in request.stream():
        body += part
        if len(body) > MOST_BYTES:
            raise HTTPException(413, f"a request has at most {MOST_BYTES} bytes")
    return body


def refuse(status: int, message: str) -> Response:
    """Answer with one line that says what is wrong."""
    line = " ".join(message.split())
    line = line if len(line) <= _LONGEST else f"{line[: _LONGEST - 1]}…"
    return JSONResponse({"error": line}, status, headers=_HEADERS)


def fail(request: Request, error: Exception) -> Response:
    """Answer where the fault is ours; who runs the server sees it whole."""
    logging.getLogger(__name__).error("%s failed", request.url.path, exc_info=error)
    return refuse(500, f"something went wrong: {type(error).__name__}; the terminal says more")
