"""Somebody asks, and is answered for sure: a message, why there is none, or that it failed."""

import logging
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from slack_bolt import BoltContext

from bot.errors import Busy, NoSuchVoice, SlackError
from bot.metrics import Outcome
from bot.refusals import Refused
from bot.services import Services
from bot.views.blocks import Message
from bot.views.refusals import RefusalKind, build_failure
from training.errors import NothingToSay, UnblendableVoices, UnknownVoice

_log = logging.getLogger(__name__)

_MEANING: tuple[tuple[type[Exception], RefusalKind], ...] = (
    (Busy, "busy"),
    (NoSuchVoice, "no_such_voice"),
    (UnknownVoice, "still_training"),
    (UnblendableVoices, "unblendable"),
    (NothingToSay, "nothing_new"),
)


@dataclass(frozen=True)
class Asked:
    """A command or a click.

    Attributes:
        request: What the log calls it.
        channel_name: As Slack says it: `privategroup` or `directmessage` where it does not.
        response_url: Where it is answered.
        message_ts: Of the message that was clicked.
        since: When it came, in seconds since some moment.
    """

    request: str
    user_id: str
    team_id: str
    channel_id: str
    channel_name: str
    response_url: str
    message_ts: str = ""
    thread_ts: str | None = None
    value: str = ""
    since: float = field(default_factory=time.monotonic)


def read_command(command: Mapping[str, Any], context: BoltContext) -> Asked:
    """Read a slash command."""
    return Asked(
        request=context["request"],
        user_id=str(command["user_id"]),
        team_id=str(command["team_id"]),
        channel_id=str(command["channel_id"]),
        channel_name=str(command.get("channel_name") or ""),
        response_url=str(command["response_url"]),
    )


def read_click(body: Mapping[str, Any], context: BoltContext) -> Asked:
    """Read a click on a button of a message."""
    user, container = body["user"], body.get("container") or {}
    channel, team = body.get("channel") or {}, body.get("team") or {}
    return Asked(
        request=context["request"],
        user_id=str(user["id"]),
        team_id=str(team.get("id") or user.get("team_id") or ""),
        channel_id=str(channel.get("id") or container.get("channel_id") or ""),
        channel_name=str(channel.get("name") or ""),
        response_url=str(body["response_url"]),
        message_ts=str(container.get("message_ts") or ""),
        thread_ts=container.get("thread_ts"),
        value=str(body["actions"][0].get("value") or ""),
    )


def attend(services: Services, asked: Asked, work: Callable[[], None]) -> None:
    """Do work at the desk, off Bolt's few threads, and answer where it fails."""
    services.desk.submit(lambda: answer_for(services, asked, work), name="request")


def answer_for(services: Services, asked: Asked, work: Callable[[], None]) -> None:
    """Do work; where it fails, say why to who asked."""
    try:
        work()
    except Exception as error:  # noqa: BLE001 - whatever it is, whoever asked is told
        explain(services, asked, error)


def explain(services: Services, asked: Asked, error: Exception, *, replaces: bool = False) -> None:
    """Say to who asked why there is no message; `replaces`: in place of what was clicked."""
    refused = _find_refusal(error)
    count(services, asked, "refused" if refused else "failed")
    if refused is None:
        _log.error("A request failed: %s", type(error).__name__, extra={"request": asked.request})
        tell(services, asked, build_failure(asked.request))
    else:
        message = refused.build_message(requester_id=asked.user_id)
        tell(services, asked, message, replaces=replaces)


def tell(services: Services, asked: Asked, message: Message, *, replaces: bool = False) -> None:
    """Show a message to who asked; what Slack does not take is noted and let go."""
    try:
        services.slack.respond(asked.response_url, message, replace=replaces)
    except SlackError as error:
        _log.warning(
            "An answer could not be shown: %s", error.code, extra={"request": asked.request}
        )


def count(services: Services, asked: Asked, outcome: Outcome) -> None:
    """Count how a request ended, and the time it took."""
    services.metrics.count_request(outcome, time.monotonic() - asked.since)


def _find_refusal(error: Exception) -> Refused | None:
    if isinstance(error, Refused):
        return error
    return next((Refused(kind) for cause, kind in _MEANING if isinstance(error, cause)), None)
