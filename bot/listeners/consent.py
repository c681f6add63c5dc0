"""Yes, no, and "ask them": the buttons of consent, and the words of `/mimic` that mean the same."""

from collections.abc import Callable, Mapping
from typing import Any, Literal

from slack_bolt import Ack, App, BoltContext

from bot.consenting import Consenting
from bot.listeners.asking import Asked, attend, read_click
from bot.services import Services
from bot.views import answers, ids
from bot.views.blocks import Message

ConsentWord = Literal["optin", "optout", "pause", "resume", "forget", "status"]
Answer = Callable[[Asked], Message]


def register(app: App, services: Services) -> None:
    """Listen to the buttons."""
    consenting = _find_consenting(services)
    clicks: dict[str, Answer] = {
        ids.CONSENT_AGREE: lambda asked: consenting.agree(asked.user_id),
        ids.CONSENT_NOT_NOW: lambda asked: consenting.not_now(asked.user_id),
        ids.CONSENT_NEVER: lambda asked: consenting.never_ask(asked.user_id),
        ids.CONSENT_OPTOUT: lambda asked: consenting.opt_out(asked.user_id),
        ids.CONSENT_ASK: lambda asked: consenting.ask(asked.user_id, asked.value),
    }
    for action_id, answer in clicks.items():
        app.action(action_id)(_build_listener(services, answer))


def handle_consent_word(
    word: ConsentWord,
    command: Mapping[str, Any],
    respond: Callable[[Message], object],
    services: Services,
) -> None:
    """Answer `/mimic optin` and its kin; may wait for Slack, so it is called from the desk.

    Args:
        word: Which; `forget` stands for `forget me`.
        command: As Slack sends it.
        respond: Shows a message to the requester alone.
        services: Does it.
    """
    consenting = _find_consenting(services)
    answer: Mapping[ConsentWord, Callable[[str], Message]] = {
        "optin": consenting.agree,
        "optout": consenting.opt_out,
        "pause": consenting.pause,
        "resume": consenting.resume,
        "status": consenting.status,
        "forget": lambda _: answers.build_leave_question(),
    }
    respond(answer[word](str(command["user_id"])))


def _find_consenting(services: Services) -> Consenting:
    return Consenting(services.session, services.slack, services.joining)


def _build_listener(
    services: Services, answer: Answer
) -> Callable[[Ack, Mapping[str, Any], BoltContext], None]:
    def handle_click(ack: Ack, body: Mapping[str, Any], context: BoltContext) -> None:
        ack()
        asked = read_click(body, context)

        def work() -> None:
            services.slack.respond(asked.response_url, answer(asked), replace=True)

        attend(services, asked, work)

    return handle_click
