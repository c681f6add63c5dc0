"""`/mimic`: acknowledged at once, read, and answered from the desk."""

from collections.abc import Callable, Mapping
from typing import Any

from slack_bolt import Ack, App, BoltContext

from bot.invocation import Invocation, parse_invocation
from bot.listeners.admin import handle_admin
from bot.listeners.asking import Asked, attend, read_command
from bot.listeners.consent import handle_consent_word
from bot.listeners.drafting import Wish, draft
from bot.manifest import COMMAND
from bot.refusals import Refused
from bot.services import Services
from bot.views.blocks import Message
from bot.views.help import build_help

Command = Mapping[str, Any]


def register(app: App, services: Services) -> None:
    """Listen to the slash command."""

    def handle_mimic(ack: Ack, command: Command, context: BoltContext) -> None:
        ack()  # first: Slack gives up after 3 s
        asked = read_command(command, context)
        attend(services, asked, lambda: answer_command(services, asked, command))

    app.command(COMMAND)(handle_mimic)


def answer_command(services: Services, asked: Asked, command: Command) -> None:
    """Do what was typed.

    Raises:
        Refused: It cannot be done.
    """
    invocation = parse_invocation(str(command.get("text") or ""), user_id=asked.user_id)
    if invocation.target is None:
        _answer_word(services, asked, invocation, command)
        return
    require_patience(services, asked)
    wish = Wish(invocation.target, invocation.written, invocation.prompt)
    draft(services, asked, wish, show=_build_reply(services, asked))


def require_patience(services: Services, asked: Asked) -> None:
    """Keep people from asking faster than the setting allows.

    Raises:
        Refused: They have to wait.
    """
    seconds = services.cooldown.take(asked.user_id)
    if seconds:
        raise Refused("cooldown", seconds=seconds)


def _answer_word(
    services: Services, asked: Asked, invocation: Invocation, command: Command
) -> None:
    reply = _build_reply(services, asked)
    if invocation.word is None or invocation.word == "help":
        reply(build_help(is_admin=services.slack.is_admin(asked.user_id)))
    elif invocation.word == "admin":
        handle_admin(command, reply, services)
    else:
        handle_consent_word(invocation.word, command, reply, services)


def _build_reply(services: Services, asked: Asked) -> Callable[[Message], None]:
    return lambda message: services.slack.respond(asked.response_url, message)
