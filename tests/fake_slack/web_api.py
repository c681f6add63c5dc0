"""The Web API: token, scopes, limits and faults of every call, then the method itself."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from tests.fake_slack import chat, conversations, files, people
from tests.fake_slack.faults import Fault
from tests.fake_slack.recording import Call
from tests.fake_slack.refusal import Refusal
from tests.fake_slack.scopes import SCOPES, require
from tests.fake_slack.state import State

Arguments = dict[str, Any]
Method = Callable[[State, Arguments], dict[str, Any]]

METHODS: dict[str, Method] = {
    **people.METHODS,
    **conversations.METHODS,
    **chat.METHODS,
    **files.METHODS,
}
_WITH_ANY_TOKEN = ("auth.test",)
_OF_THE_APP = ("apps.connections.open",)


@dataclass(frozen=True)
class Answer:
    """What goes back over HTTP."""

    status: int
    body: dict[str, Any]
    headers: Mapping[str, str] = field(default_factory=dict)


def answer(state: State, method: str, token: str, arguments: Arguments) -> Answer:
    """Answer one call; it is recorded by `note`."""
    wait = state.limits.take(method, arguments)
    if wait:
        return _slow_down(wait)
    try:
        _check_token(state, method, token)
        body = METHODS[method](state, {**arguments, "token": token})
        return Answer(200, {"ok": True, **body}, _headers(state, token))
    except KeyError as error:
        if method in METHODS:
            raise
        return Answer(200, Refusal("unknown_method", req_method=str(error)).body())
    except Refusal as refusal:
        return Answer(200, refusal.body(), _headers(state, token))


def answer_fault(fault: Fault) -> Answer:
    """What is answered where a fault has a status of its own."""
    if fault.kind == "ratelimited":
        return _slow_down(int(fault.seconds))
    if fault.kind == "error":
        return Answer(200, Refusal(fault.error).body())
    return Answer(503 if fault.kind == "503" else 500, Refusal("internal_error").body())


def note(state: State, method: str, arguments: Arguments, result: Answer) -> None:
    """Record a call."""
    error = "" if result.body.get("ok") else str(result.body.get("error", ""))
    call = Call(method, arguments, result.status, error, state.clock.monotonic())
    state.record.add(state.record.calls, call)


def _slow_down(seconds: int) -> Answer:
    return Answer(429, Refusal("ratelimited").body(), {"Retry-After": str(seconds)})


def _headers(state: State, token: str) -> dict[str, str]:
    if token not in (state.bot_token, state.app_token):
        return {}
    scopes = state.app_scopes if token == state.app_token else state.scopes
    return {"x-oauth-scopes": ",".join(sorted(scopes))}


def _check_token(state: State, method: str, token: str) -> None:
    if not token:
        raise Refusal("not_authed")
    if token in state.revoked:
        raise Refusal("token_revoked")
    if token not in (state.bot_token, state.app_token):
        raise Refusal("invalid_auth")
    is_app_token = token == state.app_token
    if method not in _WITH_ANY_TOKEN and is_app_token != (method in _OF_THE_APP):
        raise Refusal("not_allowed_token_type")
    needed = SCOPES.get(method, "")
    if "*" not in needed:
        require(state.app_scopes if is_app_token else state.scopes, needed)
