"""What the bot answers to: commands, buttons and events, a room for each subject."""

from slack_bolt import App

from bot.listeners import admin, commands, consent, home, messages, previews, workspace
from bot.services import Services


def register_listeners(app: App, services: Services) -> None:
    """Listen to everything that the manifest subscribes to."""
    for room in (commands, previews, consent, home, admin, messages, workspace):
        room.register(app, services)
