"""Slack's Web API and response URLs as the bot uses them: every call with a timeout and retries.

Sources: https://docs.slack.dev/reference/methods and
https://docs.slack.dev/interactivity/handling-user-interaction
"""

import json
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from slack_sdk import WebClient
from slack_sdk.web import SlackResponse

from bot.errors import SlackError
from bot.slack_client import (
    build_careful_client,
    build_client,
    build_webhook,
    explain_refusal,
    is_trouble,
    translate_errors,
)
from bot.slack_memory import Facts, SlackMemory
from bot.views.blocks import Message, View

__all__ = ["Facts", "Identity", "Slack", "build_client"]

_PAGE = 999
_ADMIN_FLAGS = ("is_admin", "is_owner", "is_primary_owner")
_NOBODY = frozenset({"user_not_found", "user_not_visible", "users_not_found"})
_NOWHERE = frozenset({"channel_not_found", "not_in_channel", "missing_scope"})
_GONE = frozenset({"message_not_found", "message_deleted"})
_REVOKED = frozenset({"account_inactive", "token_revoked"})  # it worked once, and never will again
_PLAIN = {"unfurl_links": False, "unfurl_media": False}


@dataclass(frozen=True)
class Identity:
    """Who the bot is, from `auth.test`."""

    team_id: str
    user_id: str


