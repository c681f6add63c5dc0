"""What operators and Slack reach over HTTP: is it alive, is it ready, how is it doing, events."""

import logging
import socket
import threading
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress

import uvicorn
from slack_bolt import App, BoltRequest
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from bot.errors import BotError, UnreachablePort
from bot.manifest import EVENTS_PATH
from bot.metrics import CONTENT_TYPE, Metrics

MOST_BYTES = 1_000_000  # of a request of Slack's; the largest it sends are far smaller
START_SECONDS = 10

Check = Callable[[], bool]

_log = logging.getLogger(__name__)


def build_health(checks: Mapping[str, Check], metrics: Metrics) -> list[Route]:
    """Return the routes `/healthz`, `/readyz` and `/metrics`.

    Args:
        checks: What has to be in order before requests can be answered, by name.
    """

    def show_health(_request: Request) -> Response:
        return JSONResponse({"status": "ok"})

    def show_readiness(_request: Request) -> Response:
        states = {name: _passes(check) for name, check in checks.items()}
        return JSONResponse(states, status_code=200 if all(states.values()) else 503)

    def show_metrics(_request: Request) -> Response:
        return Response(metrics.render(), headers={"Content-Type": CONTENT_TYPE})

    return [
        Route("/healthz", show_health),
        Route("/readyz", show_readiness),
        Route("/metrics", show_metrics),
    ]


def build_events(app: App) -> list[Route]:
    """Return the route `/slack/events`, for commands, clicks and events alike."""

    async def receive(request: Request) -> Response:
        body = await _read(request)
        if body is None:
            return PlainTextResponse("too large", status_code=413)
        headers: dict[str, str | Sequence[str]] = dict(request.headers)
        try:
            asked = BoltRequest(body=body, query=request.url.query, headers=headers)
        except Exception:  # noqa: BLE001 - Bolt reads it before it looks at the signature
            return PlainTextResponse("not readable", status_code=400)
        # in a thread: Bolt waits there until the listener has acknowledged
        answer = await run_in_threadpool(app.dispatch, asked)
        return Response(
            answer.body,
            status_code=answer.status,
            headers={name: values[0] for name, values in answer.headers.items()},
        )

    return [Route(EVENTS_PATH, receive, methods=["POST"])]


async def _read(request: Request) -> str | None:
    body = bytearray()
    async for piece in request.stream():
        body += piece
        if len(body) > MOST_BYTES:
            return None
    return body.decode("utf-8", "replace")


class HttpServer:
    """Serves routes on a port, in a thread of its own.

    Raises:
        UnreachablePort: The port is taken or may not be used.
    """

    def __init__(self, host: str, port: int, routes: list[Route]) -> None:
        try:
            self._socket = socket.create_server((host, port))
        except (OSError, OverflowError) as error:
            reason = getattr(error, "strerror", None) or "it is no port"
            raise UnreachablePort(
                f"Port {port} of {host} cannot be served ({reason}): choose another."
            ) from error
        self.port = int(self._socket.getsockname()[1])
        config = uvicorn.Config(
            Starlette(routes=routes), access_log=False, log_config=None, timeout_graceful_shutdown=3
        )
        self._server = uvicorn.Server(config)
        self._thread = threading.Thread(
            target=self._server.run, kwargs={"sockets": [self._socket]}, name="http", daemon=True
        )

    def start(self) -> None:
        """Begin to answer.

        Raises:
            BotError: The server did not come up.
        """
        self._thread.start()
        waited = threading.Event()
        for _ in range(START_SECONDS * 100):
            if self._server.started:
                return
            waited.wait(0.01)
        raise BotError("The HTTP server did not come up.")

    def close(self) -> None:
        """Answer what is under way and stop."""
        self._server.should_exit = True
        if self._thread.is_alive():
            self._thread.join(5)
        with suppress(OSError):
            self._socket.close()


def _passes(check: Check) -> bool:
    try:
        return check()
    except Exception as error:  # noqa: BLE001 - whatever it is, it is not in order
        _log.warning("A readiness check failed: %s", type(error).__name__)
        return False
