"""What is written, edited and deleted, and what changes of members and channels: only heard."""

from collections.abc import Callable, Mapping
from typing import Any

from slack_bolt import App

from bot.hearing import Hearing
from bot.services import Services

Event = Mapping[str, Any]
Listener = Callable[[Event], None]

_CHANGES = (  # after each, Slack is asked what the channel is now
    "channel_archive",
    "channel_created",
    "channel_rename",
    "channel_shared",
    "channel_unarchive",
    "channel_unshared",
    "group_archive",
    "group_rename",
    "group_unarchive",
)
_DELETIONS = ("channel_deleted", "group_deleted")
_OWN_LEAVINGS = ("channel_left", "group_left")
_MOVES = ("member_joined_channel", "member_left_channel")
_MEMBERS = ("team_join", "user_change")


def register(app: App, services: Services) -> None:
    """Listen to messages of every subtype, to members and to channels."""
    hearing = Hearing(
        services.session.store,
        services.slack,
        live=services.live,
        errands=services.errands,
        include=frozenset(services.session.settings.mimic_include),
    )

    def handle_message(event: Event, body: Event) -> None:
        if services.repeats.is_new("event", str(body["event_id"])):
            hearing.hear(event, body)

    app.event("message")(handle_message)
    for name, listener in _list_listeners(hearing).items():
        app.event(name)(listener)


def _list_listeners(hearing: Hearing) -> dict[str, Listener]:
    """Return what listens to each event but messages; a repetition of one changes nothing."""

    def handle_member(event: Event) -> None:
        hearing.see_member(event["user"])

    def handle_channel(event: Event) -> None:
        hearing.see_channel(_read_channel(event))

    def handle_deletion(event: Event) -> None:
        hearing.see_deletion(_read_channel(event))

    def handle_own_leaving(event: Event) -> None:
        hearing.see_own_leaving(_read_channel(event))

    def handle_move(event: Event) -> None:
        hearing.see_move(
            str(event["user"]),
            _read_channel(event),
            at=str(event.get("event_ts") or ""),
            has_left=event["type"] == "member_left_channel",
        )

    def handle_new_id(event: Event) -> None:
        hearing.see_new_id(str(event["old_channel_id"]), str(event["new_channel_id"]))

    return {
        **dict.fromkeys(_MEMBERS, handle_member),
        **dict.fromkeys(_CHANGES, handle_channel),
        **dict.fromkeys(_DELETIONS, handle_deletion),
        **dict.fromkeys(_OWN_LEAVINGS, handle_own_leaving),
        **dict.fromkeys(_MOVES, handle_move),
        "channel_id_changed": handle_new_id,
    }


def _read_channel(event: Event) -> str:
    channel = event["channel"]
    return str(channel["id"] if isinstance(channel, Mapping) else channel)