class Slack:
    """The gateway; safe to use from several threads.

    Its calls raise `SlackError`, whose message names nobody.

    Args:
        client: From `build_client`.
        admins: User ids that count as admins besides the workspace's own.

    Attributes:
        memory: What it has said lately.
    """

    def __init__(self, client: WebClient, *, admins: Collection[str] = ()) -> None:
        self.client = client
        self._admins = frozenset(admins)
        self._posting = build_careful_client(client)
        self.memory = SlackMemory()

    @cached_property
    def identity(self) -> Identity:
        """Who the bot is; asked once."""
        try:
            with translate_errors():
                answer = self.client.auth_test()
        except SlackError as error:
            if is_trouble(error.code):
                raise
            raise SlackError(
                f"Slack refuses SLACK_BOT_TOKEN ({error.code}): run `mimic init`.", code=error.code
            ) from None
        return Identity(team_id=str(answer["team_id"]), user_id=str(answer["user_id"]))

    def is_revoked(self) -> bool:
        """Say whether Slack has taken the bot's token back for good; asked every time.

        Raises:
            SlackError: Slack does not answer, or refuses the token for another reason.
        """
        try:
            with translate_errors():
                self.client.auth_test()
        except SlackError as error:
            if error.code in _REVOKED:
                return True
            raise
        return False

    # --- people

    def is_admin(self, user_id: str) -> bool:
        """Say whether somebody may do what admins may; asked every time."""
        if user_id in self._admins:
            return True
        user = self.find_user(user_id) or {}
        return any(user.get(flag) is True for flag in _ADMIN_FLAGS) and not user.get("deleted")

    def find_user(self, user_id: str) -> Facts | None:
        """Return what Slack knows of a member, None where it knows nobody."""
        user = self._find(lambda: self.client.users_info(user=user_id), "user", _NOBODY)
        if user is not None:
            self.memory.keep_user(user_id, user)
        return user

    def recall_user(self, user_id: str) -> Facts | None:
        """Do the same, and be content with what Slack said minutes ago."""
        return self.memory.recall_user(user_id) or self.find_user(user_id)

    # --- conversations

    def recall_channel(self, channel_id: str) -> Facts | None:
        """Return what Slack knows of a conversation, None where the bot cannot see it."""
        known = self.memory.recall_channel(channel_id)
        if known is not None:
            return known
        ask = lambda: self.client.conversations_info(channel=channel_id)  # noqa: E731
        channel = self._find(ask, "channel", _NOWHERE)
        if channel is not None:
            self.memory.keep_channel(channel_id, channel)
        return channel

    def is_gone(self, channel_id: str) -> bool:
        """Say whether there is no such conversation that the bot could see; asked every time.

        Raises:
            SlackError: Slack does not say.
        """
        try:
            with translate_errors():
                self.client.conversations_info(channel=channel_id)
        except SlackError as error:
            if error.code == "channel_not_found":
                return True
            raise
        return False

    def is_in_channel(self, user_id: str, channel_id: str) -> bool:
        """Say whether somebody is in a conversation that the bot can see."""
        is_listed = user_id in self.list_members(channel_id)
        return is_listed and not self.memory.has_left(user_id, channel_id)

    def list_members(self, channel_id: str) -> frozenset[str]:
        """Return who is in a conversation, as of a minute ago; nobody where it cannot be seen."""
        known = self.memory.recall_members(channel_id)
        if known is None:
            known = frozenset(self._read_members(channel_id))
            self.memory.keep_members(channel_id, known)
        return known

    def _read_members(self, channel_id: str) -> Iterator[str]:
        cursor = ""
        while True:
            page = self._ask_for_members(channel_id, cursor)
            yield from page.get("members") or ()
            cursor = str((page.get("response_metadata") or {}).get("next_cursor") or "")
            if not cursor:
                return

    def _ask_for_members(self, channel_id: str, cursor: str) -> Facts:
        try:
            with translate_errors():
                page = self.client.conversations_members(
                    channel=channel_id, cursor=cursor or None, limit=_PAGE
                )
        except SlackError as error:
            if error.code in _NOWHERE:
                return {}
            raise
        return page.data if isinstance(page.data, dict) else {}

    # --- messages

    def dm(self, user_id: str, message: Message) -> str:
        """Write to somebody in private; return the id of the conversation."""
        with translate_errors():
            answer = self.client.chat_postMessage(channel=user_id, **_compose(message))
        return str(answer["channel"])

    def post(self, channel_id: str, message: Message, *, thread_ts: str | None = None) -> str:
        """Write into a conversation, once even where Slack fails; return the message's ts.

        Raises:
            NotInChannel: The bot may not write there.
        """
        with translate_errors():
            answer = self._posting.chat_postMessage(
                channel=channel_id, thread_ts=thread_ts, **_compose(message)
            )
        return str(answer["ts"])

    def update(self, channel_id: str, ts: str, message: Message) -> None:
        """Replace one of the bot's messages."""
        with translate_errors():
            self.client.chat_update(
                channel=channel_id, ts=ts, parse="none", link_names=False, **message
            )

    def delete(self, channel_id: str, ts: str) -> None:
        """Remove one of the bot's messages; one that is gone already is no error."""
        try:
            with translate_errors():
                self.client.chat_delete(channel=channel_id, ts=ts)
        except SlackError as error:
            if error.code not in _GONE:
                raise

    def respond(
        self,
        response_url: str,
        message: Message | None = None,
        *,
        replace: bool = False,
        delete: bool = False,
        in_channel: bool = False,
    ) -> None:
        """Answer a command or a click by its URL: five times at most, for half an hour.

        Args:
            response_url: The command's or the click's own.
            message: What to show; none to delete.
            replace: Show it in place of the message that was clicked.
            delete: Only remove the message that was clicked.
            in_channel: Show it to everybody.
        """
        body = _address(message or {}, replace=replace, delete=delete, in_channel=in_channel)
        with translate_errors():
            answer = build_webhook(response_url, self.client).send_dict(body)
        refusal = _read_refusal(answer.status_code, answer.body.strip())
        if refusal is not None:
            raise explain_refusal(refusal)

    def publish_home(self, user_id: str, view: View) -> None:
        """Show somebody their App Home."""
        with translate_errors():
            self.client.views_publish(user_id=user_id, view=view)

    def upload_picture(self, channel_id: str, picture: bytes, *, title: str, alt_text: str) -> None:
        """Show a PNG in a conversation."""
        with translate_errors():
            self.client.files_upload_v2(
                channel=channel_id, file=picture, filename="picture.png", title=title,
                alt_txt=alt_text,
            )  # fmt: skip

    def _find(
        self, ask: Callable[[], SlackResponse], name: str, absent: frozenset[str]
    ) -> Facts | None:
        try:
            with translate_errors():
                found = ask().get(name)
        except SlackError as error:
            if error.code in absent:
                return None
            raise
        return found if isinstance(found, dict) else None


def _compose(message: Message) -> dict[str, Any]:
    return {**message, **_PLAIN, "parse": "none", "link_names": False}


def _address(message: Message, *, replace: bool, delete: bool, in_channel: bool) -> dict[str, Any]:
    if delete:
        return {"delete_original": True}  # must stand alone
    return {
        **message,
        **_PLAIN,
        "response_type": "in_channel" if in_channel else "ephemeral",
        "replace_original": replace,
    }


def _read_refusal(status: int, body: str) -> str | None:
    """Return why a response URL did not take something: in JSON, or in bare words."""
    try:
        said = json.loads(body)
    except ValueError:
        said = None
    if isinstance(said, dict):
        return None if said.get("ok", status == 200) else str(said.get("error"))
    return None if status == 200 else body
