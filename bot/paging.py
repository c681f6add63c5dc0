"""Slack's Web API read patiently: page by page, and again where it fails for a while."""

import random
import re
import threading
from collections.abc import Iterator, Mapping, Sequence
from http.client import HTTPException
from typing import Any

from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError
from slack_sdk.http_retry import HttpRequest, HttpResponse, RetryHandler, RetryState

from bot.errors import InvalidCredential, SlackError
from bot.pacing import Clock, Pacing
from bot.slack_client import build_like

_ATTEMPTS = 6  # about a minute in all
_LONGEST_SECONDS = 60.0
_UNSAID_SECONDS = 30.0  # where a refusal does not say how long to wait
_PASSING = frozenset({"internal_error", "fatal_error", "service_unavailable", "request_timeout"})
_NO_TOKEN = frozenset(
    {
        "not_authed",
        "invalid_auth",
        "account_inactive",
        "token_revoked",
        "token_expired",
        "org_login_required",
    }
)
_RESTARTS = 5  # of one list whose cursors expire
_CODE = re.compile(r"[a-z0-9_-]{1,32}")

EXPIRED = "invalid_cursor"

Page = Mapping[str, Any]


class CallFailed(Exception):
    """Slack answers, but does not give this.

    Args:
        code: Slack's own short code, `server_error` where it has none.
    """

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class _Trouble(Exception):
    """An answer did not come, or a server's error did, as often as it was asked for."""


class Reader:
    """Asks for what can be asked for again.

    Args:
        client: Knows the token and the address; its own way of retrying is not used.
        pacing: Keeps the requests apart.
    """

    def __init__(self, client: WebClient, pacing: Pacing) -> None:
        self._pacing = pacing
        self._client = build_like(client, _Patience(pacing))

    def call(self, method: str, **arguments: Any) -> Page:
        """Ask once, however often that takes.

        Args:
            method: As in `conversations.history`.
            arguments: Its arguments; empty ones are left out.

        Raises:
            CallFailed: Slack does not give this, and will not soon.
            SlackError: It gives nothing at all now.
            Stopped: It is to stop.
        """
        given = {name: value for name, value in arguments.items() if value != ""}
        try:
            return self._ask(method, given)
        except _Trouble:
            if not self._answers():
                raise _unreachable() from None
        try:
            return self._ask(method, given)  # all of Slack may have been away, and is back
        except _Trouble:
            raise CallFailed("server_error") from None

    def _ask(self, method: str, given: Mapping[str, Any]) -> Page:
        self._pacing.wait(method)
        try:
            answer = self._client.api_call(method, params=dict(given))
        except SlackApiError as error:
            raise self._explain(error) from None  # the library's text holds the answer
        except (OSError, HTTPException, ValueError):
            raise _Trouble from None
        return answer.data if isinstance(answer.data, dict) else {}

    def pages(self, method: str, **arguments: Any) -> Iterator[Page]:
        """Yield page after page; a short or an empty one is not the end.

        A cursor that has expired begins the list again, so that items may come twice.

        Raises:
            CallFailed: Slack does not give this, or not to its end.
            SlackError: It gives nothing at all now.
            Stopped: It is to stop.
        """
        cursor, restarts = "", 0
        while True:
            try:
                page = self.call(method, cursor=cursor, **arguments)
            except CallFailed as failure:
                if not cursor or failure.code != EXPIRED or restarts == _RESTARTS:
                    raise
                cursor, restarts = "", restarts + 1
                continue
            yield page
            cursor = read_cursor(page)
            if not cursor and page.get("has_more"):
                raise CallFailed("no_progress")
            if not cursor:
                return

    def _explain(self, error: SlackApiError) -> Exception:
        code = _read_code(error)
        if code in _NO_TOKEN:
            return InvalidCredential(
                f"Slack refuses SLACK_BOT_TOKEN ({code}): run `mimic init` again.", code=code
            )
        if code == "ratelimited":
            return _unreachable()
        return _Trouble() if code == "server_error" else CallFailed(code)

    def _answers(self) -> bool:
        """See whether it is all of Slack that fails, or only what was asked for."""
        try:
            return bool(self._client.api_call("auth.test").get("ok"))
        except (SlackApiError, OSError, HTTPException, ValueError):
            return False


class _Patience(RetryHandler):
    """Retries what fails for a while: limits as long as it takes, all else `_ATTEMPTS` times."""

    def __init__(self, pacing: Pacing) -> None:
        super().__init__(max_retry_count=_ATTEMPTS)
        self._pacing = pacing
        self._rng = random.Random()  # noqa: S311 - spreads retries, guards nothing

    def can_retry(
        self,
        *,
        state: RetryState,
        request: HttpRequest,  # noqa: ARG002 - the library's signature
        response: HttpResponse | None = None,
        error: Exception | None = None,
    ) -> bool:
        """Say whether it is worth while."""
        if response is not None and response.status_code == 429:
            return True
        return state.current_attempt < self.max_retry_count and _is_passing(response, error)

    def prepare_for_next_attempt(
        self,
        *,
        state: RetryState,
        request: HttpRequest,
        response: HttpResponse | None = None,
        error: Exception | None = None,  # noqa: ARG002
    ) -> None:
        """Wait.

        Raises:
            Stopped: It is to stop.
        """
        method = request.url.rpartition("/")[2]
        if response is not None and response.status_code == 429:
            self._pacing.note_refusal(method, _read_retry_after(response))
        else:
            longest = min(2.0**state.current_attempt, _LONGEST_SECONDS)
            self._pacing.hold(method, longest * self._rng.uniform(0.5, 1.0))
            state.increment_current_attempt()
        self._pacing.wait(method)
        state.next_attempt_requested = True


def build_pacing(client: WebClient, clock: Clock, stop: threading.Event) -> Pacing:
    """Make a pacing that keeps one pace with all others of this client's token and clock."""
    return Pacing(clock, stop, clock.pace(f"{client.base_url} {client.token}"))


def read_cursor(page: Page) -> str:
    """Return where the next page begins, "" at the end."""
    metadata = page.get("response_metadata")
    return str(metadata.get("next_cursor") or "") if isinstance(metadata, Mapping) else ""


def read_items(page: Page, name: str) -> Sequence[Mapping[str, Any]]:
    """Return the list of a page."""
    items = page.get(name)
    return [item for item in items if isinstance(item, dict)] if isinstance(items, list) else []


def _is_passing(response: HttpResponse | None, error: Exception | None) -> bool:
    """Tell what may go by itself: no connection, a server's error, a body that is no JSON."""
    if response is None:
        return isinstance(error, OSError | HTTPException | ValueError)
    if response.status_code != 200:
        return response.status_code >= 500
    body = response.body
    return not body or body.get("error") in _PASSING


def _read_retry_after(response: HttpResponse) -> float:
    for name, values in response.headers.items():
        if name.lower() == "retry-after" and values and values[0].isdigit():
            return float(values[0])
    return _UNSAID_SECONDS


def _read_code(error: SlackApiError) -> str:
    """Return a code that may be noted: what Slack's server says otherwise could be anything."""
    answer = error.response
    data = answer.data if isinstance(answer.data, dict) else {}
    code = str(data.get("error"))
    if answer.status_code >= 500 or code in _PASSING or not _CODE.fullmatch(code):
        return "server_error"
    return code


def _unreachable() -> SlackError:
    return SlackError(
        "Slack cannot be reached or does not answer now: see https://slack-status.com, "
        "then run this again."
    )
