"""What is written, edited and deleted, and what changes of members and channels: only heard."""

from collections.abc import Callable, Mapping
from typing import Any

from slack_bolt import App

from bot.hearing import Hearing
from bot.services import Services

Event = Mapping[str, Any]

_CHANNEL_EVENTS = ("channel_archive", "channel_deleted", "channel_rename")


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

    def handle_user_change(event: Event) -> None:
        hearing.see_member(event["user"])

    app.event("message")(handle_message)
    app.event("user_change")(handle_user_change)
    for name in _CHANNEL_EVENTS:
        app.event(name)(_build_channel_listener(hearing))


def _build_channel_listener(hearing: Hearing) -> Callable[[Event], None]:
    def handle_channel(event: Event) -> None:
        channel = event.get("channel")
        hearing.see_channel(str(channel["id"] if isinstance(channel, Mapping) else channel))

    return handle_channel
