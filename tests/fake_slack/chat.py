"""The methods that write: messages in channels and DMs, ephemeral ones, changes and removals."""

from typing import Any

from tests.fake_slack.conversations import find
from tests.fake_slack.recording import Shown
from tests.fake_slack.refusal import Refusal
from tests.fake_slack.state import State
from tests.fake_slack.structure import name_blocks, read_blocks
from tests.fake_slack.validation import check_message
from tests.fake_slack.workspace import APP_ID, BOT, BOT_ID

Arguments = dict[str, Any]
Body = dict[str, Any]

_CUSTOMIZED = ("username", "icon_url", "icon_emoji")


def post(state: State, arguments: Arguments) -> Body:
    if any(arguments.get(name) for name in _CUSTOMIZED):
        raise Refusal("missing_scope", needed="chat:write.customize")
    channel_id = str(arguments.get("channel"))
    if channel_id[:1] in ("U", "W"):
        if channel_id not in state.workspace.users:
            raise Refusal("channel_not_found")
        channel_id = state.workspace.open_dm(channel_id)
    require_writable(state, channel_id)
    is_public = not channel_id.startswith("D")
    message = _read_message(state, arguments, where="chat.postMessage", is_public=is_public)
    shown = show_post(state, channel_id, message, via="chat.postMessage")
    return {"channel": channel_id, "ts": shown.ts, "message": message}


def show_post(state: State, channel_id: str, message: Body, *, via: str) -> Shown:
    """Put a message of the bot into a channel, for all to see."""
    ts, thread_ts = state.workspace.next_ts(), message.get("thread_ts", "")
    sent = {"text": message["text"], "blocks": message["blocks"], "ts": ts}
    sent |= {"type": "message", "user": BOT, "bot_id": BOT_ID, "app_id": APP_ID}
    sent |= {"team": state.workspace.team_id} | ({"thread_ts": thread_ts} if thread_ts else {})
    state.workspace.add(channel_id, sent)
    shown = Shown(channel_id, ts, message["text"], message["blocks"], via, thread_ts=thread_ts)
    return state.record.add(state.record.shown, shown)


def post_ephemeral(state: State, arguments: Arguments) -> Body:
    channel_id, user_id = str(arguments.get("channel")), str(arguments.get("user"))
    require_writable(state, channel_id)
    if user_id not in state.workspace.channel(channel_id).members:
        raise Refusal("user_not_in_channel")
    message = _read_message(state, arguments, where="chat.postEphemeral")
    ts = state.workspace.next_ts()
    shown = Shown(channel_id, ts, message["text"], message["blocks"], "chat.postEphemeral", user_id)
    state.record.add(state.record.shown, shown)
    return {"message_ts": ts}


def update(state: State, arguments: Arguments) -> Body:
    shown = _find_own(state, arguments, "cant_update_message")
    message = _read_message(state, arguments, where="chat.update")
    shown.replace(message["text"], message["blocks"])
    state.workspace.edit(shown.channel_id, shown.ts, text=shown.text, blocks=shown.blocks)
    state.record.notify()
    return {"channel": shown.channel_id, "ts": shown.ts, "text": shown.text}


def delete(state: State, arguments: Arguments) -> Body:
    shown = _find_own(state, arguments, "cant_delete_message")
    state.workspace.remove(shown.channel_id, shown.ts)
    shown.is_deleted = True
    state.record.notify()
    return {"channel": shown.channel_id, "ts": shown.ts}


def _read_message(
    state: State, arguments: Arguments, *, where: str, is_public: bool = False
) -> Body:
    message = {"text": str(arguments.get("text") or ""), "blocks": read_blocks(arguments)}
    check_message(state, message, where=where, is_public=is_public)
    if arguments.get("thread_ts"):
        message["thread_ts"] = str(arguments["thread_ts"])
    return message | {"blocks": name_blocks(message["blocks"])}


def require_writable(state: State, channel_id: str) -> None:
    conversation = find(state, {"channel": channel_id})
    if BOT not in conversation.members and "chat:write.public" not in state.scopes:
        raise Refusal("not_in_channel")
    if conversation.facts["is_archived"]:
        raise Refusal("is_archived")


def _find_own(state: State, arguments: Arguments, otherwise: str) -> Shown:
    channel_id, ts = str(arguments.get("channel")), str(arguments.get("ts"))
    messages = find(state, {"channel": channel_id}).messages
    shown = state.record.find_shown(channel_id, ts)
    if ts not in messages:
        raise Refusal("message_not_found")
    if shown is None or shown.is_ephemeral:
        raise Refusal(otherwise)
    return shown


METHODS = {
    "chat.postMessage": post,
    "chat.postEphemeral": post_ephemeral,
    "chat.update": update,
    "chat.delete": delete,
}
