"""What can be done with a preview (post, shuffle, discard), and with a message that was posted."""

import logging
from collections.abc import Callable, Mapping
from typing import Any

from slack_bolt import Ack, App, BoltContext

from bot.access import Grant
from bot.errors import NotInChannel, SlackError
from bot.invocation import read_target
from bot.listeners.asking import Asked, attend, explain, read_click
from bot.listeners.commands import require_patience
from bot.listeners.drafting import Wish, draft, find_name, record
from bot.refusals import RefusalKind, Refused
from bot.repeats import DAY_SECONDS
from bot.services import Services
from bot.views import ids
from bot.views.blocks import Message, escape
from bot.views.previews import Draft, build_post, read_removal_value
from storage.errors import StorageError

Body = Mapping[str, Any]
Work = Callable[[Services, Asked], None]

_DOUBLE_CLICK_SECONDS = 2.0
_ENDING: frozenset[RefusalKind] = frozenset(
    {"not_agreed", "declined", "paused", "deactivated", "private_channel", "foreign_team", "gone"}
)
"""Refusals after which a preview must not be read any more."""

_log = logging.getLogger(__name__)


def register(app: App, services: Services) -> None:
    """Listen to the buttons."""
    works: dict[str, Work] = {
        ids.PREVIEW_POST: post,
        ids.PREVIEW_SHUFFLE: shuffle,
        ids.PREVIEW_DISCARD: discard,
        ids.MESSAGE_REMOVE: remove,
    }
    for action_id, work in works.items():
        app.action(action_id)(_build_listener(services, action_id, work))


def _build_listener(
    services: Services, action_id: str, work: Work
) -> Callable[[Ack, Body, BoltContext], None]:
    def handle_click(ack: Ack, body: Body, context: BoltContext) -> None:
        ack()  # first: Slack gives up after 3 s
        asked = read_click(body, context)
        attend(services, asked, lambda: _do_once(services, asked, action_id, work))

    return handle_click


def _do_once(services: Services, asked: Asked, action_id: str, work: Work) -> None:
    """Do what a button says, once however often it is clicked, unless it failed."""
    key = (action_id, asked.user_id, asked.channel_id, asked.message_ts, asked.value)
    is_shuffle = action_id == ids.PREVIEW_SHUFFLE  # and so may be clicked again
    seconds = _DOUBLE_CLICK_SECONDS if is_shuffle else DAY_SECONDS
    if not services.repeats.is_new(*key, seconds=seconds):
        return
    try:
        work(services, asked)
    except Exception as error:
        services.repeats.forget(*key)
        if isinstance(error, Refused) and error.kind in _ENDING:
            explain(services, asked, error, replaces=True)
            return
        raise


def post(services: Services, asked: Asked) -> None:
    """Post a preview for all to see, and take it away.

    Raises:
        Refused: What was right when it was drawn is no longer.
        SlackError: Slack does not take it.
    """
    made = _unpack(asked)
    grant = _check_again(services, asked, made)
    message = build_post(made, voice=grant.name, requester=find_name(services, asked.user_id))
    try:
        services.slack.post(asked.channel_id, message, thread_ts=asked.thread_ts)
    except NotInChannel:
        services.slack.respond(asked.response_url, message, in_channel=True)
    try:
        record(services, asked, "posted", (person.member for person in grant.people))
        services.slack.respond(asked.response_url, delete=True)
    except (SlackError, StorageError) as error:  # posted all the same: nobody is to click again
        kind = type(error).__name__
        _log.error("After a post something failed: %s", kind, extra={"request": asked.request})


def _check_again(services: Services, asked: Asked, made: Draft) -> Grant:
    if services.safety.has_bad_word(made.prompt, made.text):
        raise Refused("bad_words")
    grant = services.access.check(
        read_target(made.target), requester_id=asked.user_id, team_id=asked.team_id
    )
    if any(channel_id != asked.channel_id for channel_id in grant.private):
        raise Refused("elsewhere", name=grant.name)
    return grant


def shuffle(services: Services, asked: Asked) -> None:
    """Draw again, in place of the preview.

    Raises:
        Refused: It may not be, or not so soon.
    """
    made = _unpack(asked)
    require_patience(services, asked)
    wish = Wish(read_target(made.target), made.target, escape(made.prompt))

    def show(message: Message) -> None:
        services.slack.respond(asked.response_url, message, replace=True)

    draft(services, asked, wish, show=show)


def discard(services: Services, asked: Asked) -> None:
    """Take a preview away."""
    services.slack.respond(asked.response_url, delete=True)


def remove(services: Services, asked: Asked) -> None:
    """Remove a posted message: for those it imitates, who asked for it, and admins.

    Raises:
        Refused: It is somebody else, or there is no such message.
    """
    try:
        removal = read_removal_value(asked.value)
    except ValueError:
        raise Refused("gone") from None
    if asked.user_id not in (*removal.subjects, removal.requester) and not (
        services.slack.is_admin(asked.user_id)
    ):
        raise Refused("not_yours")
    try:
        services.slack.delete(asked.channel_id, asked.message_ts)
    except SlackError:  # it was posted by a response URL, where the bot is no member
        services.slack.respond(asked.response_url, delete=True)
    store, team_id = services.session.store, services.slack.identity.team_id
    subjects = (store.members.ensure(each, team_id=team_id).id for each in removal.subjects)
    record(services, asked, "removed", subjects)


def _unpack(asked: Asked) -> Draft:
    try:
        made = Draft.unpack(asked.value)
    except ValueError:
        raise Refused("gone") from None
    if made.requester != asked.user_id:
        raise Refused("gone")
    return made
