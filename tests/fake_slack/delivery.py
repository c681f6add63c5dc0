"""The ways to an app: its HTTP address, its Socket Mode connection, or the Bolt app at hand."""

import hashlib
import hmac
import http.client
import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode, urlsplit

from slack_bolt import App, BoltRequest

from tests.fake_slack.socket_mode import SocketServer, build_envelope
from tests.fake_slack.state import State

Payload = dict[str, Any]
ACK_SECONDS = 3.0
_KINDS = {"command": "slash_commands", "click": "interactive", "event": "events_api"}


@dataclass(frozen=True)
class Answer:
    """How the app answered; `status` 0 is no answer within 3 seconds.

    `interaction` leads to what it says later: `FakeSlack.shown_for(answer)`.
    """

    status: int
    payload: Payload = field(default_factory=dict)
    text: str = ""
    seconds: float = 0.0
    interaction: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)

    @property
    def is_acked(self) -> bool:
        return self.status == 200


@dataclass(frozen=True)
class Parcel:
    """A payload on its way; `retry` is the number and the reason of an event's delivery."""

    kind: str  # command, click or event
    payload: Payload
    retry: tuple[int, str] | None = None

    def to_body(self) -> str:
        """What HTTP carries."""
        if self.kind == "command":
            return urlencode(self.payload)
        text = json.dumps(self.payload)
        return urlencode({"payload": text}) if self.kind == "click" else text

    @property
    def content_type(self) -> str:
        return "application/json" if self.kind == "event" else "application/x-www-form-urlencoded"


def sign(state: State, body: str, *, at: float | None = None, secret: str = "") -> dict[str, str]:
    """Sign a body as Slack does."""
    stamp = str(int(time.time() if at is None else at))
    key = (secret or state.signing_secret).encode()
    digest = hmac.new(key, f"v0:{stamp}:{body}".encode(), hashlib.sha256).hexdigest()
    return {"X-Slack-Request-Timestamp": stamp, "X-Slack-Signature": f"v0={digest}"}


def build_headers(state: State, parcel: Parcel, body: str) -> dict[str, str]:
    """The headers of a sound delivery."""
    headers = {"Content-Type": parcel.content_type, **sign(state, body)}
    if parcel.retry:
        number, reason = parcel.retry
        headers |= {"X-Slack-Retry-Num": str(number), "X-Slack-Retry-Reason": reason}
    return headers


def deliver_over_http(url: str, body: str, headers: Mapping[str, str]) -> Answer:
    """POST to the app as Slack does, and wait 3 s at most."""
    parts, start = urlsplit(url), time.monotonic()
    connection = http.client.HTTPConnection(parts.hostname, parts.port, timeout=ACK_SECONDS)
    try:
        connection.request("POST", parts.path, body.encode(), dict(headers))
        response = connection.getresponse()
        text = response.read().decode()
        named = {key.lower(): value for key, value in response.getheaders()}
        status = response.status
    except (OSError, http.client.HTTPException):
        return Answer(0, seconds=time.monotonic() - start)
    finally:
        connection.close()
    seconds = time.monotonic() - start
    return Answer(status, read_payload(text), text, seconds, headers=named)


def deliver_to_bolt(app: App, body: str, headers: Mapping[str, str]) -> Answer:
    """Hand a request to a Bolt app in this process."""
    start = time.monotonic()
    request = BoltRequest(body=body, headers={key: [value] for key, value in headers.items()})
    response = app.dispatch(request)
    text = response.body or ""
    named = {key.lower(): value[0] for key, value in response.headers.items()}
    seconds = time.monotonic() - start
    return Answer(response.status, read_payload(text), text, seconds, headers=named)


def deliver_by_socket(sockets: SocketServer, parcel: Parcel) -> Answer:
    """Send an envelope over Socket Mode, and wait 3 s at most for its ack."""
    start = time.monotonic()
    more: Payload = {}
    if parcel.kind == "event":
        number, reason = parcel.retry or (0, "")
        more = {"retry_attempt": number, "retry_reason": reason}
    envelope = build_envelope(_KINDS[parcel.kind], parcel.payload, **more)
    ack = sockets.deliver(envelope, ACK_SECONDS)
    seconds = time.monotonic() - start
    if ack is None:
        return Answer(0, seconds=seconds)
    return Answer(200, ack.get("payload") or {}, seconds=seconds)


def read_payload(text: str) -> Payload:
    """Read an ack's body: JSON, or a bare text to be shown."""
    if not text:
        return {}
    try:
        value = json.loads(text)
    except ValueError:
        return {"text": text}
    return value if isinstance(value, dict) else {"text": text}


Transport = Callable[[Parcel], Answer]
