"""Health, readiness, metrics and Slack's events over real HTTP."""

import json
import socket
from http.client import HTTPConnection
from time import time

import pytest
from slack_bolt import App
from slack_sdk.signature import SignatureVerifier

from bot.errors import UnreachablePort
from bot.health import MOST_BYTES, HttpServer, build_events, build_health
from bot.metrics import Metrics
from bot.session import open_session

SECRET = "not-a-secret"


@pytest.fixture
def metrics(speaking):
    with open_session() as session:
        yield Metrics(session.store)


@pytest.fixture
def serve():
    servers = []

    def start(routes) -> HttpServer:
        server = HttpServer("127.0.0.1", 0, routes)
        servers.append(server)
        server.start()
        return server

    yield start
    for server in servers:
        server.close()


def ask(server: HttpServer, path: str, body: str = "", **headers: str) -> tuple[int, str]:
    connection = HTTPConnection("127.0.0.1", server.port, timeout=10)
    connection.request("POST" if headers else "GET", path, body.encode(), headers)
    answer = connection.getresponse()
    found = answer.status, answer.read().decode()
    connection.close()
    return found


def sign(body: str, secret: str = SECRET) -> dict[str, str]:
    now = str(int(time()))
    signature = SignatureVerifier(secret).generate_signature(timestamp=now, body=body)
    return {"X-Slack-Signature": signature or "", "X-Slack-Request-Timestamp": now}


def test_a_living_process_is_healthy_even_when_it_is_not_ready(serve, metrics):
    server = serve(build_health({"socket": lambda: False}, metrics))
    assert ask(server, "/healthz") == (200, '{"status":"ok"}')


def test_readiness_names_each_check_and_fails_with_any(serve, metrics):
    states = {"socket": True, "database": True}
    checks = {name: lambda name=name: states[name] for name in states}
    server = serve(build_health(checks, metrics))
    assert ask(server, "/readyz") == (200, '{"socket":true,"database":true}')
    states["socket"] = False
    assert ask(server, "/readyz") == (503, '{"socket":false,"database":true}')


def test_a_check_that_breaks_is_not_in_order(serve, metrics):
    def break_down() -> bool:
        raise OSError("no such database")

    status, body = ask(serve(build_health({"database": break_down}, metrics)), "/readyz")
    assert (status, json.loads(body)) == (503, {"database": False})


def test_metrics_count_requests_runs_and_voices_and_name_nobody(serve, metrics):
    metrics.count_request("answered", 0.2)
    metrics.count_request("refused", 0.01)
    metrics.watch("mimic_requests_waiting", "Requests that wait", lambda: 3)
    status, text = ask(serve(build_health({}, metrics)), "/metrics")
    assert status == 200
    lines = text.splitlines()
    assert 'mimic_requests_total{outcome="answered"} 1.0' in lines
    assert 'mimic_latency_seconds_bucket{le="0.25"} 2.0' in lines
    assert "mimic_requests_waiting 3.0" in lines
    assert 'mimic_runs{state="queued"} 0.0' in lines
    assert "mimic_voices 3.0" in lines
    assert "ada" not in text


def test_a_signed_request_reaches_the_listener_and_a_forged_one_does_not(serve):
    app = App(token="xoxb-1", signing_secret=SECRET, token_verification_enabled=False)
    body = json.dumps({"type": "url_verification", "challenge": "abc"})
    server = serve(build_events(app))
    kind = {"Content-Type": "application/json"}
    assert ask(server, "/slack/events", body, **kind, **sign(body))[0] == 200
    assert ask(server, "/slack/events", body, **kind, **sign(body, "another"))[0] == 401


def test_a_request_larger_than_any_of_slacks_is_turned_away(serve):
    app = App(token="xoxb-1", signing_secret=SECRET, token_verification_enabled=False)
    body = "x" * (MOST_BYTES + 1)
    assert ask(serve(build_events(app)), "/slack/events", body, **sign(body))[0] == 413


@pytest.mark.parametrize("body", ['{"text": "cut o', '["a list"]', "payload=neither"])
def test_a_request_that_is_not_readable_is_turned_away_and_not_logged(serve, caplog, body):
    app = App(token="xoxb-1", signing_secret=SECRET, token_verification_enabled=False)
    server = serve(build_events(app))
    kind = (
        {"Content-Type": "application/json"} if body[0] != "p" else {"Content-Type": "text/plain"}
    )
    assert ask(server, "/slack/events", body, **kind)[0] == 400
    assert not caplog.records


def test_a_port_that_is_taken_is_named():
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(UnreachablePort, match=f"Port {port} of 127"):
            HttpServer("127.0.0.1", port, [])
