"""The workspace itself: the app was uninstalled, or the bot's token taken back."""

from collections.abc import Mapping
from typing import Any

from slack_bolt import App

from bot.services import Services

Event = Mapping[str, Any]


def register(app: App, services: Services) -> None:
    """Listen to both: Slack sends them in any order, and may send only one."""

    def handle_uninstalled(body: Event) -> None:
        services.uninstalling.hear(str(body.get("team_id")))

    def handle_revoked(event: Event, body: Event) -> None:
        tokens = event.get("tokens")
        if isinstance(tokens, Mapping) and tokens.get("bot"):
            services.uninstalling.hear(str(body.get("team_id")))

    app.event("app_uninstalled")(handle_uninstalled)
    app.event("tokens_revoked")(handle_revoked)
