"""The methods about conversations: which there are, who is in them, and what was said."""

from typing import Any

from tests.fake_slack.limits import RESTRICTED_PAGE
from tests.fake_slack.paging import decode, encode, read_limit
from tests.fake_slack.refusal import Refusal
from tests.fake_slack.scopes import kind_of, read_kinds, require
from tests.fake_slack.state import State
from tests.fake_slack.workspace import BOT, Conversation

Arguments = dict[str, Any]
Body = dict[str, Any]


def find(state: State, arguments: Arguments, scope: str = "") -> Conversation:
    """Return the conversation named by `channel`; private ones only where the bot is in.

    Raises:
        Refusal: There is none, or the scope for its kind is missing.
    """
    channel_id = str(arguments.get("channel"))
    conversation = state.workspace.conversations.get(channel_id)
    if conversation is None:
        raise Refusal("channel_not_found")
    if scope:
        require(state.scopes, f"{kind_of(conversation)}:{scope}")
    if conversation.is_private and BOT not in conversation.members:
        raise Refusal("channel_not_found")
    return conversation


def describe(conversation: Conversation) -> Body:
    is_member = BOT in conversation.members
    return {**conversation.facts, "is_member": is_member, "num_members": len(conversation.members)}


def list_conversations(state: State, arguments: Arguments) -> Body:
    kinds = _read_kinds(state, arguments)
    found = [
        each
        for each in state.workspace.conversations.values()
        if kind_of(each) in kinds and (not each.is_private or BOT in each.members)
    ]
    return _list(state, arguments, found)


def list_of_user(state: State, arguments: Arguments) -> Body:
    kinds, user_id = _read_kinds(state, arguments), str(arguments.get("user") or BOT)
    found = [
        each
        for each in state.workspace.conversations.values()
        if kind_of(each) in kinds
        and user_id in each.members
        and (not each.is_private or BOT in each.members)
    ]
    body = _list(state, arguments, found)
    for channel in body["channels"]:
        del channel["is_member"], channel["num_members"]  # Slack does not say here
    return body


def tell(state: State, arguments: Arguments) -> Body:
    return {"channel": describe(find(state, arguments, "read"))}


def list_members(state: State, arguments: Arguments) -> Body:
    conversation = find(state, arguments, "read")
    limit = read_limit(arguments, default=100, most=999)
    cursor = str(arguments.get("cursor") or "")
    page, rest = state.pages.cut(list(conversation.members), limit, str, cursor)
    return {"members": page, "response_metadata": {"next_cursor": rest}}


def read_history(state: State, arguments: Arguments) -> Body:
    conversation = _find_readable(state, arguments)
    limit = _page_limit(state, "conversations.history", arguments, default=100, most=999)
    oldest, latest = _read_window(arguments)
    cursor = str(arguments.get("cursor") or "")
    latest = decode(cursor) if cursor else latest
    found = state.workspace.timeline(conversation.facts["id"], oldest, latest)
    edges = _read_edges(arguments)
    found = [message for message in found if message["ts"] not in edges]
    found.reverse()  # newest first
    length = state.pages.length(limit)
    body: Body = {"messages": found[:length], "has_more": len(found) > length, "pin_count": 0}
    if len(found) > length:
        body["response_metadata"] = {"next_cursor": encode(found[length]["ts"])}
    return body


def read_replies(state: State, arguments: Arguments) -> Body:
    conversation = _find_readable(state, arguments)
    limit = _page_limit(state, "conversations.replies", arguments, default=1000, most=1000)
    root = conversation.messages.get(str(arguments.get("ts")))
    if root is None:
        raise Refusal("thread_not_found")
    oldest, latest = _read_window(arguments)
    edges = _read_edges(arguments)
    replies = [
        reply
        for reply in state.workspace.replies(conversation.facts["id"], root["ts"])
        if oldest <= reply["ts"] and (not latest or reply["ts"] <= latest)
        if reply["ts"] not in edges
    ]
    cursor = str(arguments.get("cursor") or "")
    page, rest = state.pages.cut(replies, max(1, limit - 1), lambda each: str(each["ts"]), cursor)
    body: Body = {"messages": [root, *page], "has_more": bool(rest)}  # the root on every page
    return body | ({"response_metadata": {"next_cursor": rest}} if rest else {})


def open_dm(state: State, arguments: Arguments) -> Body:
    users = str(arguments.get("users") or "").split(",")
    if len(users) != 1 or users[0] not in state.workspace.users:
        raise Refusal("user_not_found")
    return {"channel": {"id": state.workspace.open_dm(users[0])}}


def join(state: State, arguments: Arguments) -> Body:
    conversation = find(state, arguments)
    if conversation.is_private:
        raise Refusal("method_not_supported_for_channel_type")
    if conversation.facts["is_archived"]:
        raise Refusal("is_archived")
    if BOT not in conversation.members:
        conversation.members.append(BOT)
    return {"channel": describe(conversation)}


def _find_readable(state: State, arguments: Arguments) -> Conversation:
    conversation = find(state, arguments, "history")
    if BOT not in conversation.members:
        raise Refusal("not_in_channel")
    return conversation


def _read_kinds(state: State, arguments: Arguments) -> list[str]:
    kinds = read_kinds(str(arguments.get("types") or "public_channel"))
    require(state.scopes, *(f"{kind}:read" for kind in kinds))
    return kinds


def _list(state: State, arguments: Arguments, found: list[Conversation]) -> Body:
    if _is_true(arguments.get("exclude_archived")):
        found = [each for each in found if not each.facts["is_archived"]]
    limit = read_limit(arguments, default=100, most=999)
    channels = [describe(each) for each in found]
    cursor = str(arguments.get("cursor") or "")
    page, rest = state.pages.cut(channels, limit, lambda each: str(each["id"]), cursor)
    return {"channels": page, "response_metadata": {"next_cursor": rest}}


def _page_limit(state: State, method: str, arguments: Arguments, *, default: int, most: int) -> int:
    if state.limits.mode == "restricted":
        default = RESTRICTED_PAGE
    return state.limits.cap(method, read_limit(arguments, default=default, most=most))


def _read_window(arguments: Arguments) -> tuple[str, str]:
    """Return `oldest` and `latest` with all their digits, "" where there is none."""
    oldest, latest = (_pad(str(arguments.get(key) or "")) for key in ("oldest", "latest"))
    return oldest, latest


def _read_edges(arguments: Arguments) -> tuple[str, ...]:
    """Return the ts that are left out because they are the window's own."""
    return () if _is_true(arguments.get("inclusive")) else _read_window(arguments)


def _pad(ts: str) -> str:
    seconds, _, micros = ts.partition(".")
    return ts and f"{seconds:0>10}.{micros:0<6}"


def _is_true(value: object) -> bool:
    return str(value).lower() in ("1", "true")


METHODS = {
    "conversations.list": list_conversations,
    "users.conversations": list_of_user,
    "conversations.info": tell,
    "conversations.members": list_members,
    "conversations.history": read_history,
    "conversations.replies": read_replies,
    "conversations.open": open_dm,
    "conversations.join": join,
}
