"""The fake's HTTP side, in threads: `/api/<method>`, `/response/<id>` and `/upload/<id>`."""

import json
import socket
import socketserver
import struct
import threading
import time
from contextlib import suppress
from dataclasses import replace
from email.utils import formatdate
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from tests.fake_slack import files, response_urls, web_api
from tests.fake_slack.faults import Fault, prepare, spoil
from tests.fake_slack.state import State

_HTML = "<!DOCTYPE html><html><head><title>Server Error | Slack</title></head></html>"
_RESET = struct.pack("ii", 1, 0)  # SO_LINGER: close with a reset


class HttpServer:
    """Answers on a port of its own from `start` to `stop`."""

    def __init__(self, state: State) -> None:
        self._server = _Server(("127.0.0.1", 0), _Handler)
        self._server.state = state
        self._thread = threading.Thread(
            target=self._server.serve_forever, args=(0.02,), name="fake-slack-http"
        )
        state.http_url = f"http://127.0.0.1:{self._server.server_address[1]}"

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._server.shutdown()
        self._server.server_close()  # waits for the threads of requests
        self._thread.join()


class _Server(ThreadingHTTPServer):
    daemon_threads = False
    request_queue_size = 256
    state: State

    def server_bind(self) -> None:
        socketserver.TCPServer.server_bind(self)  # HTTPServer would look up the host's name
        self.server_name, self.server_port = "127.0.0.1", self.server_address[1]

    def handle_error(self, request: Any, client_address: Any) -> None:
        self.state.violate("the fake itself failed; see the test's output")
        super().handle_error(request, client_address)


class _Handler(BaseHTTPRequestHandler):
    server: _Server
    timeout = 5

    def do_GET(self) -> None:
        self._answer(b"")

    def do_POST(self) -> None:
        self._answer(self.rfile.read(int(self.headers.get("Content-Length") or 0)))

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - its name there
        """Say nothing."""

    def date_time_string(self, timestamp: float | None = None) -> str:
        return formatdate(time.time() + self.server.state.clock_skew_seconds, usegmt=True)

    def handle(self) -> None:
        with suppress(BrokenPipeError, ConnectionResetError):  # the app may hang up
            super().handle()

    def _answer(self, body: bytes) -> None:
        state, url = self.server.state, urlsplit(self.path)
        _, place, name = url.path.split("/", 2)
        if place == "api":
            return self._call(name, self._read_arguments(url.query, body))
        if place == "response":
            return self._respond(name, body)
        if place == "upload":
            return self._send(*files.receive(state, name, body))
        return self._send(404, "not found")

    def _respond(self, interaction: str, body: bytes) -> None:
        payload = self._read_arguments("", body)
        fault = self.server.state.faults.strike("response_url", payload)
        if fault and fault.kind in ("500", "503"):
            return self._send(int(fault.kind), "")
        if fault is None or self._fail(fault, "ok"):
            return self._send(*response_urls.use(self.server.state, interaction, payload))
        return None

    def _call(self, method: str, arguments: dict[str, Any]) -> None:
        state = self.server.state
        token = self.headers.get("Authorization", "").removeprefix("Bearer ")
        token = arguments.pop("token", "") or token
        fault = state.faults.strike(method, arguments)
        if fault and fault.kind in ("500", "503", "ratelimited", "error"):
            answer = web_api.answer_fault(fault)
        else:
            answer = web_api.answer(state, method, token, prepare(fault, arguments))
            answer = replace(answer, body=spoil(fault, answer.body))
        web_api.note(state, method, arguments, answer)
        text = json.dumps(answer.body)
        if fault is None or self._fail(fault, text):
            self._send(answer.status, text, {**answer.headers, "Content-Type": "application/json"})

    def _fail(self, fault: Fault, text: str) -> bool:
        """Do what a fault does to the wire; return whether the answer is still to be sent."""
        if fault.kind == "reset":
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
            self.connection.close()
            return False
        if fault.kind == "hang":
            self.server.state.stopping.wait(fault.seconds)
        elif fault.kind == "html":
            self._send(200, _HTML, {"Content-Type": "text/html"})
        elif fault.kind == "truncated":
            self._send(200, text[: len(text) // 2], {"Content-Type": "application/json"})
        return fault.kind not in ("html", "truncated")

    def _read_arguments(self, query: str, body: bytes) -> dict[str, Any]:
        arguments: dict[str, Any] = dict(parse_qsl(query, keep_blank_values=True))
        if "json" in self.headers.get("Content-Type", ""):
            return arguments | json.loads(body or b"{}")
        return arguments | dict(parse_qsl(body.decode(), keep_blank_values=True))

    def _send(self, status: int, text: str, headers: dict[str, str] | None = None) -> None:
        content = text.encode()
        self.send_response(status)
        for name, value in {**(headers or {}), "Content-Length": str(len(content))}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(content)
