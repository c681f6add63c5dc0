"""Which scope each method needs, from Slack's method pages."""

from tests.fake_slack.refusal import Refusal
from tests.fake_slack.workspace import Conversation

LEAST = frozenset(
    {"commands", "chat:write", "users:read", "channels:read", "channels:history", "files:write"}
)
PRIVATE = frozenset({"groups:read", "groups:history"})
APP_SCOPES = frozenset({"connections:write"})

SCOPES: dict[str, str] = {  # "" needs none; `*` stands for the conversation's kind
    "apps.connections.open": "connections:write",
    "auth.test": "",
    "chat.delete": "chat:write",
    "chat.postEphemeral": "chat:write",
    "chat.postMessage": "chat:write",
    "chat.update": "chat:write",
    "conversations.history": "*:history",
    "conversations.info": "*:read",
    "conversations.join": "channels:join",
    "conversations.list": "*:read",
    "conversations.members": "*:read",
    "conversations.open": "im:write",
    "conversations.replies": "*:history",
    "files.completeUploadExternal": "files:write",
    "files.getUploadURLExternal": "files:write",
    "team.info": "team:read",
    "users.conversations": "*:read",
    "users.info": "users:read",
    "users.list": "users:read",
    "views.open": "",
    "views.publish": "",
}
EVENT_SCOPES: dict[str, str] = {
    "app_home_opened": "",
    "app_uninstalled": "",
    "tokens_revoked": "",
    "app_mention": "app_mentions:read",
    "channel_archive": "channels:read",
    "channel_created": "channels:read",
    "channel_deleted": "channels:read",
    "channel_id_changed": "groups:read",
    "channel_left": "channels:read",
    "channel_rename": "channels:read",
    "channel_shared": "channels:read",
    "channel_unarchive": "channels:read",
    "channel_unshared": "channels:read",
    "group_archive": "groups:read",
    "group_deleted": "groups:read",
    "group_left": "groups:read",
    "group_rename": "groups:read",
    "group_unarchive": "groups:read",
    "member_joined_channel": "channels:read",
    "member_left_channel": "channels:read",
    "message.channels": "channels:history",
    "message.groups": "groups:history",
    "message.im": "im:history",
    "team_join": "users:read",
    "user_change": "users:read",
}
_KINDS = {"public_channel": "channels", "private_channel": "groups", "im": "im", "mpim": "mpim"}


def kind_of(conversation: Conversation) -> str:
    """The word that stands before `:read` and `:history`."""
    if conversation.facts.get("is_im"):
        return "im"
    return "groups" if conversation.facts.get("is_private") else "channels"


def require(granted: frozenset[str] | set[str], *needed: str) -> None:
    """Check scopes.

    Raises:
        Refusal: One is missing.
    """
    missing = [scope for scope in needed if scope and scope not in granted]
    if missing:
        provided = ",".join(sorted(granted))
        raise Refusal("missing_scope", needed=",".join(missing), provided=provided)


def read_kinds(types: str) -> list[str]:
    """Read the argument `types` of a list.

    Raises:
        Refusal: A type that Slack does not know.
    """
    words = [word.strip() for word in types.split(",")]
    if not all(word in _KINDS for word in words):
        raise Refusal("invalid_types")
    return [_KINDS[word] for word in words]
