"""The fake's Socket Mode: a WebSocket server that says hello, hands out envelopes, takes acks."""

import json
import secrets
import socket
import struct
import threading
from collections.abc import Mapping
from contextlib import suppress
from queue import Empty, SimpleQueue
from typing import Any, Literal
from urllib.parse import parse_qs, urlsplit

from websockets.exceptions import ConnectionClosed
from websockets.sync.server import Server, ServerConnection, serve

from tests.fake_slack.state import State
from tests.fake_slack.workspace import APP_ID

Envelope = dict[str, Any]

_RECONNECT_SECONDS = 2.0  # how long an app may be away
_PING_SECONDS = 0.1  # a client that closes waits for the next word of the server's
_RESET = struct.pack("ii", 1, 0)  # SO_LINGER: close with a reset


class SocketServer:
    """Keeps the app's connections; each envelope goes to one of them, in turn."""

    def __init__(self, state: State) -> None:
        self._state = state
        self._server: Server = serve(
            self._attend,
            "127.0.0.1",
            0,
            compression=None,
            ping_interval=_PING_SECONDS,
            ping_timeout=None,
            close_timeout=0.2,
        )
        port = self._server.socket.getsockname()[1]
        state.socket_url = f"ws://127.0.0.1:{port}"
        self._thread = threading.Thread(
            target=self._server.serve_forever, name="fake-slack-sockets"
        )
        self._connections: list[ServerConnection] = []
        self._attending: set[threading.Thread] = set()
        self._waiting: dict[str, SimpleQueue[Envelope]] = {}  # by the envelope's id
        self._changed = threading.Condition()
        self.hellos = 0

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._server.shutdown()
        self._thread.join()
        self.drop()
        for thread in list(self._attending):
            thread.join()

    @property
    def count(self) -> int:
        """How many connections are open."""
        return len(self._connections)

    def wait_until_connected(self, timeout_seconds: float, connections: int = 1) -> None:
        with self._changed:
            is_there = self._changed.wait_for(
                lambda: len(self._connections) >= connections, timeout_seconds
            )
        assert is_there, "the app did not connect by Socket Mode"

    def deliver(self, envelope: Envelope, timeout_seconds: float) -> Envelope | None:
        """Send one envelope and wait for its ack; None if none came in time."""
        ack: SimpleQueue[Envelope] = SimpleQueue()
        self._waiting[envelope["envelope_id"]] = ack
        try:
            while not self._send(envelope):
                pass  # a connection that was just closing: take another
            return ack.get(timeout=timeout_seconds)
        except Empty:
            return None
        finally:
            del self._waiting[envelope["envelope_id"]]

    def say_goodbye(self, reason: str = "refresh_requested") -> None:
        """Ask the app to connect anew, as Slack does every few hours.

        `reason` "warning" only announces it; "refresh_requested" also closes the connections;
        "link_disabled" says that Socket Mode was switched off.
        """
        host = {"host": "applink-1"}
        for connection in list(self._connections):
            goodbye = {"type": "disconnect", "reason": reason, "debug_info": host}
            connection.send(json.dumps(goodbye))
        if reason != "warning":
            self.close()

    def close(self) -> None:
        """End all connections in good order."""
        for connection in list(self._connections):
            connection.close()

    def drop(self, how: Literal["reset", "silence"] = "reset") -> None:
        """Break all connections without a word.

        slack_sdk's client notices a reset at once; "silence" only ends the stream, which it sees
        by its own pings alone, after five of their intervals.
        """
        for connection in list(self._connections):
            with suppress(OSError):  # it may be gone already
                if how == "reset":
                    connection.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
                connection.socket.shutdown(socket.SHUT_RDWR)

    def _send(self, envelope: Envelope) -> bool:
        with self._changed:
            self._changed.wait_for(lambda: self._connections, _RECONNECT_SECONDS)
            assert self._connections, "the app is not connected by Socket Mode"
            connection = self._connections.pop(0)
            self._connections.append(connection)
        try:
            connection.send(json.dumps(envelope))
        except ConnectionClosed:
            self._forget(connection)
            return False
        return True

    def _attend(self, connection: ServerConnection) -> None:
        tickets = parse_qs(urlsplit(connection.request.path).query).get("ticket", [""])
        if tickets[0] not in self._state.tickets:
            return connection.close(1008, "unknown ticket")
        self._state.tickets.discard(tickets[0])
        self._attending.add(threading.current_thread())
        try:
            self._serve(connection)
        finally:
            self._forget(connection)
            self._attending.discard(threading.current_thread())
        return None

    def _serve(self, connection: ServerConnection) -> None:
        try:
            connection.send(json.dumps(self._hello()))
            with self._changed:
                self._connections.append(connection)
                self.hellos += 1
                self._changed.notify_all()
            for text in connection:
                self._take_ack(json.loads(text))
        except ConnectionClosed:
            return

    def _take_ack(self, ack: Mapping[str, Any]) -> None:
        waiting = self._waiting.get(str(ack["envelope_id"]))
        if waiting is not None:  # else it comes too late
            waiting.put(dict(ack))

    def _forget(self, connection: ServerConnection) -> None:
        with self._changed:
            if connection in self._connections:
                self._connections.remove(connection)
            self._changed.notify_all()

    def _hello(self) -> Envelope:
        debug = {"host": "applink-1", "build_number": 1, "approximate_connection_time": 18060}
        hello = {"type": "hello", "num_connections": len(self._connections) + 1}
        return hello | {"debug_info": debug, "connection_info": {"app_id": APP_ID}}


def build_envelope(kind: str, payload: Envelope, **more: Any) -> Envelope:
    """Wrap a payload; `kind` is slash_commands, interactive or events_api."""
    envelope = {"envelope_id": secrets.token_hex(8), "type": kind, "payload": payload}
    return envelope | {"accepts_response_payload": kind != "events_api", **more}
